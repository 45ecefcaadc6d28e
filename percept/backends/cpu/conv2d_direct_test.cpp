// conv2d_direct_test.cpp - convolutions of small integers are exact: strides, padding, dilation, groups, odd channels.

#include <cmath>
#include <limits>

#include "percept/backends/cpu/_conv2d_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_conv2d_direct();
std::vector<Kernel> kernels_cpu_conv2d_planes();
std::vector<Kernel> kernels_cpu_conv2d_shifts();
std::vector<Kernel> kernels_cpu_conv2d_depthwise();
std::vector<Kernel> kernels_cpu_conv2d_pairs();
std::vector<Kernel> kernels_cpu_conv2d_pairs_weight();
}  // namespace percept

namespace percept::cpu {
namespace {

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_conv2d_direct();
  return kernel_of(kernels, op);
}
const Kernel& planes_kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_conv2d_planes();
  return kernel_of(kernels, op);
}

const Kernel& shifts_kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_conv2d_shifts();
  return kernel_of(kernels, op);
}
const Kernel& depthwise_kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_conv2d_depthwise();
  return kernel_of(kernels, op);
}

// Null where the processor has none.
const Kernel* pairs_kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_conv2d_pairs(), of_weight = kernels_cpu_conv2d_pairs_weight();
  if (kernels.empty()) return nullptr;
  return &kernel_of(op == "conv2d_weight_grad" ? of_weight : kernels, op);
}

Block integers(Spec spec, std::uint32_t seed) {
  Block block(std::move(spec));
  std::mt19937 engine(seed);
  for (std::int64_t i = 0; i < block.elements(); ++i)
    block.f32()[i] = static_cast<float>(static_cast<int>(engine() % 5) - 2);
  return block;
}

// f(place in x, place in weight, place in y) for every product; places in memory.
template <class F>
void for_each_product(const ConvSizes& s, Block& x, Block& w, Block& y, F f) {
  const std::int64_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const Strides &sx = x.spec().strides, &sw = w.spec().strides, &sy = y.spec().strides;
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t o = 0; o < s.out_channels; ++o)
      for (std::int64_t i = 0; i < s.output.h; ++i)
        for (std::int64_t j = 0; j < s.output.w; ++j)
          for (std::int64_t c = 0; c < in; ++c)
            for (std::int64_t k = 0; k < s.kernel.h; ++k)
              for (std::int64_t l = 0; l < s.kernel.w; ++l) {
                const std::int64_t row = i * s.stride.h - s.pads.top + k * s.dilation.h;
                const std::int64_t column = j * s.stride.w - s.pads.left + l * s.dilation.w;
                if (row < 0 || row >= s.input.h || column < 0 || column >= s.input.w) continue;
                f(b * sx[0] + (o / out * in + c) * sx[1] + row * sx[2] + column * sx[3],
                  o * sw[0] + c * sw[1] + k * sw[2] + l * sw[3], b * sy[0] + o * sy[1] + i * sy[2] + j * sy[3]);
              }
}

void expect_equal(Block& result, const std::vector<double>& wanted, const char* what) {
  for (std::int64_t i = 0; i < result.elements(); ++i)
    ASSERT_EQ(result.f32()[i], wanted[static_cast<std::size_t>(i)]) << what << " " << i;
}

