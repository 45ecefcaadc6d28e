// scan.cpp - running sums and products along an axis, all on one recurrence whose gradient is the same recurrence
// backwards: so products have right gradients at zeros too, to any order.
#include "percept/ops/reduce/scan.h"

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/reduce/reduce.h"

namespace percept {
namespace {

// What lines are added up in: double for floats; integers wrap.
template <class T>
using Running = std::conditional_t<std::is_integral_v<T>, std::uint64_t, double>;
template <class T>
T element_of(Running<T> value) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(value);
  else
    return rounded_to<T>(value);
}

void check_summable(DType dtype, const char* who) {
  if (!is_floating(dtype) && dtype != DType::i32 && dtype != DType::i64)
    throw DTypeError(std::string(who) + ": x is " + std::string(name_of(dtype)),
                     "cast x to i64 or a floating dtype first");
}

std::vector<Spec> infer_scan(const Attrs& attrs, Specs in, const char* who) {
  checked_axis(attrs.as<ScanAttrs>().axis, in[0].rank(), who);
  check_summable(in[0].dtype, who);
  return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device)};
}

// f(line, place in the line) in the order of the scan, for every line along the axis.
template <class F>
void for_each_line(const Call& call, F f) {
  const auto& a = call.attrs.as<ScanAttrs>();
  const Shape& shape = call.results[0].shape;
  const auto axis = static_cast<std::size_t>(checked_axis(a.axis, shape.rank(), "scan"));
  Shape lines = shape;
  lines[axis] = 1;
  const std::int64_t n = shape[axis], count = n == 0 ? 0 : call.results[0].numel() / n;
  for (std::int64_t line = 0; line < count; ++line) f(lines, line, axis, n, a.reverse);
}

Attrs along(std::int64_t axis, bool reverse = false) { return Attrs::of(ScanAttrs{axis, reverse}); }

struct Cumsum {
  using Attrs = ScanAttrs;
  static constexpr std::string_view name = "cumsum";
  static constexpr std::string_view doc =
      "y_i = x_0 + ... + x_i along `axis`; with reverse, x_i + ... + x_(n-1). Floating dtypes (added up in f64), i32 "
      "and\n"
      "i64, which wrap; the public function makes other integers i64, as PyTorch.";
  static constexpr int arity = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) { return infer_scan(attrs, in, "cumsum"); }
  static void forward(const Call& call) {
    visit_dtype(call.inputs[0].dtype, [&]<class T>(T) {
      for_each_line(call, [&](const Shape& lines, std::int64_t line, std::size_t axis, std::int64_t n, bool reverse) {
        const T* x = &View<const T>{call.buffers.in<T>(0), lines, call.inputs[0].strides}.flat(line);
        T* y = &View<T>{call.buffers.out<T>(0), lines, call.results[0].strides}.flat(line);
        Running<T> total = 0;
        for (std::int64_t k = 0; k < n; ++k) {
          const std::int64_t i = reverse ? n - 1 - k : k;
          total += static_cast<Running<T>>(x[i * call.inputs[0].strides[axis]]);
          y[i * call.results[0].strides[axis]] = element_of<T>(total);
        }
      });
    });
  }
  static Grads backward(const BackwardContext& c) {
    const auto& a = c.attrs<Attrs>();
    return {apply_one<Cumsum>({a.axis, !a.reverse}, {c.grad()}, {})};
  }
  static std::vector<Sample> samples() {
    return {{.attrs = along(1), .inputs = {{{2, 3}}}, .expect = {0, 1, 3, 3, 7, 12}},
            {.attrs = along(-1, true), .inputs = {{{2, 3}}}, .expect = {3, 3, 2, 12, 9, 5}},
            {.attrs = along(0), .inputs = {{{3}, {5, -2, 1}, DType::i64}}, .expect = {5, 3, 4}},
            {.attrs = along(0), .inputs = {{{4, 3}}}},
            {.attrs = along(1), .inputs = {{{2, 3, 70}}}},
            {.attrs = along(1), .inputs = {{{3, 1}}}},
            {.attrs = along(0), .inputs = {{{0, 3}}}},
            {.attrs = along(2), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"},
            {.attrs = along(0), .inputs = {{{}}}, .error = "out of range"},
            {.attrs = along(0), .inputs = {{{2}, {}, DType::boolean}}, .error = "x is bool"}};
  }
};

// y_i = x_(i-1), or x_(i+1) when `later`; 0 at the end where there is none.
Tensor shifted(const Tensor& x, int axis, bool later) {
  const std::int64_t n = x.shape()[static_cast<std::size_t>(axis)];
  if (n == 0) return x;
  Dims offset(x.shape().size(), 0);
  offset[static_cast<std::size_t>(axis)] = later ? 0 : 1;
  return pad_to(later ? slice(x, axis, 1, n) : slice(x, axis, 0, n - 1), x.shape(), offset);
}

