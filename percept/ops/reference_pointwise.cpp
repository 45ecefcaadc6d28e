// reference_pointwise.cpp - the plain interpreter of pointwise programs.
#include "percept/ops/reference_pointwise.h"

#include "percept/ops/op.h"
#include "percept/ops/pointwise_cell.h"
#include "percept/ops/scalar_lane.h"

namespace percept {
namespace {

Cell load(const void* base, const Spec& spec, std::int64_t i) {
  Cell cell{};
  visit_dtype(spec.dtype, [&]<class T>(T) {
    const T value = View<const T>{static_cast<const T*>(base), spec.shape, spec.strides}.flat(i);
    if constexpr (std::is_integral_v<T>)
      cell.whole = static_cast<std::int64_t>(value);
    else
      cell.real = static_cast<double>(value);
  });
  return cell;
}

void store(void* base, const Spec& spec, std::int64_t i, Cell cell) {
  visit_dtype(spec.dtype, [&]<class T>(T) {
    T& place = View<T>{static_cast<T*>(base), spec.shape, spec.strides}.flat(i);
    if constexpr (std::is_same_v<T, bool>)
      place = cell.whole != 0;
    else if constexpr (std::is_integral_v<T>)
      place = static_cast<T>(cell.whole);
    else
      place = rounded_to<T>(cell.real);
  });
}

template <class L>
L evaluate(Row row, L a, L b, L c) {
  switch (row) {
#define PERCEPT_CASE(name, expression) \
  case Row::name:                      \
    return expression;
    PERCEPT_UNARY_ROWS(PERCEPT_CASE)
    PERCEPT_BINARY_ROWS(PERCEPT_CASE)
    PERCEPT_TERNARY_ROWS(PERCEPT_CASE)
#undef PERCEPT_CASE
    case Row::constant:
      break;
  }
  return a;
}

// One row. Its arithmetic runs in its operands' kind; predicates of floats answer with integers 0 and 1.
Cell execute(const PointwiseProgram& program, const Instruction& i, const std::vector<Cell>& slots) {
  Cell result{};
  if (i.row == Row::constant) {
    if (is_whole(i.dtype))
      result.whole = static_cast<std::int64_t>(i.immediate);  // a bound may lie beyond the dtype
    else
      result.real = rounded(i.immediate, i.dtype);
    return result;
  }
  if (i.row == Row::cast) return convert(slots[i.a], program.dtype_of_slot(i.a), i.dtype);
  const int arity = arity_of(i.row);
  const std::size_t operand = i.row == Row::where ? i.b : i.a;  // whose kind decides
  const DType kind = program.dtype_of_slot(operand);
  const Cell none{};
  Cell a = slots[i.a], b = arity > 1 ? slots[i.b] : none, c = arity > 2 ? slots[i.c] : none;
  if (is_whole(kind)) {
    result.whole = evaluate(i.row, IntLane(a.whole), IntLane(b.whole), IntLane(c.whole)).value;
    if (is_floating(i.dtype))
      result.real = static_cast<double>(result.whole);
    else
      result.whole = wrapped(result.whole, i.dtype);
  } else {
    if (i.row == Row::where) a.real = a.whole != 0;
    const double value = evaluate(i.row, FloatLane(a.real), FloatLane(b.real), FloatLane(c.real)).value;
    if (is_whole(i.dtype))
      result.whole = value != 0;
    else
      result.real = rounded(value, i.dtype);
  }
  return result;
}

}  // namespace

Stage reference_pointwise(PointwiseProgram program, std::vector<Spec> inputs, std::vector<Spec> results) {
  for (Spec& spec : inputs)
    spec = {spec.dtype, results[0].shape, broadcast_strides(spec.shape, spec.strides, results[0].shape), 0,
            spec.device};
  return {1, [program = std::move(program), inputs = std::move(inputs), results = std::move(results)](
                 std::int64_t, const Buffers& buffers) {
            std::vector<Cell> slots(inputs.size() + program.code.size());
            const std::int64_t count = results[0].numel();
            for (std::int64_t at = 0; at < count; ++at) {
              for (std::size_t i = 0; i < inputs.size(); ++i) slots[i] = load(buffers.inputs[i], inputs[i], at);
              for (std::size_t i = 0; i < program.code.size(); ++i)
                slots[inputs.size() + i] = execute(program, program.code[i], slots);
              for (std::size_t k = 0; k < results.size(); ++k)
                store(buffers.results[k], results[k], at, slots[program.results[k]]);
            }
          }};
}

}  // namespace percept
