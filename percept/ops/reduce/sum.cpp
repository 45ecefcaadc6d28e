// sum.cpp - sum, max and min over axes; mean and variance composed of them.
#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/reduce/reduce.h"

namespace percept {
namespace {

struct Sum {
  using Attrs = ReduceAttrs;
  static constexpr std::string_view name = "sum";
  static constexpr std::string_view doc =
      "The sum over `axes` (none given: all); keepdims leaves them with size 1. Floats are added in a fixed tree, so "
      "that\n"
      "the result does not depend on threads; of whole numbers and booleans it is i64, as PyTorch's. An empty sum is "
      "0.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::reduction;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    if (!is_floating(in[0].dtype) && in[0].dtype != DType::i64)
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
    const double count = reduced_count(in[0].shape(), settled_axes(a.axes, in[0].rank(), "mean"));
    const DType dtype = in[0].dtype();
    if (dtype != DType::f16 && dtype != DType::bf16) return {sum(in[0], {a.axes, a.keepdims}) * (1 / count)};
    // The sum of a few hundred may be more than a half holds, and 1 / count less.
    return {cast(sum(cast(in[0], DType::f32), {a.axes, a.keepdims}) * (1 / count), dtype)};
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
      "The variance over `axes` (none given: all): sum((x - mean)^2) / max(0, n - correction); correction 1 is "
      "unbiased. "
      "Of too few numbers it is no number (0 / 0).";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const Dims axes = settled_axes(a.axes, in[0].rank(), "var");
    const double count = reduced_count(in[0].shape(), axes);
    const Tensor centred = in[0] - mean(in[0], {axes, true});
    const double divisor = std::max(0.0, count - static_cast<double>(a.correction));
    return {sum(square(centred), {axes, a.keepdims}) * (1 / divisor)};
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
  return apply_one<Sum>({settled_axes(reduce.axes, x.tensor().rank(), "sum"), reduce.keepdims}, {widened_integers(x)},
                        x.site());
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
