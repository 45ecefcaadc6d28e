// policies.cpp - augmentation chosen at random from a list of fourteen changes.
#include "percept/data/augment/steps/policies.h"

#include <cmath>
#include <numbers>

#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/ranges.h"
#include "percept/data/augment/steps/affine.h"
#include "percept/data/augment/steps/colour.h"
#include "percept/data/augment/steps/filter.h"
#include "percept/data/augment/steps/tone.h"

namespace percept {
namespace {

PolicyChange draw_change(Draws& draws) { return static_cast<PolicyChange>(draws.integer(0, kPolicyChanges - 1)); }

double degrees_of_tangent(double tangent) { return std::atan(tangent) * 180 / std::numbers::pi; }

void check_bins(std::string_view who, std::int64_t bins) {
  check_setting(bins >= 2 && bins <= 1000, who, "num_magnitude_bins", bins, "2 to 1000");
}

}  // namespace

void apply_change(Workpiece& work, PolicyChange change, double strength, const PolicyReach& reach, const Fill& fill,
                  Interpolation interpolation) {
  const auto affine = [&](const AffineChange& how) {
    work.move({affine_to_source(how, work.centre()), work.height(), work.width(), fill, interpolation});
  };
  const double size = std::abs(strength), factor = 1 + strength * reach.factor;
  switch (change) {
    case PolicyChange::identity:
      return;
    case PolicyChange::shear_x:
      return affine({.shear_x = degrees_of_tangent(strength * reach.shear)});
    case PolicyChange::shear_y:
      return affine({.shear_y = degrees_of_tangent(strength * reach.shear)});
    case PolicyChange::shift_x:
      return affine({.shift_x = std::trunc(strength * reach.shift_x)});
    case PolicyChange::shift_y:
      return affine({.shift_y = std::trunc(strength * reach.shift_y)});
    case PolicyChange::rotate:
      return affine({.degrees = strength * reach.degrees});
    case PolicyChange::brightness:
      return adjust_brightness(work.pixels(), factor);
    case PolicyChange::saturation:
      return adjust_saturation(work.pixels(), factor);
    case PolicyChange::contrast:
      return adjust_contrast(work.pixels(), factor);
    case PolicyChange::sharpness:
      return sharpen(work.pixels(), factor);
    case PolicyChange::posterize:
      return posterize(work.pixels(), static_cast<int>(reach.bits - std::nearbyint(size * reach.fewer_bits)));
    case PolicyChange::solarize: {
      const ValueRange range = work.range();
      return solarize(work.pixels(), range.high - size * (range.high - range.low));
    }
    case PolicyChange::autocontrast:
      return stretch_tones(work.pixels());
    case PolicyChange::equalize:
      return equalize_tones(work.pixels());
  }
}

RandAugment::RandAugment(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_bins(kType, options_.num_magnitude_bins);
  check_setting(options_.num_ops >= 1 && options_.num_ops <= 100, kType, "num_ops", options_.num_ops, "1 to 100");
  check_setting(options_.magnitude >= 0 && options_.magnitude < options_.num_magnitude_bins, kType, "magnitude",
                options_.magnitude, "0 to num_magnitude_bins - 1");
  check_fill(kType, options_.fill_value);
}
void RandAugment::apply(Workpiece& work, Draws& draws) const {
  const double strength =
      static_cast<double>(options_.magnitude) / static_cast<double>(options_.num_magnitude_bins - 1);
  const PolicyReach reach{.shift_x = 150.0 / 331 * static_cast<double>(work.width()),
                          .shift_y = 150.0 / 331 * static_cast<double>(work.height())};
  for (std::int64_t i = 0; i < options_.num_ops; ++i) {
    const PolicyChange change = draw_change(draws);
    const double signed_strength = draws.chance(0.5) ? -strength : strength;
    apply_change(work, change, signed_strength, reach, {options_.fill_mode, options_.fill_value},
                 options_.interpolation);
  }
}

TrivialAugment::TrivialAugment(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_bins(kType, options_.num_magnitude_bins);
  check_fill(kType, options_.fill_value);
}
void TrivialAugment::apply(Workpiece& work, Draws& draws) const {
  const PolicyReach reach{.shear = 0.99, .shift_x = 32, .shift_y = 32, .degrees = 135, .factor = 0.99, .fewer_bits = 6};
  const PolicyChange change = draw_change(draws);
  const double strength = static_cast<double>(draws.integer(0, options_.num_magnitude_bins - 1)) /
                          static_cast<double>(options_.num_magnitude_bins - 1);
  apply_change(work, change, draws.chance(0.5) ? -strength : strength, reach, {options_.fill_mode, options_.fill_value},
               options_.interpolation);
}

std::vector<AugmentRecord> augments_policies();
std::vector<AugmentRecord> augments_policies() {
  return {
      augment_record<RandAugment>(
          "num_ops changes, each drawn from: none, shear and shift along x and y, rotate, brightness, saturation,\n"
          "contrast, sharpness, posterize, solarize, autocontrast, equalize; all of strength magnitude /\n"
          "(num_magnitude_bins - 1), to either side. At 1: shear 0.3, shift 150/331 of the side, 30 degrees, factors\n"
          "1 +- 0.9, 4 bits. torchvision's RandAugment, which shears about the upper left corner (here: the centre)\n"
          "and reads the nearest pixel unless told otherwise (interpolation = \"nearest\"). Source: Cubuk et al. "
          "2020."),
      augment_record<TrivialAugment>(
          "One change from rand_augment's list, its strength one of num_magnitude_bins steps from 0 to: shear 0.99,\n"
          "shift 32 pixels, 135 degrees, factors 1 +- 0.99, 6 bits. torchvision's TrivialAugmentWide, which shears\n"
          "about the upper left corner (here: the centre) and reads the nearest pixel unless told otherwise.\n"
          "Source: Mueller and Hutter 2021.")};
}

}  // namespace percept
