// reduce_test.cpp - sums, maxima and minima over any axes of dense tensors against plain loops in double.
#include "percept/ops/reduce/reduce.h"

#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_reduce();
}

namespace percept::cpu {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_reduce();
  return kernel_of(kernels, op);
}

Spec result_of(const Spec& x, const ReduceAttrs& attrs) {
  Shape shape;
  for (std::int64_t i = 0; i < x.rank(); ++i) {
    const bool reduced = attrs.axes.empty() || std::find(attrs.axes.begin(), attrs.axes.end(), i) != attrs.axes.end() ||
                         std::find(attrs.axes.begin(), attrs.axes.end(), i - x.rank()) != attrs.axes.end();
    if (!reduced)
      shape.push_back(x.shape[static_cast<std::size_t>(i)]);
    else if (attrs.keepdims)
      shape.push_back(1);
  }
  return contiguous_spec(DType::f32, shape);
}

struct Expected {
  std::vector<double> sum, size, max, min;  // size: of the sum of absolute values
};
Expected expect(Block& x, const ReduceAttrs& attrs, const Spec& y) {
  Expected e;
  const auto n = static_cast<std::size_t>(y.numel());
  e.sum.assign(n, 0), e.size.assign(n, 0), e.max.assign(n, -kInf), e.min.assign(n, kInf);
  const Spec& spec = x.spec();
  for (std::int64_t i = 0; i < spec.numel(); ++i) {
    std::int64_t rest = i, place = 0, step = 1;
    for (std::int64_t axis = spec.rank(); axis-- > 0;) {
      const std::int64_t size = spec.shape[static_cast<std::size_t>(axis)];
      const bool reduced = attrs.axes.empty() ||
                           std::find(attrs.axes.begin(), attrs.axes.end(), axis) != attrs.axes.end() ||
                           std::find(attrs.axes.begin(), attrs.axes.end(), axis - spec.rank()) != attrs.axes.end();
      if (!reduced) place += rest % size * step, step *= size;
      rest /= size;
    }
    const double value = x.at(i);
    const auto p = static_cast<std::size_t>(place);
    e.sum[p] += value, e.size[p] += std::abs(value);
    e.max[p] = std::max(e.max[p], value), e.min[p] = std::min(e.min[p], value);
  }
  return e;
}

void check(Spec spec, Dims axes, bool keepdims = false, bool declines = false) {
  SCOPED_TRACE(str(spec.shape) + " over " + str(axes));
  const ReduceAttrs attrs{axes, keepdims};
  Block x = random_block(spec, 5);
  const Spec y_spec = result_of(spec, attrs);
  const Expected e = expect(x, attrs, y_spec);
  for_each_target([&] {
    for (const std::string_view op : {"sum", "max", "min"}) {
      Block y(y_spec);
      ASSERT_EQ(run_kernel(kernel(op), Attrs::of(attrs), {&x}, {&y}), !declines);
      if (declines) return;
      for (std::int64_t i = 0; i < y_spec.numel(); ++i) {
        const auto p = static_cast<std::size_t>(i);
        if (op == "sum")
          ASSERT_NEAR(y.f32()[i], e.sum[p], 4e-7 * e.size[p] + 1e-30) << i;
        else
          ASSERT_EQ(y.f32()[i], static_cast<float>(op == "max" ? e.max[p] : e.min[p])) << op << " " << i;
      }
    }
  });
}

TEST(Reduce, TakesAnyGroupsOfAxes) {
  auto contiguous = [](Shape shape) { return contiguous_spec(DType::f32, std::move(shape)); };
  auto image = [](Shape shape) { return channels_last_spec(DType::f32, std::move(shape)); };
  for (const std::int64_t n : {1, 2, 3, 15, 16, 17, 63, 65, 1023, 1025, 5000, 16385, 70001}) {
    check(contiguous({n}), {});
    check(contiguous({3, n}), {1});
    check(contiguous({n, 3}), {0}, true);
    check(contiguous({n, 37}), {-2});
  }
  for (const std::int64_t c : {1, 2, 3, 6, 10, 15, 16, 17, 32, 33, 64, 100, 500, 1030}) {
    check(contiguous({70, c}), {0});
    check(contiguous({300, c}), {1});
    check(image({3, c, 13, 11}), {0, 2, 3});
    check(contiguous({3, c, 5, 7}), {0, 2, 3});
    check(contiguous({3, c, 5}), {1});
    check(contiguous({3, 5, c, 7}), {0, 2}, true);
  }
  check(contiguous({}), {});
  check(contiguous({2, 3}), {0, 1}, true);
  check(contiguous({2, 1, 3}), {1});
  check(image({2, 3, 4, 5}), {1});
  check(image({2, 3, 4, 5}), {0}, false, true);  // the rest lies in another order than the result
  check(contiguous({2, 0}), {}, false, true);
}

