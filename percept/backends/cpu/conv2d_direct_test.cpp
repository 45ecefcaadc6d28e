// conv2d_direct_test.cpp - convolutions of small integers are exact: strides, padding, dilation, groups, odd channels.
#include "percept/ops/conv/conv2d.h"

#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_conv2d_direct();
}

namespace percept::cpu {
namespace {

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_conv2d_direct();
  return kernel_of(kernels, op);
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
  ASSERT_TRUE(
      run_kernel(kernel("conv2d_weight_grad"), Attrs::of(Conv2dGradAttrs{attrs, weight_shape}), {&dy, &x}, {&dw}));
  expect_equal(dw, wanted_dw, "dw");
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
}

TEST(Conv2dDirect, AnImagesBitsDoNotDependOnTheBatch) {
  for_each_target([] {
    Block w = random_block(contiguous_spec(DType::f32, {20, 7, 3, 3}), 1);
    Block all = random_block(channels_last_spec(DType::f32, {17, 7, 12, 12}), 2),
          y(channels_last_spec(DType::f32, {17, 20, 12, 12}));
    Block one(channels_last_spec(DType::f32, {1, 7, 12, 12})), of_one(channels_last_spec(DType::f32, {1, 20, 12, 12}));
    const Attrs attrs = Attrs::of(Conv2dAttrs{.padding = 1});
    ASSERT_TRUE(run_kernel(kernel("conv2d"), attrs, {&all, &w}, {&y}));
    std::copy_n(all.f32() + 16 * one.elements(), one.elements(), one.f32());
    ASSERT_TRUE(run_kernel(kernel("conv2d"), attrs, {&one, &w}, {&of_one}));
    EXPECT_EQ(
        std::memcmp(of_one.f32(), y.f32() + 16 * of_one.elements(), static_cast<std::size_t>(of_one.elements()) * 4),
        0);
  });
}

}  // namespace
}  // namespace percept::cpu
