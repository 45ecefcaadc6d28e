// batch_norm_rows.cpp - batch normalisation of f32 matrices: one walk over x for the statistics, one for the result;
// two over dy and x for the gradient.
#include "percept/ops/norm/batch_norm_rows.h"

#include <algorithm>
#include <cmath>

#include "percept/backends/cpu/_column_stats.h"
#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kPieceElements = 16384;
constexpr std::int64_t kStrip = 64;  // columns whose blocks are joined by one piece

std::int64_t ceil_of(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// How the rows are cut. A block is what is summed in f32: it stays in the cache for its second reading, and has few
// enough rows for sums to keep their digits; blocks are joined in double, in order.
struct Cut {
  std::int64_t rows, width, block, blocks, blocks_each, piece_rows;

  explicit Cut(const Shape& x)
      : rows(x[0]),
        width(x[1]),
        block(std::clamp<std::int64_t>(kPieceElements / width, 32, 256)),
        blocks(ceil_of(rows, block)),
        blocks_each(std::max<std::int64_t>(kPieceElements / (block * width), 1)),
        piece_rows(std::max<std::int64_t>(kPieceElements / width, 1)) {}

  std::int64_t block_rows(std::int64_t i) const { return std::min(block, rows - i * block); }
  std::int64_t strips() const { return ceil_of(width, kStrip); }
  // What a block finds: up to three numbers per column.
  std::int64_t partial_floats() const { return ceil_of(3 * blocks * width, 16) * 16; }

  // f(block) for the blocks of a piece.
  template <class F>
  Stage over_blocks(F f) const {
    return {ceil_of(blocks, blocks_each), [cut = *this, f](std::int64_t piece, const Buffers& b) {
              const std::int64_t first = piece * cut.blocks_each;
              for (std::int64_t i = first; i < std::min(first + cut.blocks_each, cut.blocks); ++i) f(i, b);
            }};
  }
  // f(first row, rows) for the rows of a piece.
  template <class F>
  Stage over_rows(F f) const {
    return {ceil_of(rows, piece_rows),
            [cut = *this, f](std::int64_t piece, const Buffers& b) {
              const std::int64_t first = piece * cut.piece_rows;
              f(first, std::min(cut.piece_rows, cut.rows - first), b);
            },
            [cut = *this](std::int64_t piece) {
              const std::int64_t first = piece * cut.piece_rows;
              return Region{{first, 0}, {std::min(cut.piece_rows, cut.rows - first), cut.width}};
            }};
  }
};

// [blocks][3][width]: what a block found, then [..][width] per column for the last stage.
struct Workspace {
  float* floats;
  explicit Workspace(const Buffers& b) : floats(reinterpret_cast<float*>(b.workspace)) {}
  float* found(const Cut& cut, std::int64_t block, std::int64_t which) const {
    return floats + (3 * block + which) * cut.width;
  }
  float* column_values(const Cut& cut, std::int64_t which) const {
    return floats + cut.partial_floats() + which * cut.width;
  }
  static std::size_t bytes(const Cut& cut, std::int64_t per_column) {
    return static_cast<std::size_t>(cut.partial_floats() + per_column * cut.width) * sizeof(float);
  }
};

struct Columns {
  std::int64_t first, count;
  Columns(const Cut& cut, std::int64_t strip)
      : first(strip * kStrip), count(std::min(kStrip, cut.width - strip * kStrip)) {}
};

// Chan, Golub and LeVeque: mean and sum of squared differences of the rows so far, and of one more block.
void join_statistics(const Cut& cut, const Columns& columns, const Workspace& w, double* mean, double* squares) {
  double before = 0;
  std::fill_n(mean, columns.count, 0.0);
  std::fill_n(squares, columns.count, 0.0);
  for (std::int64_t i = 0; i < cut.blocks; ++i) {
    const auto more = static_cast<double>(cut.block_rows(i));
    const float *block_mean = w.found(cut, i, 0) + columns.first, *block_away = w.found(cut, i, 1) + columns.first,
                *block_squares = w.found(cut, i, 2) + columns.first;
    const double share = more / (before + more);
    for (std::int64_t c = 0; c < columns.count; ++c) {
      const double away = static_cast<double>(block_mean[c]) + static_cast<double>(block_away[c]) - mean[c];
      mean[c] += away * share;
      squares[c] += static_cast<double>(block_squares[c]) + away * away * before * share;
    }
    before += more;
  }
}

std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const Spec& x = inputs[0];
  if (!epilogue.empty() || x.dtype != DType::f32 || !x.is_contiguous() || !results[0].is_contiguous())
    return std::nullopt;
  const Cut cut(x.shape);
  const double eps = attrs.as<BatchNormRowsAttrs>().eps;
  const ColumnLoops loops = column_loops();
  Prepared prepared;
  prepared.workspace_bytes = Workspace::bytes(cut, 1);
  prepared.stages.push_back(cut.over_blocks([=](std::int64_t i, const Buffers& b) {
    const Workspace w(b);
    loops.statistics(b.in<float>(0) + i * cut.block * cut.width, cut.block_rows(i), cut.width, w.found(cut, i, 0),
                     w.found(cut, i, 1), w.found(cut, i, 2));
  }));
  prepared.stages.push_back({cut.strips(), [=](std::int64_t strip, const Buffers& b) {
                               const Columns columns(cut, strip);
                               const Workspace w(b);
                               double mean[kStrip], squares[kStrip];
                               join_statistics(cut, columns, w, mean, squares);
                               for (std::int64_t k = 0; k < columns.count; ++k) {
                                 const std::int64_t c = columns.first + k;
                                 const double var = squares[k] / static_cast<double>(cut.rows);
                                 b.out<float>(1)[c] = static_cast<float>(mean[k]);
                                 b.out<float>(2)[c] = static_cast<float>(var);
                                 w.column_values(cut, 0)[c] =
                                     static_cast<float>(static_cast<double>(b.in<float>(1)[c]) / std::sqrt(var + eps));
                               }
                             }});
  prepared.stages.push_back(cut.over_rows([=](std::int64_t first, std::int64_t rows, const Buffers& b) {
    loops.scale(b.in<float>(0) + first * cut.width, b.out<float>(1), Workspace(b).column_values(cut, 0), b.in<float>(2),
                b.out<float>(0) + first * cut.width, rows, cut.width);
  }));
  return prepared;
}

