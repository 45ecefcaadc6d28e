// sum.cpp - sum, max and min over axes; mean and variance composed of them.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/reduce/reduce.h"

namespace percept {
namespace {

using percept::ReduceAttrs;

// The axes of a call made non-negative, ascending and explicit.
Dims settled_axes(const Dims& wanted, int rank, const char* who) {
  Dims axes;
  if (wanted.empty()) {
    for (int i = 0; i < rank; ++i) axes.push_back(i);
    return axes;
  }
  for (std::int64_t axis : wanted) axes.push_back(checked_axis(axis, rank, who));
  std::sort(axes.begin(), axes.end());
  for (std::size_t i = 1; i < axes.size(); ++i)
    if (axes[i] == axes[i - 1])
      throw ShapeError(std::string(who) + ": axis " + std::to_string(axes[i]) + " is named twice in " + str(wanted),
                       "name each axis once");
  return axes;
}

Spec reduced_spec(const Spec& x, const ReduceAttrs& attrs, const char* who) {
  const Dims axes = settled_axes(attrs.axes, x.rank(), who);
  Shape shape;
  std::size_t next = 0;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    const bool drop = next < axes.size() && axes[next] == static_cast<std::int64_t>(i);
    if (drop) ++next;
    if (!drop)
      shape.push_back(x.shape[i]);
    else if (attrs.keepdims)
      shape.push_back(1);
  }
  return contiguous_spec(x.dtype, shape, x.device);
}

// Runs over x in row-major order; f(element, place of its result).
template <class T, class F>
void for_each_reduced(const Call& call, F f) {
  const Spec& x = call.inputs[0];
  const Dims axes = settled_axes(call.attrs.as<ReduceAttrs>().axes, x.rank(), "reduce");
  Strides to(x.shape.size(), 0);  // strides of the result, 0 along reduced axes
  std::int64_t step = 1;
  for (std::size_t i = x.shape.size(); i-- > 0;) {
    if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end()) continue;
    to[i] = step;
    step *= x.shape[i];
  }
  const View<const T> in = call.in<T>(0);
  for (std::int64_t i = 0, count = x.numel(); i < count; ++i) {
    std::int64_t place = 0, rest = i;
    for (std::size_t axis = x.shape.size(); axis-- > 0; rest /= x.shape[axis]) place += rest % x.shape[axis] * to[axis];
    f(in.flat(i), place);
  }
}

// The gradient (or result) with its reduced axes back, of size 1.
Tensor with_axes(const Tensor& reduced, const Shape& x, const ReduceAttrs& attrs) {
  Shape shape = x;
  for (std::int64_t axis : settled_axes(attrs.axes, x.rank(), "reduce")) shape[static_cast<std::size_t>(axis)] = 1;
  return reshape(reduced, shape);
}