struct LinearScan {
  using Attrs = ScanAttrs;
  static constexpr std::string_view name = "linear_scan";
  static constexpr std::string_view doc =
      "h_i = b_i + a_i h_(i-1) along `axis`, h_(-1) = 0; with reverse, h_i = b_i + a_i h_(i+1). Inputs a and b: one\n"
      "shape and dtype; floats are computed in f64, i32 and i64 wrap. cumprod is it with b = x_0, 0, 0, ... and a = "
      "x.\n"
      "Its gradient is the scan in the other direction. Source: Blelloch 1990, section 1.4.";
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 1, saves_results = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    if (in[0].shape != in[1].shape || in[0].dtype != in[1].dtype)
      throw ShapeError("linear_scan: a has shape " + str(in[0].shape) + ", b has shape " + str(in[1].shape),
                       "a and b must have one shape and dtype");
    return infer_scan(attrs, in, "linear_scan");
  }
  static void forward(const Call& call) {
    visit_dtype(call.inputs[0].dtype, [&]<class T>(T) {
      for_each_line(call, [&](const Shape& lines, std::int64_t line, std::size_t axis, std::int64_t n, bool reverse) {
        const T* a = &View<const T>{call.buffers.in<T>(0), lines, call.inputs[0].strides}.flat(line);
        const T* b = &View<const T>{call.buffers.in<T>(1), lines, call.inputs[1].strides}.flat(line);
        T* h = &View<T>{call.buffers.out<T>(0), lines, call.results[0].strides}.flat(line);
        Running<T> now = 0;
        for (std::int64_t k = 0; k < n; ++k) {
          const std::int64_t i = reverse ? n - 1 - k : k;
          const auto add = static_cast<Running<T>>(b[i * call.inputs[1].strides[axis]]);
          now = k == 0 ? add : add + static_cast<Running<T>>(a[i * call.inputs[0].strides[axis]]) * now;
          h[i * call.results[0].strides[axis]] = element_of<T>(now);
        }
      });
    });
  }
  // l_i = dh_i + a_(i+1) l_(i+1); db = l, da_i = l_i h_(i-1)
  static Grads backward(const BackwardContext& c) {
    const auto& attrs = c.attrs<Attrs>();
    const int axis = checked_axis(attrs.axis, c.input_spec(0).rank(), "linear_scan");
    const Tensor all = linear_scan(shifted(c.input(0), axis, !attrs.reverse), c.grad(), axis, !attrs.reverse);
    return {all * shifted(c.result(), axis, attrs.reverse), all};
  }
  static std::vector<Sample> samples() {
    return {{.attrs = along(0), .inputs = {{{3}, {9, 2, 3}}, {{3}, {1, 1, 1}}}, .expect = {1, 3, 10}},
            {.attrs = along(0, true), .inputs = {{{3}, {2, 3, 9}}, {{3}, {1, 1, 1}}}, .expect = {9, 4, 1}},
            {.attrs = along(0), .inputs = {{{2, 3}}, {{2, 3}}}},
            {.attrs = along(-1, true), .inputs = {{{2, 4}}, {{2, 4}}}},
            {.attrs = along(1), .inputs = {{{2, 5, 3}}, {{2, 5, 3}}}},
            {.attrs = along(1), .inputs = {{{3, 1}}, {{3, 1}}}},
            {.attrs = along(0), .inputs = {{{0, 3}}, {{0, 3}}}},
            {.attrs = along(-3), .inputs = {{{2, 3}}, {{2, 3}}}, .error = "axis -3 is out of range"},
            {.attrs = along(0), .inputs = {{{2, 3}}, {{3}}}, .error = "one shape and dtype"},
            {.attrs = along(0), .inputs = {{{2}, {}, DType::u8}, {{2}, {}, DType::u8}}, .error = "x is u8"}};
  }
};

struct Cumprod {
  struct Attrs {
    std::int64_t axis = 0;
  };
  static constexpr std::string_view name = "cumprod";
  static constexpr std::string_view doc =
      "y_i = x_0 x_1 ... x_i along `axis`, by linear_scan: gradients are right where elements are 0. Dtypes as cumsum.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Tensor& x = in[0];
    const int axis = checked_axis(attrs.as<Attrs>().axis, x.rank(), "cumprod");
    check_summable(x.dtype(), "cumprod");
    const Tensor first = pad_to(slice(x, axis, 0, 1), x.shape(), Dims(x.shape().size(), 0));
    return {linear_scan(x, first, axis)};
  }
  static std::vector<Sample> samples() {
    auto by = [](std::int64_t axis) { return percept::Attrs::of(Attrs{axis}); };
    return {{.attrs = by(1), .inputs = {{{2, 3}, {1, 2, 3, 2, 0, 5}}}, .expect = {1, 2, 6, 2, 0, 0}},
            {.attrs = by(0), .inputs = {{{3}, {3, -2, 4}, DType::i64}}, .expect = {3, -6, -24}},
            {.attrs = by(-1), .inputs = {{{2, 4}}}},
            {.attrs = by(0), .inputs = {{{4}, {0.5, 0, -1.5, 2}}}},     // one zero
            {.attrs = by(0), .inputs = {{{5}, {0.5, 0, -1.5, 0, 2}}}},  // two
            {.attrs = by(1), .inputs = {{{3, 1}}}},
            {.attrs = by(0), .inputs = {{{0, 3}}}},
            {.attrs = by(1), .inputs = {{{3}}}, .error = "axis 1 is out of range"},
            {.attrs = by(0), .inputs = {{{2}, {}, DType::u8}}, .error = "x is u8"}};
  }
};