void check(const Shape& image, const Shape& weight_shape, const Conv2dAttrs& attrs, bool with_bias = false) {
  SCOPED_TRACE(str(image) + " * " + str(weight_shape));
  const ConvSizes s = conv_sizes(image, weight_shape, attrs);
  Block x = integers(channels_last_spec(DType::f32, image), 1),
        w = integers(contiguous_spec(DType::f32, weight_shape), 2);
  Block dy = integers(channels_last_spec(DType::f32, {s.batch, s.out_channels, s.output.h, s.output.w}), 3);
  Block bias = integers(contiguous_spec(DType::f32, {s.out_channels}), 4), y(dy.spec()), dx(x.spec()), dw(w.spec());
  std::vector<double> wanted_y(static_cast<std::size_t>(y.elements())),
      wanted_dx(static_cast<std::size_t>(x.elements())), wanted_dw(static_cast<std::size_t>(w.elements()));
  for_each_product(s, x, w, y, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
    wanted_y[static_cast<std::size_t>(k)] += static_cast<double>(x.f32()[i]) * w.f32()[j];
    wanted_dx[static_cast<std::size_t>(i)] += static_cast<double>(dy.f32()[k]) * w.f32()[j];
    wanted_dw[static_cast<std::size_t>(j)] += static_cast<double>(x.f32()[i]) * dy.f32()[k];
  });
  if (with_bias)
    for (std::int64_t i = 0; i < y.elements(); ++i)
      wanted_y[static_cast<std::size_t>(i)] += bias.f32()[i % s.out_channels];
  std::vector<Block*> inputs = {&x, &w};
  if (with_bias) inputs.push_back(&bias);
  ASSERT_TRUE(run_kernel(kernel("conv2d"), Attrs::of(attrs), inputs, {&y}));
  expect_equal(y, wanted_y, "y");
  ASSERT_TRUE(run_kernel(kernel("conv2d_input_grad"), Attrs::of(Conv2dGradAttrs{attrs, image}), {&dy, &w}, {&dx}));
  expect_equal(dx, wanted_dx, "dx");
  for (const auto& [name, find] : {std::pair("planes", &planes_kernel), std::pair("shifts", &shifts_kernel)}) {
    if (choose_conv2d(s, ConvPass::forward, "auto") == name) {
      std::fill_n(y.f32(), y.elements(), 0.5f);
      ASSERT_TRUE(run_kernel(find("conv2d"), Attrs::of(attrs), inputs, {&y}));
      expect_equal(y, wanted_y, name);
    }
    if (choose_conv2d(s, ConvPass::input_grad, "auto") == name) {
      std::fill_n(dx.f32(), dx.elements(), 0.5f);
      ASSERT_TRUE(run_kernel(find("conv2d_input_grad"), Attrs::of(Conv2dGradAttrs{attrs, image}), {&dy, &w}, {&dx}));
      expect_equal(dx, wanted_dx, name);
    }
  }
  ASSERT_TRUE(
      run_kernel(kernel("conv2d_weight_grad"), Attrs::of(Conv2dGradAttrs{attrs, weight_shape}), {&dy, &x}, {&dw}));
  expect_equal(dw, wanted_dw, "dw");
  const auto check_pairs = [&](std::string_view op, ConvPass pass, const Attrs& of, const std::vector<Block*>& from,
                               Block& to, const std::vector<double>& wanted) {
    if (!takes_pairs(s, pass) || pairs_kernel(op) == nullptr) return;
    std::fill_n(to.f32(), to.elements(), 0.5f);
    ASSERT_TRUE(run_kernel(*pairs_kernel(op), of, from, {&to}));
    expect_equal(to, wanted, "pairs");
  };
  check_pairs("conv2d", ConvPass::forward, Attrs::of(attrs), inputs, y, wanted_y);
  check_pairs("conv2d_input_grad", ConvPass::input_grad, Attrs::of(Conv2dGradAttrs{attrs, image}), {&dy, &w}, dx,
              wanted_dx);
  check_pairs("conv2d_weight_grad", ConvPass::weight_grad, Attrs::of(Conv2dGradAttrs{attrs, weight_shape}), {&dy, &x},
              dw, wanted_dw);
  if (!is_depthwise(s)) return;
  for (Block* block : {&y, &dx, &dw}) std::fill_n(block->f32(), block->elements(), 0.5f);
  ASSERT_TRUE(run_kernel(depthwise_kernel("conv2d"), Attrs::of(attrs), inputs, {&y}));
  ASSERT_TRUE(
      run_kernel(depthwise_kernel("conv2d_input_grad"), Attrs::of(Conv2dGradAttrs{attrs, image}), {&dy, &w}, {&dx}));
  ASSERT_TRUE(run_kernel(depthwise_kernel("conv2d_weight_grad"), Attrs::of(Conv2dGradAttrs{attrs, weight_shape}),
                         {&dy, &x}, {&dw}));
  expect_equal(y, wanted_y, "y, depthwise");
  expect_equal(dx, wanted_dx, "dx, depthwise");
  expect_equal(dw, wanted_dw, "dw, depthwise");
}