TEST(Reduce, MaximaAndMinimaKeepNaNAndInfinities) {
  for_each_target([] {
    for (const std::int64_t n : {1, 5, 16, 40, 3000})
      for (const Shape& shape : {Shape{n, 4}, Shape{4, n}})
        for (const std::int64_t at : {std::int64_t{0}, n / 2, n - 1}) {
          Block x(contiguous_spec(DType::f32, shape)), y(contiguous_spec(DType::f32, {4}));
          const bool rows = shape[0] == 4 && shape[1] == n;
          auto place = [&](std::int64_t line, std::int64_t i) { return rows ? line * n + i : i * 4 + line; };
          for (std::int64_t line = 0; line < 4; ++line)
            for (std::int64_t i = 0; i < n; ++i)
              x.f32()[place(line, i)] = line == 3 ? -kInf : static_cast<float>(i % 7);
          x.f32()[place(0, at)] = kNaN;
          x.f32()[place(1, at)] = kInf;
          const Attrs attrs = Attrs::of(ReduceAttrs{Dims{rows ? 1 : 0}, false});
          ASSERT_TRUE(run_kernel(kernel("max"), attrs, {&x}, {&y}));
          EXPECT_TRUE(std::isnan(y.f32()[0]));
          EXPECT_EQ(y.f32()[1], kInf);
          EXPECT_EQ(y.f32()[3], -kInf);
          ASSERT_TRUE(run_kernel(kernel("min"), attrs, {&x}, {&y}));
          EXPECT_TRUE(std::isnan(y.f32()[0]));
          EXPECT_EQ(y.f32()[3], -kInf);
        }
  });
}

TEST(Reduce, ARowsBitsDoNotDependOnTheNumberOfRows) {
  for_each_target([] {
    for (const std::int64_t n : {10, 33, 784, 5000, 20000}) {
      Block many = random_block(contiguous_spec(DType::f32, {17, n}), 3), y(contiguous_spec(DType::f32, {17}));
      const Attrs attrs = Attrs::of(ReduceAttrs{{1}, false});
      ASSERT_TRUE(run_kernel(kernel("sum"), attrs, {&many}, {&y}));
      for (const std::int64_t row : {0, 8, 16}) {
        Block one(contiguous_spec(DType::f32, {1, n})), total(contiguous_spec(DType::f32, {1}));
        std::copy_n(many.f32() + row * n, n, one.f32());
        ASSERT_TRUE(run_kernel(kernel("sum"), attrs, {&one}, {&total}));
        EXPECT_EQ(total.f32()[0], y.f32()[row]);
      }
    }
  });
}

// Sums of a million like numbers lose less than a plain loop would.
TEST(Reduce, LongSumsStayAccurate) {
  for_each_target([] {
    for (const Shape& shape : {Shape{1 << 20, 1}, Shape{1 << 16, 16}, Shape{1, 1 << 20}}) {
      Block x = random_block(contiguous_spec(DType::f32, shape), 1, 0, 1);
      double exact = 0;
      for (std::int64_t i = 0; i < x.elements(); ++i) exact += x.f32()[i];
      Block y(contiguous_spec(DType::f32, {}));
      ASSERT_TRUE(run_kernel(kernel("sum"), Attrs::of(ReduceAttrs{}), {&x}, {&y}));
      EXPECT_NEAR(y.f32()[0] / exact, 1, 3e-7);
    }
  });
}

}  // namespace
}  // namespace percept::cpu
