// pointwise.cpp - building pointwise programs.
#include "percept/ops/pointwise.h"

namespace percept {
namespace {

struct RowInfo {
  std::string_view name;
  int arity;
};
constexpr RowInfo kRows[] = {
#define PERCEPT_UNARY(name, expression) {#name, 1},
#define PERCEPT_BINARY(name, expression) {#name, 2},
#define PERCEPT_TERNARY(name, expression) {#name, 3},
    PERCEPT_UNARY_ROWS(PERCEPT_UNARY) PERCEPT_BINARY_ROWS(PERCEPT_BINARY) PERCEPT_TERNARY_ROWS(PERCEPT_TERNARY)
#undef PERCEPT_UNARY
#undef PERCEPT_BINARY
#undef PERCEPT_TERNARY
        {"constant", 0},
};

}  // namespace

std::string_view name_of(Row row) { return kRows[static_cast<std::size_t>(row)].name; }
int arity_of(Row row) { return kRows[static_cast<std::size_t>(row)].arity; }

bool is_predicate(Row row) {
  switch (row) {
    case Row::is_nan:
    case Row::is_finite:
    case Row::logical_not:
    case Row::equal:
    case Row::not_equal:
    case Row::less:
    case Row::less_equal:
    case Row::greater:
    case Row::greater_equal:
    case Row::logical_and:
    case Row::logical_or:
      return true;
    default:
      return false;
  }
}

namespace {
ProgramLane append(PointwiseProgram& program, Instruction instruction) {
  program.code.push_back(instruction);
  return {program, static_cast<std::uint16_t>(program.inputs.size() + program.code.size() - 1)};
}
}  // namespace

ProgramLane ProgramLane::constant(double value) const {
  return append(*program_, {.row = Row::constant, .dtype = dtype(), .immediate = value});
}
ProgramLane ProgramLane::cast_to(DType dtype) const {
  return dtype == this->dtype() ? *this : append(*program_, {.row = Row::cast, .dtype = dtype, .a = slot_});
}
ProgramLane ProgramLane::row(Row row) const {
  return append(*program_, {.row = row, .dtype = is_predicate(row) ? DType::boolean : dtype(), .a = slot_});
}
ProgramLane ProgramLane::row(Row row, ProgramLane b) const {
  return append(*program_,
                {.row = row, .dtype = is_predicate(row) ? DType::boolean : dtype(), .a = slot_, .b = b.slot_});
}
ProgramLane ProgramLane::row(Row row, ProgramLane b, ProgramLane c) const {
  return append(*program_, {.row = row, .dtype = b.dtype(), .a = slot_, .b = b.slot_, .c = c.slot_});
}

PointwiseProgram single_row(Row row, std::vector<DType> inputs, DType result) {
  PointwiseProgram program;
  program.inputs = std::move(inputs);
  program.code = {{.row = row, .dtype = result, .a = 0, .b = 1, .c = 2}};
  program.results = {static_cast<std::uint16_t>(program.inputs.size())};
  return program;
}

}  // namespace percept