// Each row's products of all elements but one: those before times those after. x [rows, n]
Tensor products_of_others(const Tensor& x) {
  const std::int64_t rows = x.shape()[0], n = x.shape()[1];
  const Tensor one = ones({rows, 1}, x.dtype());
  const Tensor before = concat({one, slice(cumprod(x, 1), 1, 0, n - 1)}, 1);
  const Tensor after = linear_scan(shifted(x, 1, true), pad_to(one, x.shape(), {0, n - 1}), 1, true);
  return before * after;
}

struct Prod {
  using Attrs = ReduceAttrs;
  static constexpr std::string_view name = "prod";
  static constexpr std::string_view doc =
      "The product over `axes` (none given: all); 1 over nothing. Floating dtypes (multiplied in f64), i32 and i64,\n"
      "which wrap; the public function makes other integers i64. The gradient is right where elements are 0.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::reduction;
  static constexpr std::uint32_t saves_inputs = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    check_summable(in[0].dtype, "prod");
    return {reduced_spec(in[0], attrs.as<Attrs>(), "prod")};
  }
  static void forward(const Call& call) {
    visit_dtype(call.inputs[0].dtype, [&]<class T>(T) {
      std::vector<Running<T>> products(static_cast<std::size_t>(call.results[0].numel()), 1);
      for_each_reduced<T>(call, [&](T value, std::int64_t i) {
        products[static_cast<std::size_t>(i)] *= static_cast<Running<T>>(value);
      });
      for (std::size_t i = 0; i < products.size(); ++i) call.buffers.out<T>(0)[i] = element_of<T>(products[i]);
    });
  }
  // The reduced axes are brought to the end and made one: [rows, n].
  static Grads backward(const BackwardContext& c) {
    const Tensor x = c.input(0);
    const Shape& shape = x.shape();
    if (x.numel() == 0) return {full(shape, 0, x.dtype())};
    const Dims axes = settled_axes(c.attrs<Attrs>().axes, x.rank(), "prod");
    Dims order, back(shape.size(), 0);
    std::int64_t n = 1;
    for (std::int64_t i = 0; i < x.rank(); ++i)
      if (std::find(axes.begin(), axes.end(), i) == axes.end()) order.push_back(i);
    for (std::int64_t axis : axes) order.push_back(axis), n *= shape[static_cast<std::size_t>(axis)];
    for (std::size_t i = 0; i < order.size(); ++i)
      back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    const Tensor moved = permute(x, order);
    const Tensor others = products_of_others(reshape(moved, {x.numel() / n, n}));
    const Tensor all = permute(reshape(others, moved.shape()), back);
    return {all * with_axes(c.grad(), shape, c.attrs<Attrs>())};
  }
  static std::vector<Sample> samples() {
    auto samples = reduce_samples({0, 60}, {0});
    auto over = [](Dims axes) { return percept::Attrs::of(Attrs{std::move(axes), false}); };
    samples.push_back({.attrs = over({0}), .inputs = {{{4}, {0.5, 0, -1.5, 2}}}});  // one zero
    samples.push_back({.attrs = over({1}), .inputs = {{{1, 4}, {0.5, 0, 0, 2}}}});  // two
    samples.push_back({.attrs = over({0}), .inputs = {{{0, 2}}}, .expect = {1, 1}});
    samples.push_back({.attrs = over({}), .inputs = {{{3}, {2, -3, 4}, DType::i64}}, .expect = {-24}});
    samples.push_back({.attrs = over({}), .inputs = {{{2}, {}, DType::u8}}, .error = "x is u8"});
    return samples;
  }
};

}  // namespace

Tensor linear_scan(Arg a, Arg b, int axis, bool reverse) {
  return apply_one<LinearScan>({axis, reverse}, {a.tensor(), b.tensor()}, a.site());
}
Tensor cumsum(Arg x, int axis) { return apply_one<Cumsum>({axis, false}, {widened_integers(x)}, x.site()); }
Tensor cumprod(Arg x, int axis) { return apply_one<Cumprod>({axis}, {widened_integers(x)}, x.site()); }
Tensor prod(Arg x, Reduce reduce) {
  return apply_one<Prod>({settled_axes(reduce.axes, x.tensor().rank(), "prod"), reduce.keepdims}, {widened_integers(x)},
                         x.site());
}

std::vector<const Op*> ops_scan() {
  return {&op_of<Cumsum>(), &op_of<LinearScan>(), &op_of<Cumprod>(), &op_of<Prod>()};
}

}  // namespace percept
