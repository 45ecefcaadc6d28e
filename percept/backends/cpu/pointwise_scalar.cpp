// pointwise_scalar.cpp - pointwise programs of other dtypes than f32: the reference's arithmetic, and so its bits, a
// row at a time over tiles that stay in the cache.
#include <array>
#include <memory>
#include <vector>

#include "percept/backends/cpu/_walk.h"
#include "percept/ops/op.h"
#include "percept/ops/pointwise.h"
#include "percept/ops/pointwise_cell.h"
#include "percept/ops/scalar_lane.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kTile = 128, kPiece = 1 << 13;  // elements
constexpr std::size_t kMostSlots = 64;                 // whose tiles lie on the stack

using Tile = std::array<Cell, kTile>;
using RowLoop = void (*)(const Tile& a, const Tile& b, const Tile& c, Tile& to, std::int64_t n);

// L is FloatLane or IntLane; kRow names the expression.
template <class L, Row kRow>
struct RowOf;
#define PERCEPT_ROW(name, expression)                                                      \
  template <class L>                                                                       \
  struct RowOf<L, Row::name> {                                                             \
    static L value(L a, [[maybe_unused]] L b, [[maybe_unused]] L c) { return expression; } \
  };
PERCEPT_UNARY_ROWS(PERCEPT_ROW)
PERCEPT_BINARY_ROWS(PERCEPT_ROW)
PERCEPT_TERNARY_ROWS(PERCEPT_ROW)
#undef PERCEPT_ROW

template <Row kRow>
void float_loop(const Tile& a, const Tile& b, const Tile& c, Tile& to, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    to[i].real = RowOf<FloatLane, kRow>::value(FloatLane(a[i].real), FloatLane(b[i].real), FloatLane(c[i].real)).value;
}

template <Row kRow>
void whole_loop(const Tile& a, const Tile& b, const Tile& c, Tile& to, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    to[i].whole = RowOf<IntLane, kRow>::value(IntLane(a[i].whole), IntLane(b[i].whole), IntLane(c[i].whole)).value;
}

// The condition is a boolean whatever the others are.
void where_loop(const Tile& a, const Tile& b, const Tile& c, Tile& to, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = a[i].whole != 0 ? b[i] : c[i];
}

RowLoop loop_of(Row row, bool whole) {
  if (row == Row::where) return where_loop;
  switch (row) {
#define PERCEPT_CASE(name, expression) \
  case Row::name:                      \
    return whole ? whole_loop<Row::name> : float_loop<Row::name>;
    PERCEPT_UNARY_ROWS(PERCEPT_CASE)
    PERCEPT_BINARY_ROWS(PERCEPT_CASE)
    PERCEPT_TERNARY_ROWS(PERCEPT_CASE)
#undef PERCEPT_CASE
    case Row::constant:
      break;
  }
  return nullptr;
}

// What becomes of a row's numbers before the next one reads them, as in the reference.
void settle(Tile& tile, std::int64_t n, bool computed_whole, DType dtype) {
  if (computed_whole == is_whole(dtype)) {
    if (dtype == DType::i64 || dtype == DType::f64) return;
    if (is_whole(dtype))
      for (std::int64_t i = 0; i < n; ++i) tile[i].whole = wrapped(tile[i].whole, dtype);
    else
      for (std::int64_t i = 0; i < n; ++i) tile[i].real = rounded(tile[i].real, dtype);
  } else if (computed_whole) {
    for (std::int64_t i = 0; i < n; ++i) tile[i].real = static_cast<double>(tile[i].whole);
  } else {
    for (std::int64_t i = 0; i < n; ++i) tile[i].whole = tile[i].real != 0;
  }
}

class ScalarProgram {
 public:
  ScalarProgram(PointwiseProgram program, std::vector<Walk> walks, std::int64_t count)
      : program_(std::move(program)), walks_(std::move(walks)), count_(count) {}

  std::int64_t pieces() const { return ceil_div(count_, kPiece); }

  void run(std::int64_t piece, const Buffers& buffers) const {
    std::array<Tile, kMostSlots> slots;
    std::array<Cursor, kMostSlots> cursors;
    const std::int64_t begin = piece * kPiece, end = std::min(begin + kPiece, count_);
    for (std::size_t i = 0; i < walks_.size(); ++i) cursors[i] = Cursor(walks_[i], begin);
    for (std::int64_t at = begin; at < end; at += kTile) {
      const std::int64_t n = std::min(kTile, end - at);
      for (std::size_t i = 0; i < walks_.size(); ++i) load(i, cursors[i], buffers.inputs[i], slots[i], n);
      for (std::size_t i = 0; i < program_.code.size(); ++i)
        execute(program_.code[i], slots.data(), slots[program_.inputs.size() + i], n);
      for (std::size_t k = 0; k < program_.results.size(); ++k) store(k, slots.data(), buffers.results[k], at, n);
    }
  }