TEST(Conv2dDirect, IsExactOnSmallIntegers) {
  for_each_target([] {
    for (const std::int64_t c : {1, 3, 9})
      for (const std::int64_t o : {1, 6, 16, 33}) {
        check({2, c, 7, 9}, {o, c, 3, 3}, {.padding = 1}, true);
        check({3, c, 8, 7}, {o, c, 3, 2}, {.stride = {2, 1}, .padding = {0, 1}});
      }
    check({2, 4, 9, 9}, {6, 2, 3, 3}, {.stride = 2, .padding = "same", .groups = 2}, true);
    check({2, 4, 9, 8}, {4, 1, 3, 3}, {.padding = 2, .dilation = 2, .groups = 4});
    check({1, 2, 9, 8}, {3, 2, 2, 3}, {.stride = {3, 2}, .padding = {1, 2}, .dilation = {2, 1}});
    check({9, 5, 6, 6}, {40, 5, 5, 5}, {.padding = 2});
    check({1, 1, 1, 1}, {1, 1, 1, 1}, {});
    check({2, 3, 4, 4}, {5, 3, 1, 1}, {.stride = 2});
    check({0, 2, 4, 4}, {3, 2, 2, 2}, {});
    check({1, 1, 3, 3}, {1, 1, 5, 5}, {.padding = 4, .dilation = 2});
    check({1, 2, 30, 30}, {3, 2, 3, 3}, {.padding = 1});
  });
  // Many weights; tiles of pixels of several images.
  check({20, 160, 4, 4}, {190, 160, 3, 3}, {.padding = 1}, true);
  check({1, 160, 3, 4}, {190, 160, 3, 3}, {.padding = 1});
}

// Each number of target channels, both ways; rows of a vector, less and more; bands of rows; padding beyond the kernel;
// images that share a piece.
TEST(Conv2dPlanes, IsExactOnSmallIntegers) {
  for_each_target([] {
    for (std::int64_t few = 1; few <= 8; ++few) {
      check({2, 3, 6, 17}, {few, 3, 3, 3}, {.padding = 1}, true);
      check({1, few, 9, 16}, {5, few, 5, 5}, {.padding = 2});
      check({33, few, 5, 35}, {2, few, 3, 5}, {.padding = {0, 3}}, true);
      check({3, few, 14, 14}, {16, few, 5, 5}, {});  // rows above and below dy
    }
    check({2, 16, 40, 50}, {8, 16, 5, 5}, {.padding = 2}, true);
    check({1, 1, 300, 200}, {6, 1, 7, 7}, {.padding = 3}, true);
    check({1, 2, 300, 40}, {7, 2, 5, 3}, {});
    check({2, 4, 12, 12}, {4, 4, 3, 3}, {.padding = "same"});
    check({1, 1, 60, 60}, {2, 1, 3, 3}, {.padding = 4}, true);
    check({0, 2, 8, 8}, {3, 2, 3, 3}, {});
  });
}

// Targets of one channel and more, both ways, with a bias; panels of pixels, whole ones and parts; bands of rows, lines
// of taps that lie on padding alone; kernels of other sides, images without pixels.
TEST(Conv2dShifts, IsExactOnSmallIntegers) {
  for_each_target([] {
    for (std::int64_t few = 1; few <= 4; ++few) {
      check({2, 33, 6, 17}, {few, 33, 3, 3}, {.padding = 1}, true);
      check({1, few, 9, 16}, {40, few, 5, 5}, {.padding = 2});
      check({20, few, 5, 7}, {32, few, 3, 5}, {.padding = {0, 3}}, true);
      check({3, 32, 7, 6}, {few, 32, 7, 7}, {.padding = 3}, true);
      check({2, 32, 3, 4}, {few, 32, 3, 3}, {.padding = 2}, true);
    }
    check({1, 35, 90, 60}, {3, 35, 5, 3}, {.padding = {4, 1}}, true);
    check({1, 1, 100, 40}, {16, 1, 7, 7}, {});
    check({2, 64, 9, 9}, {1, 64, 3, 3}, {.padding = "same"});
    check({0, 32, 8, 8}, {3, 32, 3, 3}, {});
  });
}