std::vector<Sample> reduce_samples(std::vector<double> rows, std::vector<double> all) {
  auto over = [](Dims axes, bool keepdims = false) {
    return percept::Attrs::of(ReduceAttrs{std::move(axes), keepdims});
  };
  return {{.attrs = over({1}), .inputs = {{{2, 3}}}, .expect = std::move(rows)},
          {.attrs = over({}), .inputs = {{{2, 3}}}, .expect = std::move(all)},
          {.attrs = over({0}, true), .inputs = {{{2, 3}}}},
          {.attrs = over({0, 2, 3}), .inputs = {{{2, 3, 2, 2}}}},  // per channel
          {.attrs = over({-1}), .inputs = {{{3, 70}}}},
          {.attrs = over({0}), .inputs = {{{70, 3}}}},
          {.attrs = over({1}), .inputs = {{{2, 3, 2}}}},
          {.attrs = over({}), .inputs = {{{}}}},
          {.attrs = over({2}), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"},
          {.attrs = over({0, -2}), .inputs = {{{2, 3}}}, .error = "named twice"}};
}

struct Sum {
  using Attrs = ReduceAttrs;
  static constexpr std::string_view name = "sum";
  static constexpr std::string_view doc =
      "The sum over `axes` (none given: all); keepdims leaves them with size 1. Floating dtypes, i32 and i64. Floats "
      "are\n"
      "added in a fixed tree, so that the result does not depend on threads. An empty sum is 0.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::reduction;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    if (!is_floating(in[0].dtype) && in[0].dtype != DType::i32 && in[0].dtype != DType::i64)
      throw DTypeError("sum: x is " + std::string(name_of(in[0].dtype)), "cast x to i64 or a floating dtype first");
    return {reduced_spec(in[0], attrs.as<Attrs>(), "sum")};
  }
  static void forward(const Call& call) {
    visit_dtype(call.inputs[0].dtype, [&]<class T>(T) {
      std::vector<Accumulator<T>> totals(static_cast<std::size_t>(call.results[0].numel()));
      for_each_reduced<T>(call, [&](T value, std::int64_t i) {
        totals[static_cast<std::size_t>(i)] += static_cast<Accumulator<T>>(value);
      });
      for (std::size_t i = 0; i < totals.size(); ++i) {
        if constexpr (std::is_integral_v<T>)
          call.buffers.out<T>(0)[i] = static_cast<T>(totals[i]);
        else
          call.buffers.out<T>(0)[i] = rounded_to<T>(totals[i]);
      }
    });
  }
  static Grads backward(const BackwardContext& c) {
    const Shape& x = c.input_spec(0).shape;
    return {expand(with_axes(c.grad(), x, c.attrs<Attrs>()), x)};
  }
  static std::vector<Sample> samples() {
    auto samples = reduce_samples({3, 12}, {15});
    samples.push_back({.attrs = percept::Attrs::of(Attrs{{0}, false}), .inputs = {{{0, 2}}}, .expect = {0, 0}});
    samples.push_back({.attrs = percept::Attrs::of(Attrs{}), .inputs = {{{2}, {}, DType::u8}}, .error = "x is u8"});
    return samples;
  }
};

// max and min: equal extremes share the gradient, as PyTorch's amax and amin do.
template <bool Largest>
struct Extreme {
  using Attrs = ReduceAttrs;
  static constexpr std::string_view name = Largest ? "max" : "min";
  static constexpr std::string_view doc = Largest ? "The largest element over `axes` (none given: all); NaN if any is. "
                                                    "Equal ones share the gradient. An axis of\n"
                                                    "size 0 is refused."
                                                  : "The smallest element over `axes` (none given: all); NaN if any "
                                                    "is. Equal ones share the gradient. An axis of\n"
                                                    "size 0 is refused.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::reduction;
  static constexpr std::uint32_t saves_inputs = 1, saves_results = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const std::string who(name);
    const Spec result = reduced_spec(in[0], attrs.as<Attrs>(), who.c_str());
    if (in[0].numel() == 0 && result.numel() != 0)
      throw ShapeError(who + ": x has shape " + str(in[0].shape) + ", nothing to choose from",
                       "the reduced axes must not be empty");
    if (in[0].dtype == DType::boolean) throw DTypeError(who + ": x is bool", "cast x first");
    return {result};
  }
  static void forward(const Call& call) {
    visit_dtype(call.inputs[0].dtype, [&]<class T>(T) {
      T* out = call.buffers.out<T>(0);
      std::vector<bool> seen(static_cast<std::size_t>(call.results[0].numel()));
      for_each_reduced<T>(call, [&](T value, std::int64_t i) {
        const bool better = Largest ? value > out[i] : value < out[i];
        if (!seen[static_cast<std::size_t>(i)] || better || (value != value)) out[i] = value;
        seen[static_cast<std::size_t>(i)] = true;
      });
    });
  }
  static Grads backward(const BackwardContext& c) {
    const Tensor& x = c.input(0);
    const ReduceAttrs& attrs = c.attrs<Attrs>();
    const Tensor hit = cast(x == with_axes(c.result(), x.shape(), attrs), x.dtype());
    const Tensor share = hit / sum(hit, {.axes = settled_axes(attrs.axes, x.rank(), "max"), .keepdims = true});
    return {share * with_axes(c.grad(), x.shape(), attrs)};
  }
  static std::vector<Sample> samples() {
    auto samples = Largest ? reduce_samples({2, 5}, {5}) : reduce_samples({0, 3}, {0});
    samples.push_back(
        {.attrs = percept::Attrs::of(Attrs{{0}, false}), .inputs = {{{0, 2}}}, .error = "nothing to choose from"});
    samples.push_back({.attrs = percept::Attrs::of(Attrs{{1}, false}), .inputs = {{{0, 2}}}});
    return samples;
  }
};

