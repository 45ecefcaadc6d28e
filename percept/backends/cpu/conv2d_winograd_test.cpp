// conv2d_winograd_test.cpp - Winograd's convolutions and both gradients against float64, and the promises about bits.
#include <cmath>

#include "percept/backends/cpu/_conv2d_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_conv2d_winograd();
std::vector<Kernel> kernels_cpu_conv2d_winograd_weight();
}  // namespace percept

namespace percept::cpu {
namespace {

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = [] {
    std::vector<Kernel> all = kernels_cpu_conv2d_winograd();
    for (const Kernel& one : kernels_cpu_conv2d_winograd_weight()) all.push_back(one);
    return all;
  }();
  return kernel_of(kernels, op);
}

// f(place in x, place in weight, place in y) for every product; images channels-last, weights plain.
template <class F>
void for_each_product(const ConvSizes& s, F f) {
  std::int64_t y = 0;
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t i = 0; i < s.output.h; ++i)
      for (std::int64_t j = 0; j < s.output.w; ++j)
        for (std::int64_t o = 0; o < s.out_channels; ++o, ++y)
          for (std::int64_t k = 0; k < s.kernel.h; ++k)
            for (std::int64_t l = 0; l < s.kernel.w; ++l) {
              const std::int64_t row = i - s.pads.top + k, column = j - s.pads.left + l;
              if (row < 0 || row >= s.input.h || column < 0 || column >= s.input.w) continue;
              const std::int64_t x = ((b * s.input.h + row) * s.input.w + column) * s.in_channels;
              for (std::int64_t c = 0; c < s.in_channels; ++c)
                f(x + c, ((o * s.in_channels + c) * s.kernel.h + k) * s.kernel.w + l, y);
            }
}

// Sums of products in double, and of their magnitudes: what an error is measured by.
struct Exact {
  std::vector<double> sums, sizes;
  explicit Exact(std::int64_t count) : sums(static_cast<std::size_t>(count)), sizes(sums) {}
  void add(std::int64_t at, double a, double b) {
    sums[static_cast<std::size_t>(at)] += a * b;
    sizes[static_cast<std::size_t>(at)] += std::abs(a * b);
  }
};

// The largest error, and the root of the mean square of all, over the root of the mean square of the sizes.
struct Error2 {
  double largest = 0, rms = 0;
};
Error2 error_of(Block& result, const Exact& exact) {
  Error2 error;
  double squares = 0, sizes = 0;
  for (std::size_t i = 0; i < exact.sums.size(); ++i) {
    const double off = std::abs(static_cast<double>(result.f32()[i]) - exact.sums[i]);
    error.largest = std::max(error.largest, off);
    squares += off * off;
    sizes += exact.sizes[i] * exact.sizes[i];
  }
  const auto count = static_cast<double>(exact.sums.size());
  if (sizes > 0) error.largest /= std::sqrt(sizes / count), error.rms = std::sqrt(squares / sizes);
  return error;
}

// Roundings: the transforms multiply errors by at most 10 or so in each direction, and sums of many products average
// them. Measured: 6e-6 of the size for the largest of some thousand errors with one channel, less with many; a wrong
// tap gives 1e-2 and more.
void expect_close(Block& result, const Exact& exact, const char* what) {
  const Error2 error = error_of(result, exact);
  EXPECT_LT(error.largest, 1e-5) << what;
  EXPECT_LT(error.rms, 1e-6) << what;
}

void check(const Shape& image, const Shape& filters, std::int64_t padding, double low = -1, double high = 1) {
  SCOPED_TRACE(str(image) + " * " + str(filters));
  const Conv2dAttrs attrs{.padding = padding, .algorithm = "winograd"};
  const ConvSizes s = conv_sizes(image, filters, attrs);
  ASSERT_EQ(choose_conv2d(s, ConvPass::forward, "winograd"), "winograd");
  Block x = random_block(channels_last_spec(DType::f32, image), 1, low, high);
  Block w = random_block(contiguous_spec(DType::f32, filters), 2);
  Block dy = random_block(channels_last_spec(DType::f32, {s.batch, s.out_channels, s.output.h, s.output.w}), 3);
  Block bias = random_block(contiguous_spec(DType::f32, {s.out_channels}), 4);
  Block y(dy.spec()), dx(x.spec()), dw(w.spec());
  Exact exact_y(y.elements()), exact_dx(dx.elements()), exact_dw(dw.elements());
  for_each_product(s, [&](std::int64_t at_x, std::int64_t at_w, std::int64_t at_y) {
    exact_y.add(at_y, x.f32()[at_x], w.f32()[at_w]);
    exact_dx.add(at_x, dy.f32()[at_y], w.f32()[at_w]);
    exact_dw.add(at_w, x.f32()[at_x], dy.f32()[at_y]);
  });
  for (std::int64_t i = 0; i < y.elements(); ++i) exact_y.add(i, bias.f32()[i % s.out_channels], 1);
  ASSERT_TRUE(run_kernel(kernel("conv2d"), Attrs::of(attrs), {&x, &w, &bias}, {&y}));
  expect_close(y, exact_y, "y");
  ASSERT_TRUE(run_kernel(kernel("conv2d_input_grad"), Attrs::of(Conv2dGradAttrs{attrs, image}), {&dy, &w}, {&dx}));
  expect_close(dx, exact_dx, "dx");
  ASSERT_TRUE(run_kernel(kernel("conv2d_weight_grad"), Attrs::of(Conv2dGradAttrs{attrs, filters}), {&dy, &x}, {&dw}));
  expect_close(dw, exact_dw, "dw");
}