// dx = a dy + b (x - mean) + c for each column; see the op.
void gradient_factors(const Cut& cut, double eps, const Columns& columns, const Buffers& b) {
  const Workspace w(b);
  double sums[kStrip] = {}, products[kStrip] = {};
  for (std::int64_t i = 0; i < cut.blocks; ++i)
    for (std::int64_t k = 0; k < columns.count; ++k) {
      sums[k] += static_cast<double>(w.found(cut, i, 0)[columns.first + k]);
      products[k] += static_cast<double>(w.found(cut, i, 1)[columns.first + k]);
    }
  const double part = 1 / static_cast<double>(cut.rows);
  for (std::int64_t k = 0; k < columns.count; ++k) {
    const std::int64_t c = columns.first + k;
    const double r = 1 / std::sqrt(static_cast<double>(b.in<float>(4)[c]) + eps);
    const double scale = static_cast<double>(b.in<float>(2)[c]) * r;
    const double dmean = static_cast<double>(b.in<float>(5)[c]), dvar = static_cast<double>(b.in<float>(6)[c]);
    b.out<float>(1)[c] = static_cast<float>(products[k] * r);
    b.out<float>(2)[c] = static_cast<float>(sums[k]);
    w.column_values(cut, 0)[c] = static_cast<float>(scale);
    w.column_values(cut, 1)[c] = static_cast<float>((2 * dvar - scale * r * r * products[k]) * part);
    w.column_values(cut, 2)[c] = static_cast<float>((dmean - scale * sums[k]) * part);
  }
}

std::optional<Prepared> prepare_grad(const Attrs& attrs, Specs inputs, Specs results,
                                     const PointwiseProgram& epilogue) {
  const Spec& x = inputs[1];
  if (!epilogue.empty() || x.dtype != DType::f32 || !results[0].is_contiguous() ||
      !std::all_of(inputs.begin(), inputs.end(), [](const Spec& in) { return in.is_contiguous(); }))
    return std::nullopt;
  const Cut cut(x.shape);
  const double eps = attrs.as<BatchNormRowsAttrs>().eps;
  const ColumnLoops loops = column_loops();
  Prepared prepared;
  prepared.workspace_bytes = Workspace::bytes(cut, 3);
  prepared.stages.push_back(cut.over_blocks([=](std::int64_t i, const Buffers& b) {
    const Workspace w(b);
    const std::int64_t at = i * cut.block * cut.width;
    loops.gradient_sums(b.in<float>(0) + at, b.in<float>(1) + at, b.in<float>(3), cut.block_rows(i), cut.width,
                        w.found(cut, i, 0), w.found(cut, i, 1));
  }));
  prepared.stages.push_back({cut.strips(), [=](std::int64_t strip, const Buffers& b) {
                               gradient_factors(cut, eps, Columns(cut, strip), b);
                             }});
  prepared.stages.push_back(cut.over_rows([=](std::int64_t first, std::int64_t rows, const Buffers& b) {
    const Workspace w(b);
    const std::int64_t at = first * cut.width;
    loops.gradient(b.in<float>(0) + at, b.in<float>(1) + at, b.in<float>(3), w.column_values(cut, 0),
                   w.column_values(cut, 1), w.column_values(cut, 2), b.out<float>(0) + at, rows, cut.width);
  }));
  return prepared;
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare) {
  return {.op = op, .name = "batch_norm_rows", .backend = "cpu", .prepare = prepare, .layouts = {Layout::contiguous}};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_batch_norm_rows();
std::vector<Kernel> kernels_cpu_batch_norm_rows() {
  return {cpu::kernel_of("batch_norm_rows", cpu::prepare), cpu::kernel_of("batch_norm_rows_grad", cpu::prepare_grad)};
}

}  // namespace percept
