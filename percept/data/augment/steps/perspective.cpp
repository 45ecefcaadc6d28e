// perspective.cpp - pictures seen from the side.
#include "percept/data/augment/steps/perspective.h"

#include <cmath>

#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/ranges.h"

namespace percept {

Homography perspective_to_source(double width, double height, const std::array<PlanePoint, 4>& corners) {
  return between(corners, {PlanePoint{0, 0}, PlanePoint{width, 0}, PlanePoint{width, height}, PlanePoint{0, height}});
}

Perspective::Perspective(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  // At 1 two corners may meet, and the map would not exist.
  check_setting(options_.distortion_scale >= 0 && options_.distortion_scale <= 0.99, kType, "distortion_scale",
                options_.distortion_scale, "a number from 0 to 0.99");
  check_fill(kType, options_.fill_value);
}

void Perspective::apply(Workpiece& work, Draws& draws) const {
  const auto w = static_cast<double>(work.width()), h = static_cast<double>(work.height());
  const double most_x = options_.distortion_scale * w / 2, most_y = options_.distortion_scale * h / 2;
  std::array<PlanePoint, 4> inward;
  for (PlanePoint& p : inward) {
    p.x = draws.uniform(0, most_x);
    p.y = draws.uniform(0, most_y);
  }
  const std::array<PlanePoint, 4> corners{
      PlanePoint{inward[0].x, inward[0].y}, PlanePoint{w - inward[1].x, inward[1].y},
      PlanePoint{w - inward[2].x, h - inward[2].y}, PlanePoint{inward[3].x, h - inward[3].y}};
  work.move({perspective_to_source(w, h, corners), work.height(), work.width(),
             Fill{options_.fill_mode, options_.fill_value}, options_.interpolation});
}

std::vector<AugmentRecord> augments_perspective();
std::vector<AugmentRecord> augments_perspective() {
  return {augment_record<Perspective>(
      "With `probability`, each corner moves inwards by up to distortion_scale (0..0.99) of half the width and half\n"
      "the height; a homography carries the picture along. torchvision's RandomPerspective.")};
}

}  // namespace percept
