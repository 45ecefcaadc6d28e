// binary.cpp - functions of two elements: the family table (expressions are in pointwise_rows.h).
#include "percept/ops/pointwise/rows.h"

namespace percept {
namespace {

struct Definition {
  std::string_view doc;
  Grads (*backward)(const BackwardContext&) = nullptr;
  std::uint32_t saves_inputs = 0, saves_results = 0;
  double low = -2, high = 2;                   // of both operands
  std::vector<double> a = {}, b = {}, y = {};  // worked by hand
};

// Both gradients, each summed back to its operand's shape and left out where it is not needed.
Grads both(const BackwardContext& c, const std::function<Tensor()>& da, const std::function<Tensor()>& db) {
  Grads grads(2);
  if (c.needs(0)) grads[0] = unbroadcast(da(), c.input_spec(0).shape);
  if (c.needs(1)) grads[1] = unbroadcast(db(), c.input_spec(1).shape);
  return grads;
}

template <Row R>
Definition define() {
  using C = const BackwardContext&;
  if constexpr (R == Row::add)
    return {"a + b.", [](C c) { return both(c, [&] { return c.grad(); }, [&] { return c.grad(); }); },
            0,        0,
            -2,       2,
            {1, 2},   {3, -5},
            {4, -3}};
  else if constexpr (R == Row::sub)
    return {"a - b.", [](C c) { return both(c, [&] { return c.grad(); }, [&] { return -c.grad(); }); },
            0,        0,
            -2,       2,
            {1, 2},   {3, -5},
            {-2, 7}};
  else if constexpr (R == Row::mul)
    return {"a * b.",
            [](C c) { return both(c, [&] { return c.grad() * c.input(1); }, [&] { return c.grad() * c.input(0); }); },
            3,
            0,
            -2,
            2,
            {1, 2},
            {3, -5},
            {3, -10}};
  else if constexpr (R == Row::div)
    return {"a / b, true division: integers give f32; x / 0 is inf or NaN.",
            [](C c) {
              return both(
                  c, [&] { return c.grad() / c.input(1); }, [&] { return -c.grad() * c.result() / c.input(1); });
            },
            2,
            1,
            0.5,
            3,
            {1, 3},
            {4, -2},
            {0.25, -1.5}};
  else if constexpr (R == Row::maximum)
    return {"The larger of a and b; NaN if either is. Equal values share the gradient.",
            [](C c) {
              // 1 where a is larger, 1/2 where equal: as PyTorch
              auto share = [&](std::size_t i) {
                const DType t = c.grad().dtype();
                return cast(c.input(i) > c.input(1 - i), t) + 0.5 * cast(c.input(0) == c.input(1), t);
              };
              return both(c, [&] { return c.grad() * share(0); }, [&] { return c.grad() * share(1); });
            },
            3,
            0,
            -2,
            2,
            {1, 2},
            {3, -5},
            {3, 2}};
  else if constexpr (R == Row::minimum)
    return {"The smaller of a and b; NaN if either is. Equal values share the gradient.",
            [](C c) {
              auto share = [&](std::size_t i) {
                const DType t = c.grad().dtype();
                return cast(c.input(i) < c.input(1 - i), t) + 0.5 * cast(c.input(0) == c.input(1), t);
              };
              return both(c, [&] { return c.grad() * share(0); }, [&] { return c.grad() * share(1); });
            },
            3,
            0,
            -2,
            2,
            {1, 2},
            {3, -5},
            {1, -5}};
  else if constexpr (R == Row::pow)
    return {"a to the power b. The derivative by b is 0 where a is 0, that by a is 0 where b is 0.",
            [](C c) {
              return both(
                  c,
                  [&] {
                    const Tensor slope = c.input(1) * pow(c.input(0), c.input(1) - 1);
                    return c.grad() * where(c.input(1) == 0, 0.0, slope);  // not 0 times infinity
                  },
                  [&] {
                    const Tensor zero = c.input(0) == 0;
                    const Tensor base = where(zero, ones({}, c.input(0).dtype()), c.input(0));
                    return c.grad() * c.result() * log(base);
                  });
            },
            3,
            1,
            0.5,
            2,
            {2, 9},
            {3, 0.5},
            {8, 3}};
  else if constexpr (R == Row::equal)
    return {"a == b; bool.", nullptr, 0, 0, -2, 2, {1, 2}, {1, 3}, {1, 0}};
  else if constexpr (R == Row::not_equal)
    return {"a != b; bool.", nullptr, 0, 0, -2, 2, {1, 2}, {1, 3}, {0, 1}};
  else if constexpr (R == Row::less)
    return {"a < b; bool.", nullptr, 0, 0, -2, 2, {1, 2}, {1, 3}, {0, 1}};
  else if constexpr (R == Row::less_equal)
    return {"a <= b; bool.", nullptr, 0, 0, -2, 2, {1, 4}, {1, 3}, {1, 0}};
  else if constexpr (R == Row::greater)
    return {"a > b; bool.", nullptr, 0, 0, -2, 2, {1, 4}, {1, 3}, {0, 1}};
  else if constexpr (R == Row::greater_equal)
    return {"a >= b; bool.", nullptr, 0, 0, -2, 2, {1, 2}, {1, 3}, {1, 0}};
  else if constexpr (R == Row::logical_and)
    return {"Whether neither a nor b is 0; bool.", nullptr, 0, 0, -2, 2, {1, 2, 0}, {1, 0, 0}, {1, 0, 0}};
  else
    return {"Whether a or b is not 0; bool.", nullptr, 0, 0, -2, 2, {1, 2, 0}, {1, 0, 0}, {1, 1, 0}};
}

template <Row R>
DType result_dtype(DType operand) {
  return is_predicate(R) ? DType::boolean : operand;
}

template <Row R>
std::vector<Spec> infer_binary(const Attrs&, Specs in) {
  const std::string who(name_of(R));
  if (in[0].dtype != in[1].dtype)
    throw DTypeError(
        who + ": a is " + std::string(name_of(in[0].dtype)) + ", b is " + std::string(name_of(in[1].dtype)),
        "the public function promotes them; cast both to one dtype");
  if (is_real_row(R) && !is_floating(in[0].dtype))
    throw DTypeError(who + ": a and b are " + std::string(name_of(in[0].dtype)), "cast them to a floating dtype first");
  if (in[0].dtype == DType::boolean && !is_predicate(R))
    throw DTypeError(who + ": a and b are bool", "use logical_and, logical_or or not_equal, or cast them first");
  return {pointwise_result(in, result_dtype<R>(in[0].dtype), who.c_str())};
}

template <Row R>
std::vector<Sample> samples_binary() {
  const Definition d = define<R>();
  const auto n = static_cast<std::int64_t>(d.a.size());
  auto in = [&](Shape shape) { return SampleInput{.shape = std::move(shape), .low = d.low, .high = d.high}; };
  return {{.inputs = {{{n}, d.a}, {{n}, d.b}}, .expect = d.y},
          {.inputs = {in({2, 3}), in({2, 3})}},
          {.inputs = {in({2, 3}), in({3})}},     // a row for all
          {.inputs = {in({2, 1}), in({1, 3})}},  // both repeated
          {.inputs = {in({}), in({4})}},
          {.inputs = {in({0, 3}), in({1, 3})}},
          {.inputs = {in({3, 40}), in({40})}},
          {.inputs = {in({2, 3, 2, 2}), in({3, 1, 1})}},  // a value per channel
          {.inputs = {in({2, 3}), in({2})}, .error = "do not broadcast"}};
}

template <Row R>
const Op& binary_op() {
  static const Op op = [] {
    const Definition d = define<R>();
    Op o;
    o.name = name_of(R);
    o.doc = d.doc;
    o.op_class = OpClass::pointwise;
    o.min_inputs = o.max_inputs = 2;
    o.saves_inputs = d.saves_inputs;
    o.saves_results = d.saves_results;
    o.backward = d.backward;
    o.twice = d.backward != nullptr;
    if (d.backward == nullptr) o.no_gradient = "its result is a truth value";
    o.infer = &infer_binary<R>;
    o.program = [](const Attrs&, Specs in) {
      return single_row(R, {in[0].dtype, in[1].dtype}, result_dtype<R>(in[0].dtype));
    };
    o.samples = &samples_binary<R>;
    return o;
  }();
  return op;
}

// Both operands in the promoted dtype; a plain number takes the tensor's.
template <Row R>
Tensor apply_binary(const Arg& a, const Arg& b) {
  const CallSite site = a.site().file ? a.site() : b.site();
  DType dtype;
  if (a.is_number() && b.is_number())
    dtype = a.number().floating || b.number().floating ? DType::f32 : DType::i64;
  else if (a.is_number())
    dtype = promote_with_number(b.dtype(), a.number().floating);
  else if (b.is_number())
    dtype = promote_with_number(a.dtype(), b.number().floating);
  else
    dtype = promote(a.dtype(), b.dtype());
  if (is_real_row(R) && !is_floating(dtype)) dtype = DType::f32;
  auto ready = [&](const Arg& x) {
    Tensor t = x.tensor(dtype);
    return t.defined() && t.dtype() != dtype ? cast(Arg(t, site.file, site.line), dtype) : t;
  };
  return std::move(apply(binary_op<R>(), {}, {ready(a), ready(b)}, site)[0]);
}

}  // namespace

#define PERCEPT_BINARY_FUNCTION(name) \
  Tensor name(Arg a, Arg b) { return apply_binary<Row::name>(a, b); }
PERCEPT_BINARY_FUNCTION(add)
PERCEPT_BINARY_FUNCTION(sub)
PERCEPT_BINARY_FUNCTION(mul)
PERCEPT_BINARY_FUNCTION(div)
PERCEPT_BINARY_FUNCTION(maximum)
PERCEPT_BINARY_FUNCTION(minimum)
PERCEPT_BINARY_FUNCTION(pow)
PERCEPT_BINARY_FUNCTION(equal)
PERCEPT_BINARY_FUNCTION(not_equal)
PERCEPT_BINARY_FUNCTION(less)
PERCEPT_BINARY_FUNCTION(less_equal)
PERCEPT_BINARY_FUNCTION(greater)
PERCEPT_BINARY_FUNCTION(greater_equal)
PERCEPT_BINARY_FUNCTION(logical_and)
PERCEPT_BINARY_FUNCTION(logical_or)
#undef PERCEPT_BINARY_FUNCTION

std::vector<const Op*> ops_binary() {
  return {&binary_op<Row::add>(),           &binary_op<Row::sub>(),         &binary_op<Row::mul>(),
          &binary_op<Row::div>(),           &binary_op<Row::maximum>(),     &binary_op<Row::minimum>(),
          &binary_op<Row::pow>(),           &binary_op<Row::equal>(),       &binary_op<Row::not_equal>(),
          &binary_op<Row::less>(),          &binary_op<Row::less_equal>(),  &binary_op<Row::greater>(),
          &binary_op<Row::greater_equal>(), &binary_op<Row::logical_and>(), &binary_op<Row::logical_or>()};
}

}  // namespace percept
