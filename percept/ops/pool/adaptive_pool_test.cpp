// adaptive_pool_test.cpp - windows against PyTorch's rule for many sizes, and the way of gradients through equals.
#include <gtest/gtest.h>

#include <cmath>

#include "percept/autograd/autograd.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

TEST(AdaptivePool, FollowsPyTorchsWindowsForAnySizes) {
  for (std::int64_t size = 1; size <= 9; ++size)
    for (std::int64_t output = 1; output <= 11; ++output) {
      const Tensor x = reshape(cast(arange(0, size), DType::f64), {1, 1, size});
      const auto means = adaptive_avg_pool1d(x, output).to_vector<double>();
      const auto largest = adaptive_max_pool1d(x, output).to_vector<double>();
      for (std::int64_t i = 0; i < output; ++i) {
        const auto first = static_cast<double>(i * size / output);
        const double last = std::ceil(static_cast<double>((i + 1) * size) / static_cast<double>(output)) - 1;
        EXPECT_DOUBLE_EQ(means[static_cast<std::size_t>(i)], (first + last) / 2) << size << " to " << output;
        EXPECT_EQ(largest[static_cast<std::size_t>(i)], last) << size << " to " << output;
      }
    }
}

TEST(AdaptivePool, TheFirstOfEqualsHasTheGradientOfAllItsWindows) {
  const Tensor x = zeros({1, 1, 3});  // windows 0 1 and 1 2
  const auto dx =
      grad([](const std::vector<Tensor>& in) { return sum(adaptive_max_pool1d(in[0], 2)); })({x})[0].to_vector<float>();
  EXPECT_EQ(dx, (std::vector<float>{1, 1, 0}));
}

}  // namespace
}  // namespace percept