TEST(Conv2dShifts, AnImagesBitsDoNotDependOnTheBatch) {
  expect_the_same_alone(shifts_kernel("conv2d"), {40, 37, 20, 20}, {3, 37, 5, 5}, {.padding = 2});
}

// Every number of vectors and of pixels of a tile, parts of a vector; taps of other sides, more than three in a row;
// padding beyond the kernel, on one side, and images narrower than what the taps reach; bands of rows; images that
// share a piece, and a slice.
TEST(Conv2dPairs, IsExactOnSmallIntegers) {
  for (std::int64_t o = 1; o <= 84; o += o < 14 ? 13 : 14)
    check({2, 6, 3, o / 3 + 2}, {o, 6, 3, 3}, {.padding = 1}, true);
  for (std::int64_t w = 1; w <= 34; ++w) check({1, 16, 3, w}, {16, 16, 3, 3}, {.padding = 1});
  for (const std::int64_t o : {16, 32, 48, 96}) {
    check({2, 32, 5, 8}, {o, 32, 3, 3}, {.padding = 1}, true);
    check({3, 16, 6, 10}, {o, 16, 5, 5}, {.padding = {1, 2}});
    check({9, 16, 4, 9}, {o, 16, 2, 4}, {.padding = {0, 1}}, true);
    check({2, 48, 4, 3}, {o, 48, 7, 6}, {.padding = {3, 4}});
    check({2, 16, 5, 7}, {o, 16, 3, 4}, {.padding = "same"});
    check({1, 16, 4, 5}, {o, 16, 1, 2}, {.padding = {0, 3}});
  }
  check({1, 16, 70, 64}, {32, 16, 3, 3}, {.padding = 1});
  check({40, 32, 3, 4}, {16, 32, 3, 3}, {.padding = 1}, true);
  check({0, 16, 4, 4}, {16, 16, 3, 3}, {.padding = 1});
}

TEST(Conv2dPairs, BitsDoNotDependOnTheBatchNorOnPacking) {
  if (pairs_kernel("conv2d") == nullptr) GTEST_SKIP() << "no bf16 instructions";
  expect_the_same_alone(*pairs_kernel("conv2d"), {40, 18, 20, 20}, {40, 18, 3, 3}, {.padding = 1});
  expect_the_same_alone(*pairs_kernel("conv2d"), {40, 16, 6, 6}, {16, 16, 3, 3}, {.padding = 1});  // share a piece
  expect_the_same_packed(*pairs_kernel("conv2d"), {8, 30, 9, 9}, {80, 30, 5, 5}, {.padding = 2});
}

// Of 9 bits to 8: halves go to the even one. Subnormal numbers are zeros, infinite ones and NaN stay what they are.
TEST(Conv2dPairs, RoundsToNearestEven) {
  if (pairs_kernel("conv2d") == nullptr) GTEST_SKIP() << "no bf16 instructions";
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  const std::pair<float, float> values[] = {{257, 256},           {259, 260},           {-257, -256},
                                            {257.01f, 258},       {1e-39f, 0},          {1, 1},
                                            {3e38f, 0x1.c4p127f}, {3.4e38f, kInfinite}, {kInfinite, kInfinite}};
  Block x = integers(channels_last_spec(DType::f32, {1, 16, 1, 2}), 1), y(x.spec());
  Block one(contiguous_spec(DType::f32, {16, 16, 1, 1})), dw(one.spec()), dy(x.spec());
  std::fill_n(one.f32(), one.elements(), 0.0f);
  for (std::int64_t c = 0; c < 16; ++c) one.f32()[c * 17] = 1;
  for (const auto& [value, wanted] : values) {
    std::fill_n(x.f32(), x.elements(), 0.0f), std::fill_n(dy.f32(), dy.elements(), 0.0f);
    x.f32()[21] = value, dy.f32()[16] = 1;  // channel 5 of pixel 1, channel 0 of pixel 1
    ASSERT_TRUE(run_kernel(*pairs_kernel("conv2d"), Attrs::of(Conv2dAttrs{}), {&x, &one}, {&y}));
    EXPECT_EQ(y.f32()[21], wanted) << value;
    ASSERT_TRUE(run_kernel(*pairs_kernel("conv2d_weight_grad"),
                           Attrs::of(Conv2dGradAttrs{Conv2dAttrs{}, {16, 16, 1, 1}}), {&dy, &x}, {&dw}));
    EXPECT_EQ(dw.f32()[5], wanted) << value;
  }
  x.f32()[21] = std::numeric_limits<float>::quiet_NaN();
  ASSERT_TRUE(run_kernel(*pairs_kernel("conv2d"), Attrs::of(Conv2dAttrs{}), {&x, &one}, {&y}));
  EXPECT_TRUE(std::isnan(y.f32()[21]));
  EXPECT_EQ(y.f32()[3], 0);  // another pixel's
}

