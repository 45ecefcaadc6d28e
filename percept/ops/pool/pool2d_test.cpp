// pool2d_test.cpp - what samples cannot show: gradients through whole pools, and pads of `same`.
#include "percept/ops/pool/pool2d.h"

#include <gtest/gtest.h>

#include "percept/autograd/autograd.h"

namespace percept {
namespace {

using Floats = std::vector<float>;

TEST(MaxPool2d, OverlappingWindowsAddUpInTheirMaximum) {
  const Tensor x = variable(tensor({{{{1., 2., 3.}, {4., 9., 5.}, {6., 7., 8.}}}}));
  const Tensor y = max_pool2d(x, {.kernel_size = 2, .stride = 1});
  EXPECT_EQ(y.to_vector<float>(), Floats(4, 9));
  const Tensor dx = gradients(sum(y * tensor({{{{1., 2.}, {3., 4.}}}})), {x})[0];
  EXPECT_EQ(dx.to_vector<float>(), (Floats{0, 0, 0, 0, 10, 0, 0, 0, 0}));
}

TEST(MaxPool2d, EqualsTakeTheFirst) {
  const Tensor x = variable(zeros({1, 1, 2, 4}));
  const Tensor dx = gradients(sum(max_pool2d(x, {})), {x})[0];
  EXPECT_EQ(dx.to_vector<float>(), (Floats{1, 0, 1, 0, 0, 0, 0, 0}));
}

TEST(MaxPool2d, ReadsAnyStrides) {
  const Tensor x = reshape(arange(0, 32), {1, 2, 4, 4});
  const Tensor turned = permute(x, {0, 1, 3, 2});
  const Floats expected = max_pool2d(copy(turned), {}).to_vector<float>();
  EXPECT_EQ(max_pool2d(turned, {}).to_vector<float>(), expected);
  EXPECT_EQ(max_pool2d(channels_last(turned), {}).to_vector<float>(), expected);
  EXPECT_EQ(expected, (Floats{5, 13, 7, 15, 21, 29, 23, 31}));
}

TEST(Pool2d, SecondOrderThroughTheMaximum) {
  const Tensor x = variable(tensor({{{{1., 2.}, {3., 4.}}}}, DType::f64));
  const Tensor dx = gradients(sum(pow(max_pool2d(x, {}), 3)), {x}, true)[0];  // 3 m^2
  const Tensor ddx = gradients(sum(dx), {x})[0];                              // 6 m
  EXPECT_EQ(ddx.to_vector<double>(), (std::vector<double>{0, 0, 0, 24}));
}

TEST(Pool2d, SizesOfSame) {
  const PoolSizes s = pool_sizes({1, 1, 5, 6}, {.kernel_size = 3, .stride = 2, .padding = "same"}, "pool");
  EXPECT_EQ(s.output, (Size2{3, 3}));
  EXPECT_EQ(s.pads, (Pads{1, 1, 0, 1}));
}

TEST(Pool2d, StrideIsTheKernelsUnlessGiven) {
  EXPECT_EQ(pool_sizes({1, 1, 6, 6}, {.kernel_size = {2, 3}}, "pool").stride, (Size2{2, 3}));
  EXPECT_THROW(pool_sizes({1, 1, 6, 6}, {.kernel_size = 2, .stride = {0, 2}}, "pool"), ValueError);
}

TEST(Pool2d, SizesOfUsersDoNotOverflow) {
  const std::int64_t huge = std::int64_t{1} << 62;
  for (const Pool2dAttrs& attrs : {Pool2dAttrs{.kernel_size = huge}, Pool2dAttrs{.stride = huge},
                                   Pool2dAttrs{.kernel_size = huge, .padding = Size2{huge / 2}},
                                   Pool2dAttrs{.kernel_size = huge, .padding = "same"}})
    EXPECT_THROW(pool_sizes({1, 1, 8, 8}, attrs, "pool"), Error);
}

}  // namespace
}  // namespace percept
