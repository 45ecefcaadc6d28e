// copy.cpp - copies of any strides into dense memory: straight, transposed in blocks, or run by run.
#include "percept/backends/cpu/_walk.h"
#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kPieceElements = 16384;
constexpr std::int64_t kBlock = 32;  // rows and columns of a transposed block: their lines stay in the first cache

// Calls f with a value as wide as the elements: 1, 2, 4 or 8 bytes.
template <class F>
Stage for_width(std::size_t bytes, F f) {
  switch (bytes) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

Stage run_by_run(const Walk& walk, std::int64_t count, std::size_t bytes) {
  return for_width(bytes, [&]<class T>(T) {
    return Stage{ceil_div(count, kPieceElements), [walk, count](std::int64_t piece, const Buffers& b) {
                   const std::int64_t begin = piece * kPieceElements;
                   Cursor cursor(walk, begin);
                   gather_runs(walk, cursor, b.in<T>(0), b.out<T>(0) + begin, std::min(kPieceElements, count - begin));
                 }};
  });
}

Stage straight(std::int64_t count, std::size_t bytes) {
  const std::int64_t size = count * static_cast<std::int64_t>(bytes), each = 8 * kPieceElements;
  return {ceil_div(size, each), [=](std::int64_t piece, const Buffers& b) {
            const std::int64_t begin = piece * each;
            std::memcpy(b.out<std::byte>(0) + begin, b.in<std::byte>(0) + begin,
                        static_cast<std::size_t>(std::min(each, size - begin)));
          }};
}

// The input runs along one axis, the result along another: [others, row, column] with both in blocks.
struct Transposition {
  Walk others;                                    // of the input
  std::int64_t others_step[Walk::kMaxRank] = {};  // their steps in the result
  std::int64_t rows = 1, row_step = 1;            // the input's own axis, and its step in the result
  std::int64_t columns = 1, column_step = 1;      // the result's own axis, and its step in the input
  std::int64_t matrices = 1;

  // Offsets of matrix `m` in the input and in the result.
  std::pair<std::int64_t, std::int64_t> place(std::int64_t m) const {
    std::int64_t from = 0, to = 0;
    for (int axis = others.rank; axis-- > 0; m /= others.size[axis]) {
      from += m % others.size[axis] * others.stride[axis];
      to += m % others.size[axis] * others_step[axis];
    }
    return {from, to};
  }
  template <class T>
  void rows_of(std::int64_t m, std::int64_t first, std::int64_t end, const T* from, T* to) const {
    const auto [source, target] = place(m);
    for (std::int64_t r = first; r < end; r += kBlock)
      for (std::int64_t c = 0; c < columns; c += kBlock)
        for (std::int64_t i = r; i < std::min(r + kBlock, end); ++i) {
          const T* in = from + source + i;
          T* out = to + target + i * row_step;
          for (std::int64_t j = c; j < std::min(c + kBlock, columns); ++j) out[j] = in[j * column_step];
        }
  }
};

std::optional<Transposition> transposition(const Walk& walk) {
  Transposition t;
  int row = -1;
  for (int axis = 0; axis + 1 < walk.rank; ++axis)
    if (walk.stride[axis] == 1) row = axis;
  if (row < 0 || walk.stride[walk.rank - 1] == 0) return std::nullopt;
  t.columns = walk.size[walk.rank - 1];
  t.column_step = walk.stride[walk.rank - 1];
  std::int64_t step = 1;  // in the result, which is dense in the order of the walk
  for (int axis = walk.rank; axis-- > 0; step *= walk.size[axis]) {
    if (axis == row) t.rows = walk.size[axis], t.row_step = step;
    if (axis == row || axis == walk.rank - 1) continue;
    t.others.size[t.others.rank] = walk.size[axis];
    t.others.stride[t.others.rank] = walk.stride[axis];
    t.others_step[t.others.rank++] = step;
    t.matrices *= walk.size[axis];
  }
  return t;
}

Stage transposed(const Transposition& t, std::size_t bytes) {
  const std::int64_t rows = std::max(kPieceElements / t.columns / kBlock, std::int64_t{1}) * kBlock;
  const std::int64_t cuts = ceil_div(t.rows, rows);
  const std::int64_t each = std::max<std::int64_t>(kPieceElements / (std::min(rows, t.rows) * t.columns), 1);  // cuts
  return for_width(bytes, [&]<class T>(T) {
    return Stage{ceil_div(t.matrices * cuts, each), [=](std::int64_t piece, const Buffers& b) {
                   const std::int64_t end = std::min((piece + 1) * each, t.matrices * cuts);
                   for (std::int64_t k = piece * each; k < end; ++k) {
                     const std::int64_t first = k % cuts * rows;
                     t.rows_of(k / cuts, first, std::min(first + rows, t.rows), b.in<T>(0), b.out<T>(0));
                   }
                 }};
  });
}

std::optional<Prepared> prepare(const Attrs&, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const Spec &x = inputs[0], &y = results[0];
  if (!epilogue.empty() || x.dtype != y.dtype || x.shape != y.shape || !y.is_dense()) return std::nullopt;
  const std::int64_t count = y.numel();
  const std::size_t bytes = size_of(y.dtype);
  Prepared prepared;
  if (count == 0) return prepared;
  const auto walk = walk_in_order(x.shape, y.strides, x.strides);
  if (!walk) return std::nullopt;
  const auto matrix = transposition(*walk);
  prepared.stages.push_back(walk->is_dense_order()                        ? straight(count, bytes)
                            : walk->stride[walk->rank - 1] != 1 && matrix ? transposed(*matrix, bytes)
                                                                          : run_by_run(*walk, count, bytes));
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_copy();
std::vector<Kernel> kernels_cpu_copy() {
  return {{.op = "copy", .name = "copy", .backend = "cpu", .prepare = cpu::prepare}};
}

}  // namespace percept