// Vectors of channels, some and one, and what is left of them; columns in fours and at the edges; windows larger than
// the image; strides, with places between them that no tap reaches.
TEST(Conv2dDepthwise, IsExactOnSmallIntegers) {
  for_each_target([] {
    for (const std::int64_t c : {2, 3, 15, 16, 33, 70, 150}) {
      check({3, c, 9, 11}, {c, 1, 3, 3}, {.padding = 1, .groups = c}, true);
      check({2, c, 8, 7}, {c, 1, 5, 3}, {.stride = {2, 3}, .padding = {2, 0}, .groups = c});
    }
    check({9, 20, 6, 14}, {20, 1, 5, 5}, {.padding = 2, .groups = 20}, true);
    check({1, 20, 12, 12}, {20, 1, 3, 3}, {.stride = 2, .padding = "same", .groups = 20});
    check({2, 20, 12, 13}, {20, 1, 3, 3}, {.padding = 2, .dilation = 2, .groups = 20});
    check({2, 20, 3, 2}, {20, 1, 7, 7}, {.padding = 3, .groups = 20}, true);
    check({2, 20, 9, 9}, {20, 1, 2, 2}, {.stride = 4, .groups = 20});
    check({2, 20, 5, 5}, {20, 1, 1, 1}, {.groups = 20});
    check({1, 4, 300, 70}, {4, 1, 3, 3}, {.padding = 1, .groups = 4});
    check({0, 4, 5, 5}, {4, 1, 3, 3}, {.padding = 1, .groups = 4});
  });
}

TEST(Conv2dDepthwise, BitsDoNotDependOnTheBatchNorOnPacking) {
  expect_the_same_alone(depthwise_kernel("conv2d"), {17, 70, 12, 12}, {70, 1, 3, 3}, {.padding = 1, .groups = 70});
  expect_the_same_packed(depthwise_kernel("conv2d"), {8, 33, 9, 9}, {33, 1, 5, 5}, {.padding = 2, .groups = 33});
}

TEST(Conv2dDepthwise, IsChosenForOneFilterPerChannel) {
  const auto chosen = [](const Shape& x, const Shape& w, const Conv2dAttrs& attrs,
                         ConvPass pass = ConvPass::weight_grad) {
    return choose_conv2d(conv_sizes(x, w, attrs), pass, attrs.algorithm);
  };
  EXPECT_EQ(chosen({2, 8, 9, 9}, {8, 1, 3, 3}, {.groups = 8}), "depthwise");
  EXPECT_EQ(chosen({2, 8, 9, 9}, {8, 1, 3, 3}, {.groups = 8}, ConvPass::forward), "direct");
  EXPECT_EQ(chosen({2, 8, 9, 9}, {16, 1, 3, 3}, {.groups = 8}), "direct");
  EXPECT_EQ(chosen({2, 8, 9, 9}, {8, 2, 3, 3}, {.groups = 4}), "direct");
  EXPECT_EQ(chosen({2, 8, 9, 9}, {8, 1, 3, 3}, {.groups = 8, .algorithm = "direct"}), "direct");
  EXPECT_EQ(chosen({2, 1, 90, 90}, {1, 1, 70, 70}, {}), "direct");
}

