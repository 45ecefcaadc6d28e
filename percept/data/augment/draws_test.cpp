// draws_test.cpp - streams that do not meet, and what the distributions look like.
#include "percept/data/augment/draws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace percept {
namespace {

constexpr int kMany = 40000;

struct Moments {
  double mean = 0, variance = 0;
};
template <class F>
Moments moments_of(F&& draw, int count = kMany) {
  double sum = 0, squares = 0;
  for (int i = 0; i < count; ++i) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  return {sum / count, squares / count - (sum / count) * (sum / count)};
}

TEST(Draws, EveryStepEpochAndSampleHasItsOwnNumbers) {
  std::set<std::uint64_t> seen;
  for (const std::uint64_t seed : {0, 1})
    for (const std::int64_t place : {0, 1, 2})
      for (const std::int64_t epoch : {0, 1})
        for (const std::int64_t sample : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 32}) {
          Draws draws(augment_key(seed, place), epoch, sample), again(augment_key(seed, place), epoch, sample);
          const std::uint64_t first = draws.bits();
          EXPECT_EQ(first, again.bits());
          seen.insert(first << 32 | draws.bits());
        }
  EXPECT_EQ(seen.size(), 36u);
}

// Tolerances are five standard errors.
TEST(Draws, UniformNumbers) {
  Draws draws(augment_key(3, 0), 0, 0);
  const Moments m = moments_of([&] { return draws.uniform(2, 6); });
  EXPECT_NEAR(m.mean, 4, 5 * std::sqrt(16.0 / 12 / kMany));
  EXPECT_NEAR(m.variance, 16.0 / 12, 0.03);
  std::vector<float> many(kMany + 3);
  draws.fill_uniform(many);
  std::size_t at = 0;
  EXPECT_NEAR(moments_of([&] { return static_cast<double>(many[at++]); }).mean, 0.5, 5 * std::sqrt(1.0 / 12 / kMany));
  EXPECT_GE(*std::min_element(many.begin(), many.end()), 0);
  EXPECT_LT(*std::max_element(many.begin(), many.end()), 1);
}

TEST(Draws, WholeNumbersWithBothEnds) {
  Draws draws(augment_key(4, 0), 0, 0);
  std::vector<int> counts(7);
  for (int i = 0; i < kMany; ++i) ++counts[static_cast<std::size_t>(draws.integer(-3, 3) + 3)];
  for (const int count : counts) EXPECT_NEAR(count, kMany / 7.0, 5 * std::sqrt(kMany / 7.0));
  EXPECT_EQ(draws.integer(5, 5), 5);
}

TEST(Draws, NormalNumbersAreNormal) {
  Draws draws(augment_key(5, 0), 0, 0);
  const Moments single = moments_of([&] { return draws.normal(); });
  EXPECT_NEAR(single.mean, 0, 5 / std::sqrt(kMany));
  EXPECT_NEAR(single.variance, 1, 5 * std::sqrt(2.0 / kMany));
  std::vector<float> many(400000);
  draws.fill_normal(many);
  std::size_t at = 0;
  const Moments m = moments_of([&] { return static_cast<double>(many[at++]); }, 400000);
  EXPECT_NEAR(m.mean, 0, 5 / std::sqrt(400000.0));
  EXPECT_NEAR(m.variance, 1, 5 * std::sqrt(2.0 / 400000));
  // Kolmogorov and Smirnov: the largest distance from the distribution function, 1.63 / sqrt(n) at the 1 % level.
  std::sort(many.begin(), many.end());
  double worst = 0;
  for (std::size_t i = 0; i < many.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(i) / 400000 -
                                     0.5 * std::erfc(-static_cast<double>(many[i]) / std::sqrt(2.0))));
  EXPECT_LT(worst, 1.63 / std::sqrt(400000.0));
  EXPECT_GT(many.back(), 4);
}

TEST(Draws, BetaNumbers) {
  for (const double alpha : {0.001, 0.2, 1.0, 3.0}) {
    Draws draws(augment_key(6, 0), 0, 0);
    const Moments m = moments_of([&] { return draws.beta(alpha); });
    const double variance = 1 / (4 * (2 * alpha + 1));
    EXPECT_NEAR(m.mean, 0.5, 5 * std::sqrt(variance / kMany)) << alpha;
    EXPECT_NEAR(m.variance, variance, 0.02 * variance + 0.001) << alpha;
  }
}

TEST(Draws, ShufflesAlike) {
  Draws draws(augment_key(7, 0), 0, 0);
  std::vector<int> counts(24);
  for (int i = 0; i < 24000; ++i) {
    std::vector<int> order{0, 1, 2, 3}, sorted = order;
    draws.shuffle(order);
    std::size_t which = 0;
    while (sorted != order) {
      std::next_permutation(sorted.begin(), sorted.end());
      ++which;
    }
    ++counts[which];
  }
  for (const int count : counts) EXPECT_NEAR(count, 1000, 5 * std::sqrt(1000.0));
}

}  // namespace
}  // namespace percept