 private:
  void load(std::size_t input, Cursor& cursor, const void* from, Tile& to, std::int64_t n) const {
    visit_dtype(program_.inputs[input], [&]<class T>(T) {
      T values[kTile];
      gather_runs(walks_[input], cursor, static_cast<const T*>(from), values, n);
      for (std::int64_t i = 0; i < n; ++i)
        if constexpr (std::is_integral_v<T>)
          to[i].whole = static_cast<std::int64_t>(values[i]);
        else
          to[i].real = static_cast<double>(values[i]);
    });
  }

  void execute(const Instruction& row, const Tile* slots, Tile& to, std::int64_t n) const {
    if (row.row == Row::constant) {
      Cell cell{};
      if (is_whole(row.dtype))
        cell.whole = static_cast<std::int64_t>(row.immediate);
      else
        cell.real = rounded(row.immediate, row.dtype);
      return to.fill(cell);
    }
    const DType from = program_.dtype_of_slot(row.a);
    if (row.row == Row::cast) {
      for (std::int64_t i = 0; i < n; ++i) to[i] = convert(slots[row.a][i], from, row.dtype);
      return;
    }
    const int arity = arity_of(row.row);
    const bool whole = is_whole(row.row == Row::where ? program_.dtype_of_slot(row.b) : from);
    loop_of(row.row, whole)(slots[row.a], slots[arity > 1 ? row.b : row.a], slots[arity > 2 ? row.c : row.a], to, n);
    settle(to, n, whole, row.dtype);
  }

  void store(std::size_t result, const Tile* slots, void* to, std::int64_t at, std::int64_t n) const {
    const std::uint16_t slot = program_.results[result];
    visit_dtype(program_.dtype_of_slot(slot), [&]<class T>(T) {
      T* out = static_cast<T*>(to) + at;
      for (std::int64_t i = 0; i < n; ++i)
        if constexpr (std::is_same_v<T, bool>)
          out[i] = slots[slot][i].whole != 0;
        else if constexpr (std::is_integral_v<T>)
          out[i] = static_cast<T>(slots[slot][i].whole);
        else
          out[i] = rounded_to<T>(slots[slot][i].real);
    });
  }

  PointwiseProgram program_;
  std::vector<Walk> walks_;  // of the inputs, in the memory order of the results
  std::int64_t count_;
};

// Whether the results lie densely and alike.
bool are_dense_alike(const PointwiseProgram& program, Specs results) {
  for (std::size_t k = 0; k < results.size(); ++k) {
    if (!results[k].is_dense() || results[k].shape != results[0].shape) return false;
    if (results[k].dtype != program.dtype_of_slot(program.results[k])) return false;
    const auto walk = walk_in_order(results[0].shape, results[0].strides, results[k].strides);
    if (!walk || !walk->is_dense_order()) return false;
  }
  return !results.empty();
}

// A condition that is no boolean is left to the reference.
bool is_plain(const PointwiseProgram& program) {
  for (const Instruction& row : program.code)
    if (row.row == Row::where && !is_whole(program.dtype_of_slot(row.a))) return false;
  return true;
}

std::optional<Prepared> prepare_scalar(const Attrs&, Specs inputs, Specs results, const PointwiseProgram& program) {
  if (program.empty() || inputs.size() != program.inputs.size() || results.size() != program.results.size() ||
      inputs.size() + program.code.size() > kMostSlots || !are_dense_alike(program, results) || !is_plain(program))
    return std::nullopt;
  std::vector<Walk> walks;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].dtype != program.inputs[i] || inputs[i].rank() > results[0].rank()) return std::nullopt;
    const auto walk = walk_in_order(results[0].shape, results[0].strides,
                                    broadcast_strides(inputs[i].shape, inputs[i].strides, results[0].shape));
    if (!walk) return std::nullopt;
    walks.push_back(*walk);
  }
  const auto shared = std::make_shared<const ScalarProgram>(program, std::move(walks), results[0].numel());
  Prepared prepared;
  prepared.stages.push_back(
      {shared->pieces(), [shared](std::int64_t piece, const Buffers& b) { shared->run(piece, b); }});
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_pointwise_scalar();
std::vector<Kernel> kernels_cpu_pointwise_scalar() {
  return {{.op = "pointwise", .name = "pointwise_scalar", .backend = "cpu", .prepare = cpu::prepare_scalar}};
}

}  // namespace percept
