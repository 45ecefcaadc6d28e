// rounded_products_test.cpp - operands are rounded to nearest even, and weights that stay give the same bits.
#include "percept/backends/cpu/_conv2d_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_rounded_products();
}  // namespace percept

namespace percept::cpu {
namespace {

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_rounded_products();
  return kernel_of(kernels, op);
}

// 1 x 1 filters of 1 hand the image through: what comes out is what was multiplied.
TEST(RoundedProducts, RoundToNearestEvenAsBFloat16Does) {
  for_each_target([] {
    Block x(channels_last_spec(DType::f32, {1, 1, 37, 41})), y(x.spec()),
        one(contiguous_spec(DType::f32, {1, 1, 1, 1}));
    std::mt19937 engine(3);
    for (std::int64_t i = 0; i < x.elements(); ++i) {
      std::uint32_t bits = engine();
      if (i % 3 == 0) bits = (bits & 0xFFFF0000u) | 0x8000u;  // a tie
      if ((bits & 0x7F800000u) == 0) bits |= 0x3F800000u;     // denormals count as zero
      std::memcpy(x.f32() + i, &bits, sizeof bits);
    }
    one.f32()[0] = 1;
    ASSERT_TRUE(run_kernel(kernel("conv2d"), Attrs::of(Conv2dAttrs{.algorithm = "direct"}), {&x, &one}, {&y}));
    for (std::int64_t i = 0; i < x.elements(); ++i) {
      const float wanted = static_cast<float>(BFloat16(x.f32()[i]));
      if (std::isnan(wanted))
        ASSERT_TRUE(std::isnan(y.f32()[i])) << i;
      else
        ASSERT_EQ(y.f32()[i], wanted) << i;
    }
  });
}

TEST(RoundedProducts, PackedWeightsGiveTheSameBits) {
  expect_the_same_packed(kernel("conv2d"), {8, 64, 30, 30}, {64, 64, 3, 3}, {.padding = 1});  // Winograd's
  expect_the_same_packed(kernel("conv2d"), {8, 33, 9, 9}, {33, 1, 5, 5}, {.padding = 2, .groups = 33});
}

}  // namespace
}  // namespace percept::cpu
