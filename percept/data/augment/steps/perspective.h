// perspective.h - pictures seen from the side: a homography moves the four corners.
#pragma once
#include "percept/data/augment/augment.h"

namespace percept {

// Corners in the order upper left, upper right, lower right, lower left. torchvision's RandomPerspective.
class Perspective {
 public:
  static constexpr std::string_view kType = "perspective";
  static constexpr bool kMovesOnly = true;
  struct Options {
    double distortion_scale = 0.5;
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 0.5;
  };
  explicit Perspective(Options options);
  Perspective() : Perspective(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// From a place in the new picture to the old one, where the corners of width x height go to `corners`.
Homography perspective_to_source(double width, double height, const std::array<PlanePoint, 4>& corners);

}  // namespace percept
