// group_norm_test.cpp - what samples cannot show: memory orders, and images alone and among others.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "percept/ops/ops.h"

namespace percept {
namespace {

using Norm = Tensor (*)(const Tensor&, const Tensor&, const Tensor&);
constexpr Norm kNorms[] = {
    [](const Tensor& x, const Tensor& weight, const Tensor& bias) { return group_norm(x, 1, weight, bias); },
    [](const Tensor& x, const Tensor& weight, const Tensor& bias) { return group_norm(x, 4, weight, bias); },
    [](const Tensor& x, const Tensor& weight, const Tensor& bias) { return instance_norm(x, weight, bias); },
};

TEST(GroupNorm, ImagesStayChannelsLast) {
  const Tensor x = uniform({3, 8, 5, 6}, -1, 1, {1, 2}), weight = uniform({8}, 0, 1, {1, 3}), bias = ones({8});
  for (const Norm norm : kNorms) {
    const Tensor plain = norm(x, weight, bias), last = norm(channels_last(x), weight, bias);
    EXPECT_TRUE(last.spec().is_channels_last());
    const std::vector<float> a = plain.to_vector<float>(), b = last.to_vector<float>();
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 2e-6);
  }
}

TEST(GroupNorm, AnImageHasTheSameBitsInAnyBatch) {
  const Tensor x = channels_last(uniform({16, 8, 5, 6}, -1, 1, {1, 2}));
  const Tensor weight = uniform({8}, 0, 1, {1, 3}), bias = ones({8});
  for (const Norm norm : kNorms) {
    const std::vector<float> whole = norm(x, weight, bias).to_vector<float>();
    for (const std::int64_t rows : {1, 2, 7}) {
      const std::vector<float> part = norm(slice(x, 0, 0, rows), weight, bias).to_vector<float>();
      EXPECT_EQ(std::memcmp(part.data(), whole.data(), part.size() * sizeof(float)), 0) << rows;
    }
  }
}

TEST(GroupNorm, HalvesAreComputedInFloat) {
  // Squares of 300 leave f16's range.
  const Tensor x = cast(tensor({{-300., 300., 300., -300.}}), DType::f16);
  for (const float y : cast(group_norm(x, 1), DType::f32).to_vector<float>()) EXPECT_NEAR(std::abs(y), 1, 1e-3);
  for (const float y : cast(layer_norm(x, {4}), DType::f32).to_vector<float>()) EXPECT_NEAR(std::abs(y), 1, 1e-3);
  for (const float y : cast(l2_normalize(x), DType::f32).to_vector<float>()) EXPECT_NEAR(std::abs(y), 0.5, 1e-3);
}

}  // namespace
}  // namespace percept
