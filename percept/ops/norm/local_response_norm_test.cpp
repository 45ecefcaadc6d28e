// local_response_norm_test.cpp - what samples cannot show: memory orders and halves.
#include <gtest/gtest.h>

#include <cmath>

#include "percept/ops/ops.h"

namespace percept {
namespace {

TEST(LocalResponseNorm, ImagesStayChannelsLast) {
  const Tensor x = uniform({3, 8, 5, 6}, -1, 1, {1, 2});
  const Tensor plain = local_response_norm(x, 5, 2), last = local_response_norm(channels_last(x), 5, 2);
  EXPECT_TRUE(last.spec().is_channels_last());
  EXPECT_EQ(plain.to_vector<float>(), last.to_vector<float>());
}

TEST(LocalResponseNorm, HalvesAreComputedInFloat) {
  // Squares of 300 leave f16's range.
  const Tensor x = cast(tensor({{{-300.}, {300.}, {300.}, {-300.}}}), DType::f16);
  const Tensor y = local_response_norm(x, 1, 1, 0.5, 0);
  EXPECT_EQ(y.dtype(), DType::f16);
  for (const float one : cast(y, DType::f32).to_vector<float>()) EXPECT_NEAR(std::abs(one), 1, 1e-3);
}

}  // namespace
}  // namespace percept
