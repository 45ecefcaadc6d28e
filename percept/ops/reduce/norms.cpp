// norms.cpp - reductions composed of others: std, norm, logsumexp, any, all. Where a root or logarithm of 0 would give
// 0 * inf in its gradient, the 0 is taken out first: the gradient there is 0, as PyTorch's.
#include <cmath>

#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/reduce/reduce.h"

namespace percept {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

void check_floating(const Tensor& x, const char* who) {
  if (!is_floating(x.dtype()))
    throw DTypeError(std::string(who) + ": x is " + std::string(name_of(x.dtype())),
                     "cast x to a floating dtype first");
}

// f(x) where x is not 0, and `at_zero` (with gradient 0) where it is.
template <class F>
Tensor away_from_zero(const Tensor& x, double at_zero, F f) {
  const Tensor zero = x == 0;
  return where(zero, at_zero, f(where(zero, 1.0, x)));
}

struct StdAttrs {
  Dims axes = {};
  bool keepdims = false;
  std::int64_t correction = 1;
};
struct Std {
  using Attrs = StdAttrs;
  static constexpr std::string_view name = "std";
  static constexpr std::string_view doc =
      "The standard deviation over `axes` (none given: all): the root of var, correction 1 by default. Floating "
      "dtypes.\n"
      "The gradient is 0 where the deviation is.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_floating(in[0], "std");
    settled_axes(a.axes, in[0].rank(), "std");
    const Tensor variance = var(in[0], {a.axes, a.keepdims}, static_cast<int>(a.correction));
    return {away_from_zero(variance, 0, [](const Tensor& v) { return sqrt(v); })};
  }
  static std::vector<Sample> samples() {
    auto over = [](Dims axes, bool keepdims = false, std::int64_t correction = 1) {
      return percept::Attrs::of(Attrs{std::move(axes), keepdims, correction});
    };
    return {{.attrs = over({1}), .inputs = {{{2, 3}}}, .expect = {1, 1}},
            {.attrs = over({}, false, 0), .inputs = {{{4}}}, .expect = {1.118033988749895}},
            {.attrs = over({0}, false), .inputs = {{{3}, {2, 2, 2}}}, .expect = {0}},
            {.attrs = over({0}, true), .inputs = {{{3, 2}}}},
            {.attrs = over({0, 2}), .inputs = {{{2, 3, 4}}}},
            {.attrs = over({3}), .inputs = {{{3, 2}}}, .error = "axis 3 is out of range"},
            {.attrs = over({}), .inputs = {{{2}, {}, DType::i64}}, .error = "x is i64"}};
  }
};

struct NormAttrs {
  double p = 2;
  Dims axes = {};
  bool keepdims = false;
};
struct Norm {
  using Attrs = NormAttrs;
  static constexpr std::string_view name = "norm";
  static constexpr std::string_view doc =
      "(sum |x|^p)^(1/p) over `axes` (none given: all); p = 0 counts the elements that are not 0, inf and -inf give "
      "the\n"
      "largest and smallest |x|. Floating dtypes, computed in x's own (squares overflow where PyTorch's do). The "
      "gradient\n"
      "is 0 at x = 0, and shared by equals for inf. Source: PyTorch's linalg.vector_norm.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const Tensor& x = in[0];
    const Reduce over{a.axes, a.keepdims};
    check_floating(x, "norm");
    settled_axes(a.axes, x.rank(), "norm");
    if (std::isnan(a.p)) throw ValueError("norm: p is nan", "use a number, inf or -inf");
    if (a.p == kInf) return {max(abs(x), over)};
    if (a.p == -kInf) return {min(abs(x), over)};
    if (a.p == 0) return {sum(cast(x != 0, x.dtype()), over)};
    if (a.p == 1) return {sum(abs(x), over)};
    if (a.p == 2) return {away_from_zero(sum(square(x), over), 0, [](const Tensor& s) { return sqrt(s); })};
    const Tensor powers = away_from_zero(abs(x), a.p > 0 ? 0 : kInf, [&](const Tensor& y) { return pow(y, a.p); });
    return {away_from_zero(sum(powers, over), 0, [&](const Tensor& s) { return pow(s, 1 / a.p); })};
  }
  static std::vector<Sample> samples() {
    auto by = [](double p, Dims axes = {}, bool keepdims = false) {
      return percept::Attrs::of(Attrs{p, std::move(axes), keepdims});
    };
    const SampleInput x{{2, 2}, {3, -4, 0, 2}};
    return {{.attrs = by(2, {1}), .inputs = {x}, .expect = {5, 2}},
            {.attrs = by(1, {1}), .inputs = {x}, .expect = {7, 2}},
            {.attrs = by(0, {1}), .inputs = {x}, .expect = {2, 1}},
            {.attrs = by(kInf, {1}), .inputs = {x}, .expect = {4, 2}},
            {.attrs = by(-kInf, {1}), .inputs = {x}, .expect = {3, 0}},
            {.attrs = by(3, {1}), .inputs = {x}, .expect = {4.497941445275415, 2}},
            {.attrs = by(-1, {1}), .inputs = {x}, .expect = {12. / 7, 0}},
            {.attrs = by(2), .inputs = {{{0, 2}}}, .expect = {0}},
            {.attrs = by(2, {0}, true), .inputs = {{{3, 2}}}},
            {.attrs = by(1), .inputs = {{{2, 3}}}},
            {.attrs = by(0.5), .inputs = {{{2, 3}}}},
            {.attrs = by(3, {0, 2}), .inputs = {{{2, 3, 2}}}},
            {.attrs = by(-2), .inputs = {{{2, 3}}}},
            {.attrs = by(kInf, {1}), .inputs = {{{2, 3}}}},
            {.attrs = by(2, {2}), .inputs = {{{3, 2}}}, .error = "axis 2 is out of range"},
            {.attrs = by(std::nan("")), .inputs = {{{2}}}, .error = "p is nan"},
            {.attrs = by(2), .inputs = {{{2}, {}, DType::i64}}, .error = "x is i64"}};
  }
};

