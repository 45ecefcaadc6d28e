// matmul.cpp - f32 matrix products for builds without oneDNN: b packed into panels, rows of a read where they are.
#include "percept/ops/linalg/matmul.h"

#include <algorithm>

#include "percept/backends/cpu/_product_tiles.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kCopyRows = 32;  // of a, copied by one piece

// Sizes, steps and where things are in the workspace.
struct Product {
  TileLoops loops;
  std::int64_t m, k, n;
  std::int64_t a_row, a_column, b_row, b_column;
  std::int64_t a_copy;  // offset in the workspace of a, row-major, or -1: a's rows are read where they are
  MatmulCut cut;

  std::int64_t panels() const { return ceil_div(n, loops.columns); }
  std::int64_t across() const { return ceil_div(n, cut.columns); }

  void pack_panel(std::int64_t panel, const Buffers& b) const {
    const std::int64_t first = panel * loops.columns;
    pack_lines(b.in<float>(1) + first * b_column, b_column, b_row, std::min(loops.columns, n - first), loops.columns, k,
               reinterpret_cast<float*>(b.workspace) + first * k);
  }

  // Rows of a in blocks, so that the lines its columns lie on are read once.
  void copy_rows(std::int64_t first, std::int64_t count, const Buffers& b) const {
    constexpr std::int64_t kBlock = 32;
    const float* a = b.in<float>(0);
    float* to = reinterpret_cast<float*>(b.workspace) + a_copy;
    for (std::int64_t column = 0; column < k; column += kBlock)
      for (std::int64_t row = first; row < first + count; ++row)
        for (std::int64_t c = column; c < std::min(column + kBlock, k); ++c)
          to[row * k + c] = a[row * a_row + c * a_column];
  }

  void run(std::int64_t piece, const Buffers& b) const {
    const std::int64_t top = piece / across() * cut.rows, bottom = std::min(top + cut.rows, m);
    const std::int64_t left = piece % across() * cut.columns, right = std::min(left + cut.columns, n);
    const float* workspace = reinterpret_cast<const float*>(b.workspace);
    const float* a = a_copy < 0 ? b.in<float>(0) : workspace + a_copy;
    const std::int64_t step = a_copy < 0 ? a_row : k;
    const float* rows[kMostTileRows] = {};
    ProductTile tile{.rows = rows, .depth = k, .y_row = n};
    for (std::int64_t column = left; column < right; column += tile.columns) {
      tile.columns = std::min(loops.columns, right - column);
      tile.b = workspace + column * k;
      for (std::int64_t row = top; row < bottom; row += tile.count) {
        tile.count = static_cast<int>(std::min<std::int64_t>(loops.rows, bottom - row));
        for (int r = 0; r < tile.count; ++r) rows[r] = a + (row + r) * step;
        tile.y = b.out<float>(0) + row * n + column;
        loops.product(tile);
      }
    }
  }
};

std::optional<Prepared> prepare(const Attrs&, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const Spec &a = inputs[0], &b = inputs[1];
  if (!epilogue.empty() || a.dtype != DType::f32 || b.dtype != DType::f32 || !results[0].is_contiguous())
    return std::nullopt;
  Product p{.loops = tile_loops(),
            .m = a.shape[0],
            .k = a.shape[1],
            .n = b.shape[1],
            .a_row = a.strides[0],
            .a_column = a.strides[1],
            .b_row = b.strides[0],
            .b_column = b.strides[1],
            .a_copy = -1,
            .cut = {}};
  p.cut = matmul_cut(p.m, p.k, p.n);
  p.cut.columns = ceil_div(p.cut.columns, p.loops.columns) * p.loops.columns;  // whole panels
  std::int64_t floats = p.panels() * p.loops.columns * p.k;
  Prepared prepared;
  if (p.m == 0 || p.n == 0) return prepared;
  prepared.stages.push_back(
      {p.panels(), [p](std::int64_t panel, const Buffers& buffers) { p.pack_panel(panel, buffers); }});
  if (p.a_column != 1 && p.k > 1) {
    p.a_copy = floats;
    floats += p.m * p.k;
    prepared.stages.push_back({ceil_div(p.m, kCopyRows), [p](std::int64_t piece, const Buffers& buffers) {
                                 p.copy_rows(piece * kCopyRows, std::min(kCopyRows, p.m - piece * kCopyRows), buffers);
                               }});
  }
  prepared.stages.push_back({ceil_div(p.m, p.cut.rows) * p.across(),
                             [p](std::int64_t piece, const Buffers& buffers) { p.run(piece, buffers); }});
  prepared.workspace_bytes = static_cast<std::size_t>(floats) * sizeof(float);
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_matmul();
std::vector<Kernel> kernels_cpu_matmul() {
  return {{.op = "matmul", .name = "matmul", .backend = "cpu", .prepare = cpu::prepare}};
}

}  // namespace percept