struct Mean {
  using Attrs = ReduceAttrs;
  static constexpr std::string_view name = "mean";
  static constexpr std::string_view doc =
      "The sum over `axes` (none given: all) divided by their number of elements; floating dtypes. NaN when that is 0.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    if (!is_floating(in[0].dtype()))
      throw DTypeError("mean: x is " + std::string(name_of(in[0].dtype())), "cast x to a floating dtype first");
    double count = 1;
    const Dims axes = settled_axes(a.axes, in[0].rank(), "mean");
    for (std::int64_t axis : axes) count *= static_cast<double>(in[0].shape()[static_cast<std::size_t>(axis)]);
    return {sum(in[0], {a.axes, a.keepdims}) * (1 / count)};
  }
  static std::vector<Sample> samples() { return reduce_samples({1, 4}, {2.5}); }
};

struct VarAttrs {
  Dims axes = {};
  bool keepdims = false;
  std::int64_t correction = 1;
};
struct Var {
  using Attrs = VarAttrs;
  static constexpr std::string_view name = "var";
  static constexpr std::string_view doc =
      "The variance over `axes` (none given: all): sum((x - mean)^2) / (n - correction); correction 1 is unbiased.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const Dims axes = settled_axes(a.axes, in[0].rank(), "var");
    double count = 1;
    for (std::int64_t axis : axes) count *= static_cast<double>(in[0].shape()[static_cast<std::size_t>(axis)]);
    const Tensor centred = in[0] - mean(in[0], {axes, true});
    return {sum(square(centred), {axes, a.keepdims}) * (1 / (count - static_cast<double>(a.correction)))};
  }
  static std::vector<Sample> samples() {
    return {{.attrs = percept::Attrs::of(Attrs{{1}}), .inputs = {{{2, 3}}}, .expect = {1, 1}},
            {.attrs = percept::Attrs::of(Attrs{{}, false, 0}), .inputs = {{{4}}}, .expect = {1.25}},
            {.attrs = percept::Attrs::of(Attrs{{0}, true}), .inputs = {{{3, 2}}}},
            {.attrs = percept::Attrs::of(Attrs{{3}}), .inputs = {{{3, 2}}}, .error = "axis 3 is out of range"}};
  }
};

}  // namespace

Tensor sum(Arg x, Reduce reduce) {
  return apply_one<Sum>({settled_axes(reduce.axes, x.tensor().rank(), "sum"), reduce.keepdims}, {x.tensor()}, x.site());
}
Tensor max(Arg x, Reduce reduce) {
  return apply_one<Extreme<true>>({settled_axes(reduce.axes, x.tensor().rank(), "max"), reduce.keepdims}, {x.tensor()},
                                  x.site());
}
Tensor min(Arg x, Reduce reduce) {
  return apply_one<Extreme<false>>({settled_axes(reduce.axes, x.tensor().rank(), "min"), reduce.keepdims}, {x.tensor()},
                                   x.site());
}
Tensor mean(Arg x, Reduce reduce) { return apply_one<Mean>({reduce.axes, reduce.keepdims}, {x.tensor()}, x.site()); }
Tensor var(Arg x, Reduce reduce, int correction) {
  return apply_one<Var>({reduce.axes, reduce.keepdims, correction}, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_sum() {
  return {&op_of<Sum>(), &op_of<Extreme<true>>(), &op_of<Extreme<false>>(), &op_of<Mean>(), &op_of<Var>()};
}

}  // namespace percept
