// unary.cpp - functions of one element: the family table (expressions are in pointwise_rows.h).
#include <cmath>
#include <numbers>
#include <vector>

#include "percept/ops/pointwise/rows.h"

namespace percept {
namespace {

struct Definition {
  std::string_view doc;
  Grads (*backward)(const BackwardContext&) = nullptr;  // null: no gradient
  std::uint32_t saves_inputs = 0, saves_results = 0;
  double low = -2, high = 2;           // the domain that is sampled
  std::vector<double> x = {}, y = {};  // worked by hand
};

constexpr std::string_view kFlat = "its result is piecewise constant: the derivative is 0 wherever it exists";

// One row an op: doc, derivative in terms of ops, what it saves, domain, hand-worked numbers.
template <Row R>
Definition define() {
  using C = const BackwardContext&;
  if constexpr (R == Row::neg)
    return {"-x. Any dtype but bool.", [](C c) -> Grads { return {-c.grad()}; }, 0, 0, -2, 2, {1, -2}, {-1, 2}};
  else if constexpr (R == Row::abs)
    return {"|x|; the derivative at 0 is 0.",
            [](C c) -> Grads { return {c.grad() * sign(c.input(0))}; },
            1,
            0,
            -2,
            2,
            {-3, 0, 2},
            {3, 0, 2}};
  else if constexpr (R == Row::sign)
    return {"-1, 0 or 1 by the sign of x; NaN stays NaN.", nullptr, 0, 0, -2, 2, {-3, 0, 2, HUGE_VAL}, {-1, 0, 1, 1}};
  else if constexpr (R == Row::exp)
    return {"e^x.", [](C c) -> Grads { return {c.grad() * c.result()}; }, 0, 1, -2, 2, {0, 1}, {1, 2.718281828459045}};
  else if constexpr (R == Row::log)
    return {"The natural logarithm: -inf at 0, NaN below.",
            [](C c) -> Grads { return {c.grad() / c.input(0)}; },
            1,
            0,
            0.5,
            3,
            {1, 2.718281828459045},
            {0, 1}};
  else if constexpr (R == Row::sqrt)
    return {"The square root; NaN below 0.",
            [](C c) -> Grads { return {c.grad() * 0.5 / c.result()}; },
            0,
            1,
            0.5,
            3,
            {4, 2},
            {2, 1.4142135623730951}};
  else if constexpr (R == Row::rsqrt)
    return {"1 / sqrt(x).",
            [](C c) -> Grads { return {c.grad() * -0.5 * c.result() * square(c.result())}; },
            0,
            1,
            0.5,
            3,
            {4, 1},
            {0.5, 1}};
  else if constexpr (R == Row::square)
    return {"x * x.", [](C c) -> Grads { return {c.grad() * 2 * c.input(0)}; }, 1, 0, -2, 2, {-3, 2}, {9, 4}};
  else if constexpr (R == Row::reciprocal)
    return {"1 / x.",    [](C c) -> Grads { return {-c.grad() * square(c.result())}; }, 0, 1, 0.5, 3, {4, -2},
            {0.25, -0.5}};
  else if constexpr (R == Row::sigmoid)
    return {"1 / (1 + e^-x).",
            [](C c) -> Grads { return {sigmoid_grad(c.grad(), c.result())}; },
            0,
            1,
            -2,
            2,
            {0, 1},
            {0.5, 0.7310585786300049}};
  else if constexpr (R == Row::tanh)
    return {
        "The hyperbolic tangent.", [](C c) -> Grads { return {tanh_grad(c.grad(), c.result())}; }, 0, 1, -2, 2, {0, 1},
        {0, 0.7615941559557649}};
  else if constexpr (R == Row::relu)
    return {"max(x, 0); the derivative at 0 is 0; NaN stays NaN.",
            [](C c) -> Grads { return {relu_grad(c.grad(), c.result())}; },
            0,
            1,
            -2,
            2,
            {-1, 0, 3},
            {0, 0, 3}};
  else if constexpr (R == Row::floor)
    return {"The largest integer not above x.", nullptr, 0, 0, -2, 2, {-1.5, 2.7}, {-2, 2}};
  else if constexpr (R == Row::ceil)
    return {"The smallest integer not below x.", nullptr, 0, 0, -2, 2, {-1.5, 2.2}, {-1, 3}};
  else if constexpr (R == Row::round)
    return {"The nearest integer, halves to even.", nullptr, 0, 0, -2, 2, {0.5, 1.5, -2.4}, {0, 2, -2}};
  else if constexpr (R == Row::sin)
    return {"The sine of x radians.", [](C c) -> Grads { return {c.grad() * cos(c.input(0))}; }, 1, 0, -2, 2, {0, 1},
            {0, 0.8414709848078965}};
  else if constexpr (R == Row::cos)
    return {"The cosine of x radians.", [](C c) -> Grads { return {-c.grad() * sin(c.input(0))}; }, 1, 0, -2, 2, {0, 1},
            {1, 0.5403023058681398}};
  else if constexpr (R == Row::tan)
    return {"The tangent of x radians.",
            [](C c) -> Grads { return {c.grad() * (1 + square(c.result()))}; },
            0,
            1,
            -1,
            1,
            {0, 1},
            {0, 1.5574077246549023}};
  else if constexpr (R == Row::atan)
    return {"The inverse tangent, -pi/2 .. pi/2.",
            [](C c) -> Grads { return {c.grad() / (1 + square(c.input(0)))}; },
            1,
            0,
            -2,
            2,
            {0, 1, HUGE_VAL},
            {0, 0.7853981633974483, 1.5707963267948966}};
  else if constexpr (R == Row::sinh)
    return {"The hyperbolic sine.", [](C c) -> Grads { return {c.grad() * cosh(c.input(0))}; }, 1, 0, -2, 2, {0, 1},
            {0, 1.1752011936438014}};
  else if constexpr (R == Row::cosh)
    return {"The hyperbolic cosine.", [](C c) -> Grads { return {c.grad() * sinh(c.input(0))}; }, 1, 0, -2, 2, {0, 1},
            {1, 1.5430806348152437}};
  else if constexpr (R == Row::erf)
    return {"The error function: 2 / sqrt(pi) times the integral of e^-t^2 from 0 to x.",
            [](C c) -> Grads { return {c.grad() * std::numbers::inv_sqrtpi * 2 * exp(-square(c.input(0)))}; },
            1,
            0,
            -2,
            2,
            {0, 1, -HUGE_VAL},
            {0, 0.8427007929497149, -1}};
  else if constexpr (R == Row::log1p)
    return {"log(1 + x), exact for small x too: -inf at -1, NaN below.",
            [](C c) -> Grads { return {c.grad() / (1 + c.input(0))}; },
            1,
            0,
            -0.5,
            3,
            {0, 1},
            {0, 0.6931471805599453}};
  else if constexpr (R == Row::expm1)
    return {"e^x - 1, exact for small x too.",
            [](C c) -> Grads { return {c.grad() * (1 + c.result())}; },
            0,
            1,
            -2,
            2,
            {0, 1, -HUGE_VAL},
            {0, 1.718281828459045, -1}};
  else if constexpr (R == Row::step)
    return {"1 where x > 0, else 0: the threshold of Rosenblatt's perceptron; NaN stays NaN.",
            nullptr,
            0,
            0,
            -2,
            2,
            {-1, 0, 0.5},
            {0, 0, 1}};
  else if constexpr (R == Row::is_nan)
    return {"Whether x is NaN; bool.", nullptr, 0, 0, -2, 2, {0, 1}, {0, 0}};
  else if constexpr (R == Row::is_finite)
    return {"Whether x is neither infinite nor NaN; bool.", nullptr, 0, 0, -2, 2, {0, 1}, {1, 1}};
  else
    return {"Whether x is 0; bool.", nullptr, 0, 0, -2, 2, {0, 2}, {1, 0}};
}

template <Row R>
std::vector<Spec> infer_unary(const Attrs&, Specs in) {
  const std::string who(name_of(R));
  if (is_real_row(R) && !is_floating(in[0].dtype))
    throw DTypeError(who + ": x is " + std::string(name_of(in[0].dtype)), "cast x to a floating dtype first");
  if (R == Row::neg && in[0].dtype == DType::boolean)
    throw DTypeError("neg: x is bool", "use logical_not(x), or cast x first");
  return {pointwise_result(in, is_predicate(R) ? DType::boolean : in[0].dtype, who.c_str())};
}

template <Row R>
std::vector<Sample> samples_unary() {
  const Definition d = define<R>();
  std::vector<Sample> samples = {{.inputs = {{{static_cast<std::int64_t>(d.x.size())}, d.x}}, .expect = d.y},
                                 {.inputs = {{.shape = {2, 3}, .low = d.low, .high = d.high}}},
                                 {.inputs = {{.shape = {}, .low = d.low, .high = d.high}}},
                                 {.inputs = {{.shape = {0, 3}}}},
                                 {.inputs = {{.shape = {1, 33, 5}, .low = d.low, .high = d.high}}}};
  if (is_real_row(R)) samples.push_back({.inputs = {{.shape = {2}, .dtype = DType::i64}}, .error = "x is i64"});
  return samples;
}

template <Row R>
const Op& unary_op() {
  static const Op op = [] {
    const Definition d = define<R>();
    Op o;
    o.name = name_of(R);
    o.doc = d.doc;
    o.op_class = OpClass::pointwise;
    o.min_inputs = o.max_inputs = 1;
    o.batch_axis = 0;
    o.saves_inputs = d.saves_inputs;
    o.saves_results = d.saves_results;
    o.backward = d.backward;
    o.twice = d.backward != nullptr;
    if (d.backward == nullptr) o.no_gradient = kFlat;
    o.infer = &infer_unary<R>;
    o.program = [](const Attrs&, Specs in) {
      return single_row(R, {in[0].dtype}, is_predicate(R) ? DType::boolean : in[0].dtype);
    };
    o.samples = &samples_unary<R>;
    return o;
  }();
  return op;
}

template <Row R>
Tensor apply_unary(const Arg& x) {
  Tensor input = x.tensor();
  if (is_real_row(R) && input.defined() && !is_floating(input.dtype()))
    input = cast(Arg(input, x.site().file, x.site().line), DType::f32);
  return std::move(apply(unary_op<R>(), {}, {input}, x.site())[0]);
}

}  // namespace

#define PERCEPT_UNARY_FUNCTION(name) \
  Tensor name(Arg x) { return apply_unary<Row::name>(x); }
PERCEPT_UNARY_FUNCTION(neg)
PERCEPT_UNARY_FUNCTION(abs)
PERCEPT_UNARY_FUNCTION(sign)
PERCEPT_UNARY_FUNCTION(exp)
PERCEPT_UNARY_FUNCTION(log)
PERCEPT_UNARY_FUNCTION(sqrt)
PERCEPT_UNARY_FUNCTION(rsqrt)
PERCEPT_UNARY_FUNCTION(square)
PERCEPT_UNARY_FUNCTION(reciprocal)
PERCEPT_UNARY_FUNCTION(sigmoid)
PERCEPT_UNARY_FUNCTION(tanh)
PERCEPT_UNARY_FUNCTION(relu)
PERCEPT_UNARY_FUNCTION(floor)
PERCEPT_UNARY_FUNCTION(ceil)
PERCEPT_UNARY_FUNCTION(round)
PERCEPT_UNARY_FUNCTION(sin)
PERCEPT_UNARY_FUNCTION(cos)
PERCEPT_UNARY_FUNCTION(tan)
PERCEPT_UNARY_FUNCTION(atan)
PERCEPT_UNARY_FUNCTION(sinh)
PERCEPT_UNARY_FUNCTION(cosh)
PERCEPT_UNARY_FUNCTION(erf)
PERCEPT_UNARY_FUNCTION(log1p)
PERCEPT_UNARY_FUNCTION(expm1)
PERCEPT_UNARY_FUNCTION(step)
PERCEPT_UNARY_FUNCTION(is_nan)
PERCEPT_UNARY_FUNCTION(is_finite)
PERCEPT_UNARY_FUNCTION(logical_not)
#undef PERCEPT_UNARY_FUNCTION

std::vector<const Op*> ops_unary() {
  return {&unary_op<Row::neg>(),        &unary_op<Row::abs>(),    &unary_op<Row::sign>(),
          &unary_op<Row::exp>(),        &unary_op<Row::log>(),    &unary_op<Row::sqrt>(),
          &unary_op<Row::rsqrt>(),      &unary_op<Row::square>(), &unary_op<Row::reciprocal>(),
          &unary_op<Row::sigmoid>(),    &unary_op<Row::tanh>(),   &unary_op<Row::relu>(),
          &unary_op<Row::floor>(),      &unary_op<Row::ceil>(),   &unary_op<Row::round>(),
          &unary_op<Row::sin>(),        &unary_op<Row::cos>(),    &unary_op<Row::tan>(),
          &unary_op<Row::atan>(),       &unary_op<Row::sinh>(),   &unary_op<Row::cosh>(),
          &unary_op<Row::erf>(),        &unary_op<Row::log1p>(),  &unary_op<Row::expm1>(),
          &unary_op<Row::step>(),       &unary_op<Row::is_nan>(), &unary_op<Row::is_finite>(),
          &unary_op<Row::logical_not>()};
}

}  // namespace percept
