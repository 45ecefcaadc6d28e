// elastic.h - pictures on rubber.
#pragma once
#include "percept/data/augment/augment.h"

namespace percept {

// torchvision's ElasticTransform.
class Elastic {
 public:
  static constexpr std::string_view kType = "elastic";
  static constexpr bool kMovesOnly = true;
  struct Options {
    double alpha = 34;  // pixels; the smoothed noise is much below 1
    double sigma = 4;   // pixels
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 1;
  };
  explicit Elastic(Options options);
  Elastic() : Elastic(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// alpha times noise uniform in -1..1, smoothed by a Gaussian of standard deviation sigma, for each axis.
Displacement elastic_displacement(std::int64_t height, std::int64_t width, double alpha, double sigma, Draws& draws);

}  // namespace percept
