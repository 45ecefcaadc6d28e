// draws_test.cpp - statistics of random draws, with fixed seeds: chi-square tests at 1 in 1000, and moments.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "percept/core/mode.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// sum (seen - expected)^2 / expected
double chi_square(const std::vector<double>& seen, const std::vector<double>& expected) {
  double total = 0;
  for (std::size_t i = 0; i < seen.size(); ++i)
    total += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
  return total;
}

TEST(Bernoulli, DrawsOnesAsOftenAsAsked) {
  constexpr double kCount = 200000;
  for (const double p : {0.001, 0.1, 0.5, 0.9}) {
    const Tensor drawn = bernoulli(full({static_cast<std::int64_t>(kCount)}, p, DType::f64), {11, 4});
    const double ones = sum(drawn).item();
    const double deviation = std::sqrt(kCount * p * (1 - p));
    EXPECT_NEAR(ones, kCount * p, 3.3 * deviation) << p;
  }
}

TEST(Bernoulli, DependsOnKeyAlone) {
  const Tensor p = full({1000}, 0.5);
  const auto first = bernoulli(p, {1, 2}).to_vector<float>();
  EXPECT_EQ(bernoulli(p, {1, 2}).to_vector<float>(), first);
  EXPECT_NE(bernoulli(p, {1, 3}).to_vector<float>(), first);
  EXPECT_NE(bernoulli(p, {2, 2}).to_vector<float>(), first);
  EXPECT_EQ(bernoulli(cast(p, DType::bf16), {1, 2}).dtype(), DType::bf16);
}

TEST(Randint, DrawsEveryIntegerAsOften) {
  constexpr std::int64_t kDraws = 100000;
  std::vector<double> seen(10);
  for (const std::int64_t value : randint({100, kDraws / 100}, -3, 7, {8, 1}).to_vector<std::int64_t>()) {
    ASSERT_GE(value, -3);
    ASSERT_LT(value, 7);
    ++seen[static_cast<std::size_t>(value + 3)];
  }
  EXPECT_LT(chi_square(seen, std::vector<double>(10, kDraws / 10.0)), 27.88);  // 9 degrees of freedom

  seed(3);
  const auto first = randint({9}, 0, 1000).to_vector<std::int64_t>();
  EXPECT_NE(randint({9}, 0, 1000).to_vector<std::int64_t>(), first);  // the generator's next stream
  seed(3);
  EXPECT_EQ(randint({9}, 0, 1000).to_vector<std::int64_t>(), first);
}

TEST(Permutation, IsOneAndEveryOrderIsEquallyLikely) {
  std::vector<std::int64_t> drawn = permutation(1000, {3, 1}).to_vector<std::int64_t>();
  std::vector<std::int64_t> all(1000);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_NE(drawn, all);
  std::sort(drawn.begin(), drawn.end());
  EXPECT_EQ(drawn, all);

  std::map<std::vector<std::int64_t>, double> orders;
  constexpr std::uint64_t kDraws = 24000;
  for (std::uint64_t i = 0; i < kDraws; ++i) ++orders[permutation(4, {5, i}).to_vector<std::int64_t>()];
  ASSERT_EQ(orders.size(), 24u);
  std::vector<double> seen;
  for (const auto& [order, count] : orders) seen.push_back(count);
  EXPECT_LT(chi_square(seen, std::vector<double>(24, kDraws / 24.0)), 49.73);  // 23 degrees of freedom
}

TEST(Categorical, FollowsTheSoftmaxOfItsLogits) {
  constexpr std::int64_t kDraws = 100000;
  const Tensor logits = log(tensor({{0.1, 0.2, 0.3, 0.4}, {8., 0., 1., 1.}}));
  const auto drawn = categorical(logits, kDraws, {9, 9}).to_vector<std::int64_t>();
  std::vector<double> first(4), second(4);
  for (std::int64_t s = 0; s < kDraws; ++s) {
    ++first[static_cast<std::size_t>(drawn[static_cast<std::size_t>(s)])];
    ++second[static_cast<std::size_t>(drawn[static_cast<std::size_t>(kDraws + s)])];
  }
  EXPECT_LT(chi_square(first, {0.1 * kDraws, 0.2 * kDraws, 0.3 * kDraws, 0.4 * kDraws}), 16.27);  // 3 degrees
  EXPECT_EQ(second[1], 0);                                                                        // log 0: never
  EXPECT_LT(chi_square({second[0], second[2], second[3]}, {0.8 * kDraws, 0.1 * kDraws, 0.1 * kDraws}), 13.82);  // 2
}

TEST(FeatureDropout, DropsWholeChannels) {
  TrainingScope training(3, 5);
  const Tensor y = feature_dropout(ones({200, 50, 2, 3}), 0.25, {1, 1}, 0);
  const auto low = min(y, {.axes = {2, 3}}).to_vector<float>(), high = max(y, {.axes = {2, 3}}).to_vector<float>();
  double dropped = 0;
  for (std::size_t i = 0; i < low.size(); ++i) {
    EXPECT_EQ(low[i], high[i]);
    EXPECT_TRUE(low[i] == 0 || std::abs(low[i] - 4.0f / 3) < 1e-6f);
    dropped += low[i] == 0;
  }
  EXPECT_NEAR(dropped, 2500, 3.3 * std::sqrt(10000 * 0.25 * 0.75));
  EXPECT_THROW(feature_dropout(ones({3}), 0.5, {1, 1}, 0), ShapeError);
  EXPECT_THROW(feature_dropout(ones({3, 2}), 1, {1, 1}, 0), ValueError);
}

TEST(AlphaDropout, KeepsMeanAndVariance) {
  const Tensor x = normal({400000}, 0, 1, {21, 2});
  for (const double rate : {0.05, 0.2, 0.5}) {
    TrainingScope training(0, 1);
    const Tensor y = alpha_dropout(x, rate, {4, 4}, 0);
    EXPECT_NEAR(mean(y).item(), 0, 0.01) << rate;
    EXPECT_NEAR(var(y).item(), 1, 0.02) << rate;
    // PyTorch's numbers: dropped elements all have one value
    const double a = 1 / std::sqrt((1.7580993408473766 * 1.7580993408473766 * rate + 1) * (1 - rate));
    const double value = -1.7580993408473766 * a * (1 - rate);
    EXPECT_NEAR(sum(cast(abs(y - value) < 1e-5, DType::f32)).item() / 400000, rate, 0.003);
  }
}

TEST(Dropouts, AreTheIdentityOutsideTraining) {
  const Tensor x = uniform({4, 3, 2}, 0, 1, {1, 1});
  EXPECT_EQ(alpha_dropout(x, 0.5, {1, 1}, 0).to_vector<float>(), x.to_vector<float>());
  EXPECT_EQ(feature_dropout(x, 0.5, {1, 1}, 0).to_vector<float>(), x.to_vector<float>());
  EXPECT_THROW(alpha_dropout(x, -0.5, {1, 1}, 0), ValueError);
  EXPECT_THROW(alpha_dropout(tensor({1, 2}), 0.5, {1, 1}, 0), DTypeError);
}

}  // namespace
}  // namespace percept
