// aug_mix.cpp - several changed versions of a picture, blended.
#include "percept/data/augment/steps/aug_mix.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "percept/base/checked.h"
#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/ranges.h"
#include "percept/data/augment/steps/policies.h"

namespace percept {
namespace {

constexpr std::int64_t kLevels = 10;

// Shares that add up to `sum`, of Dirichlet(alpha, ..., alpha).
std::vector<double> draw_shares(Draws& draws, std::int64_t count, double alpha, double sum) {
  std::vector<double> shares;
  for (std::int64_t i = 0; i < count; ++i) shares.push_back(draws.log_gamma(alpha));
  const double largest = *std::max_element(shares.begin(), shares.end());  // so that not all fade to 0
  double total = 0;
  for (double& share : shares) {
    share = std::exp(share - largest);
    total += share;
  }
  for (double& share : shares) share *= sum / total;
  return shares;
}

}  // namespace

AugMix::AugMix(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_setting(options_.severity >= 1 && options_.severity <= kLevels, kType, "severity", options_.severity,
                "1 to 10");
  check_setting(options_.mixture_width >= 1 && options_.mixture_width <= 100, kType, "mixture_width",
                options_.mixture_width, "1 to 100");
  check_setting(options_.chain_depth >= 0 && options_.chain_depth <= 100, kType, "chain_depth", options_.chain_depth,
                "1 to 100, or 0 for 1 to 3 at random");
  check_setting(options_.alpha > 0 && options_.alpha <= 1000, kType, "alpha", options_.alpha,
                "a number above 0, at most 1000");
  check_fill(kType, options_.fill_value);
}

void AugMix::apply(Workpiece& work, Draws& draws) const {
  const Picture picture = work.pixels();
  const PolicyReach reach{
      .shift_x = static_cast<double>(picture.width) / 3, .shift_y = static_cast<double>(picture.height) / 3, .bits = 4};
  const double own = draws.beta(options_.alpha);
  const auto shares = draw_shares(draws, options_.mixture_width, options_.alpha, 1 - own);
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    const std::span<T> values = picture.values<T>();
    std::vector<float> sum(values.size());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = static_cast<float>(own) * static_cast<float>(values[i]);
    std::vector<T> version(values.size());
    const Picture out{picture.dtype, version.data(), picture.channels, picture.height, picture.width, picture.range};
    Workpiece chain(picture.range);
    for (const double share : shares) {
      chain.begin(picture.source(), nullptr, false);
      const std::int64_t depth = options_.chain_depth > 0 ? options_.chain_depth : draws.integer(1, 3);
      for (std::int64_t k = 0; k < depth; ++k) {
        const auto change = static_cast<PolicyChange>(draws.integer(1, kPolicyChanges - 1));  // not identity
        const double strength = static_cast<double>(draws.integer(0, options_.severity - 1)) / (kLevels - 1);
        apply_change(chain, change, draws.chance(0.5) ? -strength : strength, reach,
                     {options_.fill_mode, options_.fill_value}, Interpolation::bilinear);
      }
      chain.finish(out, nullptr);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<float>(share) * static_cast<float>(version[i]);
    }
    for (std::size_t i = 0; i < sum.size(); ++i) values[i] = stored<T>(sum[i], low, high);
  });
}

std::vector<AugmentRecord> augments_aug_mix();
std::vector<AugmentRecord> augments_aug_mix() {
  return {augment_record<AugMix>(
      "m x + (1 - m) sum of w_i x_i: x_1.. are mixture_width versions of the picture, each after chain_depth (0: 1 to "
      "3)\n"
      "changes of rand_augment's list (without none) of strength 0 to severity - 1 ninths; m of Beta(alpha, alpha), w\n"
      "of Dirichlet(alpha). Pictures as targets stay. torchvision's AugMix. Source: Hendrycks et al. 2020.")};
}

}  // namespace percept