// Large images would not fit, strides and dilation are not theirs.
TEST(Conv2dFewChannels, AreChosenByShape) {
  const auto chosen = [](const Shape& x, const Shape& w, const Conv2dAttrs& attrs, ConvPass pass) {
    return choose_conv2d(conv_sizes(x, w, attrs), pass, attrs.algorithm);
  };
  EXPECT_EQ(chosen({2, 1, 28, 28}, {6, 1, 5, 5}, {.padding = 2}, ConvPass::forward), "planes");
  EXPECT_EQ(chosen({2, 6, 14, 14}, {16, 6, 5, 5}, {.padding = 2}, ConvPass::input_grad), "planes");
  EXPECT_EQ(chosen({2, 6, 14, 14}, {16, 6, 5, 5}, {}, ConvPass::input_grad), "planes");
  EXPECT_EQ(chosen({2, 6, 9, 9}, {16, 6, 5, 5}, {}, ConvPass::input_grad), "direct");  // mostly padding
  EXPECT_EQ(chosen({2, 6, 14, 14}, {16, 6, 5, 5}, {}, ConvPass::forward), "direct");
  EXPECT_EQ(chosen({2, 1, 28, 28}, {6, 1, 5, 5}, {.padding = 2}, ConvPass::weight_grad), "direct");
  EXPECT_EQ(chosen({2, 1, 28, 28}, {6, 1, 5, 5}, {.algorithm = "direct"}, ConvPass::forward), "direct");
  EXPECT_EQ(chosen({2, 1, 28, 28}, {6, 1, 5, 5}, {.stride = 2}, ConvPass::forward), "direct");
  EXPECT_EQ(chosen({2, 1, 28, 28}, {6, 1, 1, 1}, {}, ConvPass::forward), "direct");
  EXPECT_EQ(chosen({2, 16, 8, 4000}, {6, 16, 5, 5}, {}, ConvPass::forward), "direct");
  EXPECT_EQ(chosen({2, 16, 9, 9}, {1, 16, 3, 3}, {}, ConvPass::forward), "shifts");
  EXPECT_EQ(chosen({2, 3, 9, 9}, {64, 3, 3, 3}, {}, ConvPass::input_grad), "shifts");
  EXPECT_EQ(chosen({2, 3, 9, 9}, {64, 3, 3, 3}, {.algorithm = "direct"}, ConvPass::input_grad), "direct");
  EXPECT_EQ(chosen({2, 3, 9, 9}, {64, 3, 3, 3}, {.stride = 2}, ConvPass::input_grad), "direct");
  EXPECT_EQ(chosen({2, 15, 9, 9}, {3, 15, 3, 3}, {}, ConvPass::forward), "planes");
  EXPECT_EQ(chosen({2, 32, 9, 9}, {5, 32, 3, 3}, {}, ConvPass::forward), "direct");
}

TEST(Conv2dDirect, AnImagesBitsDoNotDependOnTheBatch) {
  expect_the_same_alone(kernel("conv2d"), {17, 7, 12, 12}, {20, 7, 3, 3}, {.padding = 1});
  expect_the_same_alone(kernel("conv2d"), {21, 160, 4, 4}, {190, 160, 3, 3}, {.padding = 1});
}

TEST(Conv2dDirect, PackedWeightsGiveTheSameBits) {
  expect_the_same_packed(kernel("conv2d"), {3, 20, 9, 9}, {40, 20, 3, 3}, {.padding = 1});
  expect_the_same_packed(kernel("conv2d"), {3, 160, 4, 4}, {190, 160, 3, 3}, {.padding = 1});
}

TEST(Conv2dPlanes, AnImagesBitsDoNotDependOnTheBatch) {
  expect_the_same_alone(planes_kernel("conv2d"), {40, 7, 20, 20}, {6, 7, 5, 5}, {.padding = 2});
}

}  // namespace
}  // namespace percept::cpu
