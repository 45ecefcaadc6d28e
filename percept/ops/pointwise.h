// pointwise.h - pointwise programs: a list of rows that a backend runs over tiles. Eager ops are programs of one row,
// optimizer updates and (later) fused chains are longer ones with the same bits.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "percept/core/dtype.h"
#include "percept/ops/pointwise_rows.h"

namespace percept {

enum class Row : std::uint8_t {
#define PERCEPT_ROW(name, expression) name,
  PERCEPT_UNARY_ROWS(PERCEPT_ROW) PERCEPT_BINARY_ROWS(PERCEPT_ROW) PERCEPT_TERNARY_ROWS(PERCEPT_ROW)
#undef PERCEPT_ROW
      constant,  // the immediate
};

// Whether the row answers yes or no: its result is a boolean, whatever its inputs are.
bool is_predicate(Row row);
int arity_of(Row row);
std::string_view name_of(Row row);

// Slot s < inputs is input s; instruction i writes slot inputs + i. Each row rounds to its own dtype.
struct Instruction {
  Row row = Row::constant;
  DType dtype = DType::f32;
  std::uint16_t a = 0, b = 0, c = 0;
  double immediate = 0;
};

struct PointwiseProgram {
  std::vector<DType> inputs;
  std::vector<Instruction> code;
  std::vector<std::uint16_t> results;  // slots
  bool empty() const { return code.empty(); }
  DType dtype_of_slot(std::size_t slot) const {
    return slot < inputs.size() ? inputs[slot] : code[slot - inputs.size()].dtype;
  }
};

// A slot of a program under construction; arithmetic on lanes appends rows. The same generic expression that runs on
// numbers can so be turned into a program (see optim_updates in ops/update/).
class ProgramLane {
 public:
  ProgramLane(PointwiseProgram& program, std::uint16_t slot) : program_(&program), slot_(slot) {}
  std::uint16_t slot() const { return slot_; }
  DType dtype() const { return program_->dtype_of_slot(slot_); }
  ProgramLane constant(double value) const;
  ProgramLane cast_to(DType dtype) const;  // itself where it has that dtype
  ProgramLane row(Row row) const;
  ProgramLane row(Row row, ProgramLane b) const;
  ProgramLane row(Row row, ProgramLane b, ProgramLane c) const;

  friend ProgramLane operator+(ProgramLane a, ProgramLane b) { return a.row(Row::add, b); }
  friend ProgramLane operator-(ProgramLane a, ProgramLane b) { return a.row(Row::sub, b); }
  friend ProgramLane operator*(ProgramLane a, ProgramLane b) { return a.row(Row::mul, b); }
  friend ProgramLane operator/(ProgramLane a, ProgramLane b) { return a.row(Row::div, b); }
  friend ProgramLane operator+(ProgramLane a, double b) { return a + a.constant(b); }
  friend ProgramLane operator-(ProgramLane a, double b) { return a - a.constant(b); }
  friend ProgramLane operator*(ProgramLane a, double b) { return a * a.constant(b); }
  friend ProgramLane operator*(double a, ProgramLane b) { return b.constant(a) * b; }
  friend ProgramLane operator-(double a, ProgramLane b) { return b.constant(a) - b; }
  friend ProgramLane operator/(ProgramLane a, double b) { return a / a.constant(b); }
  friend ProgramLane operator/(double a, ProgramLane b) { return b.constant(a) / b; }
  friend ProgramLane operator+(double a, ProgramLane b) { return b.constant(a) + b; }
  friend ProgramLane operator-(ProgramLane a) { return a.row(Row::neg); }
  friend ProgramLane operator<(ProgramLane a, double b) { return a.row(Row::less, a.constant(b)); }
  friend ProgramLane operator<=(ProgramLane a, double b) { return a.row(Row::less_equal, a.constant(b)); }
  friend ProgramLane operator>(ProgramLane a, double b) { return a.row(Row::greater, a.constant(b)); }
  friend ProgramLane operator>=(ProgramLane a, double b) { return a.row(Row::greater_equal, a.constant(b)); }
  friend ProgramLane logical_and(ProgramLane a, ProgramLane b) { return a.row(Row::logical_and, b); }
  friend ProgramLane where(ProgramLane which, ProgramLane a, ProgramLane b) { return which.row(Row::where, a, b); }
  friend ProgramLane where(ProgramLane which, ProgramLane a, double b) { return where(which, a, a.constant(b)); }
  friend ProgramLane where(ProgramLane which, double a, ProgramLane b) { return where(which, b.constant(a), b); }
  friend ProgramLane maximum(ProgramLane a, double b) { return a.row(Row::maximum, a.constant(b)); }
  friend ProgramLane minimum(ProgramLane a, double b) { return a.row(Row::minimum, a.constant(b)); }
  friend ProgramLane abs(ProgramLane a) { return a.row(Row::abs); }
  friend ProgramLane exp(ProgramLane a) { return a.row(Row::exp); }
  friend ProgramLane expm1(ProgramLane a) { return a.row(Row::expm1); }
  friend ProgramLane log1p(ProgramLane a) { return a.row(Row::log1p); }
  friend ProgramLane tanh(ProgramLane a) { return a.row(Row::tanh); }
  friend ProgramLane erf(ProgramLane a) { return a.row(Row::erf); }
  friend ProgramLane sigmoid(ProgramLane a) { return a.row(Row::sigmoid); }
  friend ProgramLane sqrt(ProgramLane a) { return a.row(Row::sqrt); }
  friend ProgramLane square(ProgramLane a) { return a.row(Row::square); }

 private:
  PointwiseProgram* program_;
  std::uint16_t slot_;
};

// The program of one row over inputs of these dtypes, giving `result`.
PointwiseProgram single_row(Row row, std::vector<DType> inputs, DType result);

}  // namespace percept
