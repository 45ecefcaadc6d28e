// affine.cpp - rotations, zooms, shifts, shears, and all of them in one map.
#include "percept/data/augment/steps/affine.h"

#include <cmath>
#include <limits>

#include "percept/data/augment/augment_record.h"

namespace percept {
namespace {

constexpr double kAny = std::numeric_limits<double>::infinity();

// A change about the centre that keeps the size.
template <class Options>
void change(Workpiece& work, const AffineChange& change, const Options& options) {
  work.move({affine_to_source(change, work.centre()), work.height(), work.width(),
             Fill{options.fill_mode, options.fill_value}, options.interpolation});
}

template <class Options>
void check_common(std::string_view who, const Options& options) {
  check_probability(who, options.probability);
  check_fill(who, options.fill_value);
}

void check_degrees(std::string_view who, std::string_view name, const SymmetricRange& range, double most) {
  check_range(who, name, range.low, range.high, -most, most);
}
void check_shift(std::string_view who, std::string_view name, const SymmetricRange& range) {
  check_range(who, name, range.low, range.high, -1, 1);
}
void check_scale(std::string_view who, const FactorRange& range) {
  check_range(who, "scale", range.low, range.high, 0.01, 100);
}
constexpr double kMostShear = 85;  // degrees; at 90 the picture is a line

}  // namespace

Homography affine_to_source(const AffineChange& c, PlanePoint centre) {
  const Homography change = rotation(c.degrees) * scaling(c.scale_x, c.scale_y) * shearing(c.shear_x, c.shear_y);
  return inverse(translation(c.shift_x, c.shift_y) * about(centre, change));
}

Rotate::Rotate(Options options) : options_(options) {
  check_common(kType, options_);
  check_degrees(kType, "degrees", options_.degrees, kAny);
}
void Rotate::apply(Workpiece& work, Draws& draws) const {
  change(work, {.degrees = options_.degrees.draw(draws)}, options_);
}

Zoom::Zoom(Options options) : options_(options) {
  check_common(kType, options_);
  check_scale(kType, options_.scale);
}
void Zoom::apply(Workpiece& work, Draws& draws) const {
  const double x = options_.scale.draw(draws), y = options_.per_axis ? options_.scale.draw(draws) : x;
  change(work, {.scale_x = x, .scale_y = y}, options_);
}

Shift::Shift(Options options) : options_(options) {
  check_common(kType, options_);
  check_shift(kType, "width", options_.width);
  check_shift(kType, "height", options_.height);
}
void Shift::apply(Workpiece& work, Draws& draws) const {
  double x = options_.width.draw(draws) * static_cast<double>(work.width());
  double y = options_.height.draw(draws) * static_cast<double>(work.height());
  if (options_.whole_pixels) {
    x = std::nearbyint(x);
    y = std::nearbyint(y);
  }
  change(work, {.shift_x = x, .shift_y = y}, options_);
}

Shear::Shear(Options options) : options_(options) {
  check_common(kType, options_);
  check_degrees(kType, "degrees", options_.degrees, kMostShear);
  check_degrees(kType, "degrees_y", options_.degrees_y, kMostShear);
}
void Shear::apply(Workpiece& work, Draws& draws) const {
  const double x = options_.degrees.draw(draws), y = options_.degrees_y.draw(draws);
  change(work, {.shear_x = x, .shear_y = y}, options_);
}

Affine::Affine(Options options) : options_(options) {
  check_common(kType, options_);
  check_degrees(kType, "degrees", options_.degrees, kAny);
  check_shift(kType, "width", options_.width);
  check_shift(kType, "height", options_.height);
  check_scale(kType, options_.scale);
  check_degrees(kType, "shear", options_.shear, kMostShear);
  check_degrees(kType, "shear_y", options_.shear_y, kMostShear);
}
void Affine::apply(Workpiece& work, Draws& draws) const {
  AffineChange drawn;
  drawn.degrees = options_.degrees.draw(draws);
  drawn.shift_x = options_.width.draw(draws) * static_cast<double>(work.width());
  drawn.shift_y = options_.height.draw(draws) * static_cast<double>(work.height());
  drawn.scale_x = drawn.scale_y = options_.scale.draw(draws);
  drawn.shear_x = options_.shear.draw(draws);
  drawn.shear_y = options_.shear_y.draw(draws);
  change(work, drawn, options_);
}

std::vector<AugmentRecord> augments_affine();
std::vector<AugmentRecord> augments_affine() {
  return {
      augment_record<Rotate>(
          "Turned about the centre by an angle uniform in `degrees` (d: -d..d), counter-clockwise; the size stays.\n"
          "fill_mode (constant, reflect, symmetric, replicate, wrap) and fill_value say what lies beyond the edge.\n"
          "torchvision's RandomRotation."),
      augment_record<Zoom>(
          "The content grows about the centre by a factor uniform in `scale` (d: 1-d..1+d; 0.01..100); with per_axis\n"
          "each axis draws its own. As Keras's RandomZoom and ImageDataGenerator(zoom_range), whose factors are\n"
          "the inverse: how much more of the picture is seen."),
      augment_record<Shift>(
          "Moved right by a fraction of the width uniform in `width` and down by one of the height in `height`\n"
          "(d: -d..d, at most 1); whole_pixels rounds both. Keras's RandomTranslation."),
      augment_record<Shear>("Slanted about the centre: x += tan(a) y with a uniform in `degrees` (at most 85), then y "
                            "+= tan(b) x with b\n"
                            "in degrees_y. torchvision's RandomAffine(shear), whose angles have the other sign."),
      augment_record<Affine>(
          "Shear, then zoom, then rotation about the centre, then shift, in one map; options as of the single steps.\n"
          "torchvision's RandomAffine (translate = [width, height]), whose shear has the other sign.")};
}

}  // namespace percept
