// lines_test.cpp - scans and sorts of lines: no write outside, and the reference's numbers, in every cut into pieces.
#include "percept/backends/cpu/_kernel_test.h"
#include "percept/ops/reduce/scan.h"
#include "percept/ops/reduce/sort.h"

namespace percept {
std::vector<Kernel> kernels_cpu_lines();

namespace cpu {
namespace {

constexpr std::pair<Shape (*)(), int> kShapes[] = {
    {[] { return Shape{1}; }, 0},          {[] { return Shape{5, 17}; }, 1},     {[] { return Shape{5, 17}; }, 0},
    {[] { return Shape{3, 40000}; }, 1},   {[] { return Shape{40000, 3}; }, 0},  {[] { return Shape{40000, 3}; }, 1},
    {[] { return Shape{2, 30, 130}; }, 1}, {[] { return Shape{300, 9, 7}; }, 1},
};

TEST(Lines, ScansAreSumsAlongTheAxis) {
  for (const auto& [make, axis] : kShapes)
    for (const bool reverse : {false, true}) {
      const Shape shape = make();
      const Spec spec = contiguous_spec(DType::f32, shape);
      Block a = random_block(spec, 1), b = random_block(spec, 2), sums(spec), scan(spec);
      const Attrs attrs = Attrs::of(ScanAttrs{axis, reverse});
      const auto kernels = kernels_cpu_lines();
      ASSERT_TRUE(run_kernel(kernel_of(kernels, "cumsum"), attrs, {&b}, {&sums}));
      ASSERT_TRUE(run_kernel(kernel_of(kernels, "linear_scan"), attrs, {&a, &b}, {&scan}));
      const std::int64_t n = shape[static_cast<std::size_t>(axis)],
                         inner = spec.strides[static_cast<std::size_t>(axis)];
      for (std::int64_t line = 0; line < spec.numel() / n; ++line) {
        double total = 0, h = 0;
        for (std::int64_t k = 0; k < n; ++k) {
          const std::int64_t at = line / inner * n * inner + line % inner + (reverse ? n - 1 - k : k) * inner;
          total += static_cast<double>(b.f32()[at]);
          h = k == 0 ? static_cast<double>(b.f32()[at])
                     : static_cast<double>(b.f32()[at]) + static_cast<double>(a.f32()[at]) * h;
          ASSERT_EQ(sums.f32()[at], static_cast<float>(total)) << str(shape) << " axis " << axis << " at " << at;
          ASSERT_EQ(scan.f32()[at], static_cast<float>(h)) << str(shape) << " axis " << axis << " at " << at;
        }
      }
    }
}

TEST(Lines, SortsAndPicksTheLargest) {
  for (const Shape& shape : {Shape{1}, Shape{5, 17}, Shape{3, 40000}, Shape{40000, 3}})
    for (const bool descending : {false, true}) {
      const Spec spec = contiguous_spec(DType::f32, shape);
      const std::int64_t n = shape.back(), k = std::min<std::int64_t>(n, 3);
      Shape few_shape = shape;
      few_shape[few_shape.size() - 1] = k;
      Block x = random_block(spec, 3, -20, 20);
      for (std::int64_t i = 0; i < x.elements(); ++i) x.f32()[i] = std::round(x.f32()[i]);  // many equal ones
      Block values(spec), indices(contiguous_spec(DType::i64, shape));
      Block few(contiguous_spec(DType::f32, few_shape)), places(contiguous_spec(DType::i64, few_shape));
      const auto kernels = kernels_cpu_lines();
      ASSERT_TRUE(
          run_kernel(kernel_of(kernels, "sort"), Attrs::of(SortAttrs{-1, descending}), {&x}, {&values, &indices}));
      ASSERT_TRUE(run_kernel(kernel_of(kernels, "top_k"), Attrs::of(TopKAttrs{k, -1}), {&x}, {&few, &places}));
      for (std::int64_t line = 0; line < spec.numel() / n; ++line) {
        std::vector<std::int64_t> wanted(static_cast<std::size_t>(n));
        for (std::int64_t i = 0; i < n; ++i) wanted[static_cast<std::size_t>(i)] = i;
        const float* at = x.f32() + line * n;
        std::stable_sort(wanted.begin(), wanted.end(),
                         [&](auto i, auto j) { return descending ? at[i] > at[j] : at[i] < at[j]; });
        ASSERT_TRUE(std::equal(wanted.begin(), wanted.end(), indices.as<std::int64_t>() + line * n));
        ASSERT_EQ(values.f32()[line * n], at[wanted[0]]);
        if (descending) {
          ASSERT_TRUE(std::equal(wanted.begin(), wanted.begin() + k, places.as<std::int64_t>() + line * k));
        }
      }
    }
}

}  // namespace
}  // namespace cpu
}  // namespace percept