struct LogSumExp {
  using Attrs = ReduceAttrs;
  static constexpr std::string_view name = "logsumexp";
  static constexpr std::string_view doc =
      "log(sum e^x) over `axes` (none given: all), with the largest element taken out so that nothing overflows; "
      "-inf,\n"
      "with gradient 0, where every element is -inf or there is none. Floating dtypes.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const Tensor& x = in[0];
    check_floating(x, "logsumexp");
    const Dims axes = settled_axes(a.axes, x.rank(), "logsumexp");
    auto log_of = [](const Tensor& s) { return away_from_zero(s, -kInf, [](const Tensor& t) { return log(t); }); };
    if (x.numel() == 0) return {log_of(sum(exp(x), {axes, a.keepdims}))};
    // A shift changes nothing, so no gradient need flow through it; an infinite one is left out.
    const Tensor top = max(x.detach(), {axes, true}), shift = where(is_finite(top), top, 0.0);
    const Tensor kept = a.keepdims ? shift : reshape(shift, reduced_spec(x.spec(), a, "logsumexp").shape);
    return {log_of(sum(exp(x - shift), {axes, a.keepdims})) + kept};
  }
  static std::vector<Sample> samples() {
    auto samples = reduce_samples({2.4076059644443806, 5.40760596444438}, {5.456193316018123});
    auto all = percept::Attrs::of(Attrs{});
    samples.push_back({.attrs = all, .inputs = {{{2}, {1000, 1000}}}, .expect = {1000.6931471805599}});
    samples.push_back({.attrs = all, .inputs = {{{2}, {-kInf, -kInf}}}, .expect = {-kInf}});
    samples.push_back({.attrs = all, .inputs = {{{2}, {kInf, 0}}}, .expect = {kInf}});
    samples.push_back({.attrs = percept::Attrs::of(Attrs{{0}}), .inputs = {{{0, 2}}}, .expect = {-kInf, -kInf}});
    samples.push_back({.attrs = all, .inputs = {{{2}, {}, DType::i64}}, .error = "x is i64"});
    return samples;
  }
};

// Counted in f32: a sum of ones and zeros is 0 only when all are.
template <bool kAll>
struct Truth {
  using Attrs = ReduceAttrs;
  static constexpr std::string_view name = kAll ? "all" : "any";
  static constexpr std::string_view doc =
      kAll
          ? "Whether no element over `axes` (none given: all axes) is 0; bool, true over nothing. Any dtype."
          : "Whether some element over `axes` (none given: all axes) is not 0; bool, false over nothing. NaN is not 0.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr std::string_view no_gradient = "its result is a truth value";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const Tensor counted = sum(cast(kAll ? in[0] == 0 : in[0] != 0, DType::f32), {a.axes, a.keepdims});
    return {kAll ? counted == 0 : counted != 0};
  }
  static std::vector<Sample> samples() {
    auto over = [](Dims axes, bool keepdims = false) { return percept::Attrs::of(Attrs{std::move(axes), keepdims}); };
    const SampleInput x{{3, 2}, {1, 0, 0, 0, 2, -3}};
    return {{.attrs = over({1}),
             .inputs = {x},
             .expect = kAll ? std::vector<double>{0, 0, 1} : std::vector<double>{1, 0, 1}},
            {.attrs = over({}), .inputs = {x}, .expect = {kAll ? 0. : 1.}},
            {.attrs = over({0}),
             .inputs = {{{0, 2}}},
             .expect = kAll ? std::vector<double>{1, 1} : std::vector<double>{0, 0}},
            {.attrs = over({0}), .inputs = {{{2}, {1, 0}, DType::boolean}}, .expect = {kAll ? 0. : 1.}},
            {.attrs = over({0, 1}, true), .inputs = {{{2, 2, 3}, {}, DType::u8}}},
            {.attrs = over({2}), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"}};
  }
};

}  // namespace

Tensor std(Arg x, Reduce reduce, int correction) {
  return apply_one<Std>({reduce.axes, reduce.keepdims, correction}, {x.tensor()}, x.site());
}
Tensor norm(Arg x, double p, Reduce reduce) {
  return apply_one<Norm>({p, reduce.axes, reduce.keepdims}, {x.tensor()}, x.site());
}
Tensor logsumexp(Arg x, Reduce reduce) {
  return apply_one<LogSumExp>({reduce.axes, reduce.keepdims}, {x.tensor()}, x.site());
}
Tensor any(Arg x, Reduce reduce) {
  return apply_one<Truth<false>>({reduce.axes, reduce.keepdims}, {x.tensor()}, x.site());
}
Tensor all(Arg x, Reduce reduce) {
  return apply_one<Truth<true>>({reduce.axes, reduce.keepdims}, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_norms() {
  return {&op_of<Std>(), &op_of<Norm>(), &op_of<LogSumExp>(), &op_of<Truth<false>>(), &op_of<Truth<true>>()};
}

}  // namespace percept
