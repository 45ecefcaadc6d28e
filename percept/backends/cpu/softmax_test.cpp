// softmax_test.cpp - softmax and log_softmax of rows against plain loops in double.
#include "percept/ops/softmax/softmax.h"

#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_softmax();
}

namespace percept::cpu {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_softmax();
  return kernel_of(kernels, op);
}

TEST(Softmax, AgreesWithDouble) {
  for_each_target([] {
    for (const std::int64_t n : {1, 2, 7, 10, 16, 17, 100, 1000, 5000})
      for (const double scale : {1.0, 30.0, 1e4}) {
        const std::int64_t rows = 9;
        Block x = random_block(contiguous_spec(DType::f32, {3, 3, n}), 1, -scale, scale), y(x.spec()), log_y(x.spec());
        ASSERT_TRUE(run_kernel(kernel("softmax"), Attrs::of(SoftmaxAttrs{}), {&x}, {&y}));
        ASSERT_TRUE(run_kernel(kernel("log_softmax"), Attrs::of(SoftmaxAttrs{2}), {&x}, {&log_y}));
        for (std::int64_t r = 0; r < rows; ++r) {
          const float* row = x.f32() + r * n;
          const double top = *std::max_element(row, row + n);
          double sum = 0;
          for (std::int64_t i = 0; i < n; ++i) sum += std::exp(row[i] - top);
          for (std::int64_t i = 0; i < n; ++i) {
            const double wanted = std::exp(row[i] - top) / sum, log_wanted = row[i] - top - std::log(sum);
            // x - max is rounded once, which exp magnifies by its size
            ASSERT_NEAR(y.f32()[r * n + i], wanted, (1e-6 + 1.2e-7 * (top - row[i])) * wanted + 1e-37);
            ASSERT_NEAR(log_y.f32()[r * n + i], log_wanted, 1e-6 * std::abs(log_wanted) + 1e-6);
          }
        }
      }
  });
}

TEST(Softmax, SpecialsSpoilTheirRowOnly) {
  for_each_target([] {
    Block x(contiguous_spec(DType::f32, {4, 3})), y(x.spec()), log_y(x.spec());
    const float values[] = {1, kNaN, 2, -kInf, 0, 0, -kInf, -kInf, -kInf, 3e38f, -3e38f, 0};
    std::copy_n(values, 12, x.f32());
    ASSERT_TRUE(run_kernel(kernel("softmax"), Attrs::of(SoftmaxAttrs{}), {&x}, {&y}));
    ASSERT_TRUE(run_kernel(kernel("log_softmax"), Attrs::of(SoftmaxAttrs{}), {&x}, {&log_y}));
    for (int i : {0, 1, 2, 6, 7, 8}) EXPECT_TRUE(std::isnan(y.f32()[i]) && std::isnan(log_y.f32()[i])) << i;
    EXPECT_EQ(y.f32()[3], 0);
    EXPECT_EQ(y.f32()[4], 0.5f);
    EXPECT_EQ(log_y.f32()[3], -kInf);
    EXPECT_EQ(y.f32()[9], 1);
    EXPECT_EQ(y.f32()[10], 0);
  });
}

TEST(Softmax, ARowsBitsDoNotDependOnTheNumberOfRows) {
  for_each_target([] {
    for (const std::int64_t n : {10, 100, 3000}) {
      Block x = random_block(contiguous_spec(DType::f32, {64, n}), 1, -5, 5), y(x.spec());
      Block one(contiguous_spec(DType::f32, {1, n})), of_one(one.spec());
      std::copy_n(x.f32() + 63 * n, n, one.f32());
      for (const std::string_view op : {"softmax", "log_softmax"}) {
        ASSERT_TRUE(run_kernel(kernel(op), Attrs::of(SoftmaxAttrs{}), {&x}, {&y}));
        ASSERT_TRUE(run_kernel(kernel(op), Attrs::of(SoftmaxAttrs{}), {&one}, {&of_one}));
        EXPECT_EQ(std::memcmp(y.f32() + 63 * n, of_one.f32(), static_cast<std::size_t>(n) * 4), 0);
      }
    }
  });
}

TEST(Softmax, DeclinesOtherAxesAndTypes) {
  Block x(contiguous_spec(DType::f32, {4, 3})), y(x.spec()), d(contiguous_spec(DType::f64, {4, 3}));
  EXPECT_FALSE(run_kernel(kernel("softmax"), Attrs::of(SoftmaxAttrs{0}), {&x}, {&y}));
  EXPECT_FALSE(run_kernel(kernel("softmax"), Attrs::of(SoftmaxAttrs{}), {&d}, {&d}));
  Block none(contiguous_spec(DType::f32, {0, 3}));
  EXPECT_TRUE(run_kernel(kernel("softmax"), Attrs::of(SoftmaxAttrs{}), {&none}, {&none}));
}

}  // namespace
}  // namespace percept::cpu