// Images of whole tiles and of parts, fewer pixels than a tile, channels beside vectors and panels, padding beyond the
// kernel, images that share a block, blocks that share an image.
TEST(Conv2dWinograd, IsCloseToFloat64) {
  for_each_target([] {
    for (const std::int64_t c : {1, 5, 16, 33})
      for (const std::int64_t o : {1, 7, 32, 40}) {
        check({2, c, 8, 8}, {o, c, 3, 3}, 1);
        check({3, c, 7, 10}, {o, c, 5, 5}, 2);
      }
    check({1, 3, 3, 3}, {4, 3, 3, 3}, 0);
    check({1, 3, 1, 1}, {4, 3, 3, 3}, 1);
    check({2, 3, 5, 6}, {4, 3, 3, 3}, 4);
    check({2, 3, 9, 5}, {4, 3, 5, 5}, 0);
    check({1, 4, 70, 50}, {6, 4, 3, 3}, 1);
    check({40, 20, 4, 4}, {24, 20, 3, 3}, 1);
    check({33, 6, 14, 14}, {16, 6, 5, 5}, 0);
  });
}

// A large mean, and channels of very different size; many channels.
TEST(Conv2dWinograd, KeepsItsBoundOnAdversarialInputs) {
  check({2, 16, 12, 12}, {16, 16, 3, 3}, 1, 1000, 1001);
  check({2, 16, 12, 12}, {16, 16, 5, 5}, 2, 1000, 1001);
  check({1, 512, 8, 8}, {32, 512, 3, 3}, 1);
  check({1, 32, 8, 8}, {512, 32, 3, 3}, 1);
}

// The weight's gradient of few tiles and many weights, which is cut by channels; of several blocks of tiles.
TEST(Conv2dWinograd, WeightGradientsOfWideLayers) {
  for_each_target([] { check({2, 90, 7, 6}, {85, 90, 3, 3}, 1); });
  check({3, 70, 5, 5}, {110, 70, 5, 5}, 2);
  check({1, 1000, 32, 32}, {4, 1000, 3, 3}, 1);
}

// By filters where tiles are few: whole panels of filters and parts, one tile and one group of them.
TEST(Conv2dWinograd, FewTilesAndManyWeights) {
  for_each_target([] {
    check({1, 130, 6, 5}, {150, 130, 3, 3}, 1);
    check({3, 130, 4, 4}, {150, 130, 3, 3}, 1);  // points that end between vectors
    check({1, 131, 4, 4}, {150, 131, 3, 3}, 1);
  });
  check({3, 128, 4, 4}, {128, 128, 3, 3}, 1);
  check({1, 140, 5, 5}, {120, 140, 5, 5}, 2);
}

TEST(Conv2dWinograd, AnImagesBitsDoNotDependOnTheBatch) {
  // alone by filters, in the batch by tiles; or in one group and in several
  expect_the_same_alone(kernel("conv2d"), {9, 128, 12, 12}, {128, 128, 3, 3}, {.padding = 1});
  expect_the_same_alone(kernel("conv2d"), {20, 500, 13, 13}, {240, 500, 3, 3}, {.padding = 1});
  expect_the_same_alone(kernel("conv2d"), {17, 7, 12, 12}, {20, 7, 3, 3}, {.padding = 1});
  expect_the_same_alone(kernel("conv2d"), {40, 18, 6, 6}, {33, 18, 5, 5}, {.padding = 2});
}

TEST(Conv2dWinograd, PackedWeightsGiveTheSameBits) {
  expect_the_same_packed(kernel("conv2d"), {3, 20, 9, 9}, {40, 20, 3, 3}, {.padding = 1});
}

}  // namespace
}  // namespace percept::cpu
