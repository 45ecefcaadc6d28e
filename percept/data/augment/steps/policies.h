// policies.h - augmentation chosen at random from a list of fourteen changes.
#pragma once
#include "percept/data/augment/augment.h"

namespace percept {

// The changes that policies choose from, and the largest values of their magnitudes.
enum class PolicyChange {
  identity,
  shear_x,
  shear_y,
  shift_x,
  shift_y,
  rotate,
  brightness,
  saturation,
  contrast,
  sharpness,
  posterize,
  solarize,
  autocontrast,
  equalize
};
inline constexpr int kPolicyChanges = 14;

struct PolicyReach {
  double shear = 0.3;               // tangent of the angle
  double shift_x = 0, shift_y = 0;  // pixels
  double degrees = 30;
  double factor = 0.9;              // brightness and its like: 1 +- this
  double bits = 8, fewer_bits = 4;  // posterize: bits at strength 0, and how many fewer at 1
};

// One change; strength in 0..1 of the reach, negative to the other side.
void apply_change(Workpiece& work, PolicyChange change, double strength, const PolicyReach& reach, const Fill& fill,
                  Interpolation interpolation);

// num_ops changes drawn uniformly, all of one magnitude. torchvision's RandAugment, but for two things: shears are
// about the centre, there about the upper left corner, and pixels are blended, there the nearest one is read by
// default. Source: Cubuk et al. 2020.
class RandAugment {
 public:
  static constexpr std::string_view kType = "rand_augment";
  struct Options {
    std::int64_t num_ops = 2;
    std::int64_t magnitude = 9;  // of num_magnitude_bins
    std::int64_t num_magnitude_bins = 31;
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 1;
  };
  explicit RandAugment(Options options);
  RandAugment() : RandAugment(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// One change of one random magnitude, over wide ranges. torchvision's TrivialAugmentWide, with RandAugment's two
// differences. Source: Mueller and Hutter 2021.
class TrivialAugment {
 public:
  static constexpr std::string_view kType = "trivial_augment";
  struct Options {
    std::int64_t num_magnitude_bins = 31;
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 1;
  };
  explicit TrivialAugment(Options options);
  TrivialAugment() : TrivialAugment(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
