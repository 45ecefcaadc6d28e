// image_test.cpp - resizing and windows of images larger than one piece against the plain loops.
#include <gtest/gtest.h>

#include "percept/autograd/autograd.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

Tensor reals(const Shape& shape, std::uint64_t seed) { return uniform(shape, -1, 1, {seed, 0}); }

TEST(Images, AgreeWithTheReferenceWhenLarge) {
  set_kernel_choice(KernelChoice::check);
  const Tensor x = reals({2, 19, 31, 40}, 1);
  for (const InterpolateAttrs& attrs : {InterpolateAttrs{.scale = 2}, InterpolateAttrs{.size = {50, 23}},
                                        InterpolateAttrs{.scale = 1.7, .mode = "bilinear"},
                                        InterpolateAttrs{.size = {17, 70}, .mode = "bilinear", .align_corners = true}})
    EXPECT_NO_THROW(grad([&](const std::vector<Tensor>& in) { return sum(square(interpolate(in[0], attrs))); })({x}));
  for (const WindowAttrs& attrs : {WindowAttrs{.kernel_size = 3, .padding = 1},
                                   WindowAttrs{.kernel_size = {5, 2}, .stride = {2, 3}, .padding = {4, 0}},
                                   WindowAttrs{.kernel_size = {1, 9}, .stride = 4, .padding = {0, 20}, .dilation = 5}})
    for (const Tensor& image : {x, channels_last(x)})
      EXPECT_NO_THROW(grad([&](const std::vector<Tensor>& in) { return sum(square(im2col(in[0], attrs))); })({image}));
  set_kernel_choice(KernelChoice::best);
}

// What im2col is for: its matrix times the weights is the convolution.
TEST(Images, WindowsTimesWeightsAreTheConvolution) {
  const Tensor x = reals({2, 3, 9, 8}, 1), weight = reals({4, 3, 3, 2}, 2);
  const Tensor columns = im2col(x, {.kernel_size = {3, 2}, .stride = 2, .padding = 1});
  const Tensor product = matmul(reshape(weight, {4, 18}), columns);
  const Tensor y = conv2d(x, weight, {}, {.stride = 2, .padding = 1});
  const auto a = product.to_vector<double>(), b = y.to_vector<double>();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5);
}

TEST(Images, ShuffledPixelsComeBack) {
  const Tensor x = reals({2, 18, 4, 5}, 1);
  EXPECT_EQ(pixel_unshuffle(pixel_shuffle(x, 3), 3).to_vector<float>(), x.to_vector<float>());
}

}  // namespace
}  // namespace percept
