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
  MatmulSizes sizes;
  std::int64_t group = 1;  // whole matrices of one piece

  std::int64_t panels() const { return ceil_div(n, loops.columns); }
  std::int64_t across() const { return ceil_div(n, cut.columns); }

  std::int64_t packed() const { return panels() * loops.columns * k; }  // elements of one b
  std::int64_t a_matrices() const { return sizes.a_shared ? 1 : sizes.matrices; }
  std::int64_t b_matrices() const { return sizes.b_shared ? 1 : sizes.matrices; }
  std::int64_t per_matrix() const { return ceil_div(m, cut.rows) * across(); }
  std::int64_t pieces() const {
    return per_matrix() == 1 ? ceil_div(sizes.matrices, group) : sizes.matrices * per_matrix();
  }

  void pack_panel(std::int64_t piece, const Buffers& b) const {
    const std::int64_t matrix = piece / panels(), first = piece % panels() * loops.columns;
    pack_lines(b.in<float>(1) + sizes.place(matrix).second + first * b_column, b_column, b_row,
               std::min(loops.columns, n - first), loops.columns, k,
               reinterpret_cast<float*>(b.workspace) + matrix * packed() + first * k);
  }

  // Rows of a in blocks, so that the lines its columns lie on are read once.
  void copy_rows(std::int64_t matrix, std::int64_t first, std::int64_t count, const Buffers& b) const {
    constexpr std::int64_t kBlock = 32;
    const float* a = b.in<float>(0) + sizes.place(matrix).first;
    float* to = reinterpret_cast<float*>(b.workspace) + a_copy + matrix * m * k;
    for (std::int64_t column = 0; column < k; column += kBlock)
      for (std::int64_t row = first; row < first + count; ++row)
        for (std::int64_t c = column; c < std::min(column + kBlock, k); ++c)
          to[row * k + c] = a[row * a_row + c * a_column];
  }

  // A part of one matrix, or some whole ones where they are small.
  void run(std::int64_t piece, const Buffers& b) const {
    if (per_matrix() > 1) return run_part(piece / per_matrix(), piece % per_matrix(), b);
    for (std::int64_t i = piece * group; i < std::min((piece + 1) * group, sizes.matrices); ++i) run_part(i, 0, b);
  }

  void run_part(std::int64_t matrix, std::int64_t part, const Buffers& b) const {
    const std::int64_t top = part / across() * cut.rows, bottom = std::min(top + cut.rows, m);
    const std::int64_t left = part % across() * cut.columns, right = std::min(left + cut.columns, n);
    const float* workspace = reinterpret_cast<const float*>(b.workspace);
    const float* packed_b = workspace + (sizes.b_shared ? 0 : matrix * packed());
    const float* a = a_copy < 0 ? b.in<float>(0) + sizes.place(matrix).first
                                : workspace + a_copy + (sizes.a_shared ? 0 : matrix * m * k);
    const std::int64_t step = a_copy < 0 ? a_row : k;
    const float* rows[kMostTileRows] = {};
    ProductTile tile{.rows = rows, .depth = k, .y_row = n};
    for (std::int64_t column = left; column < right; column += tile.columns) {
      tile.columns = std::min(loops.columns, right - column);
      tile.b = packed_b + column * k;
      for (std::int64_t row = top; row < bottom; row += tile.count) {
        tile.count = static_cast<int>(std::min<std::int64_t>(loops.rows, bottom - row));
        for (int r = 0; r < tile.count; ++r) rows[r] = a + (row + r) * step;
        tile.y = b.out<float>(0) + (matrix * m + row) * n + column;
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
            .m = 0,
            .k = 0,
            .n = 0,
            .a_row = 0,
            .a_column = 0,
            .b_row = 0,
            .b_column = 0,
            .a_copy = -1,
            .cut = {},
            .sizes = matmul_sizes(a, b)};
  p.m = p.sizes.m, p.k = p.sizes.k, p.n = p.sizes.n;
  p.a_row = p.sizes.a[0], p.a_column = p.sizes.a[1], p.b_row = p.sizes.b[0], p.b_column = p.sizes.b[1];
  p.cut = matmul_cut(p.m, p.k, p.n);
  p.cut.columns = ceil_div(p.cut.columns, p.loops.columns) * p.loops.columns;  // whole panels
  p.group = matrices_per_piece(p.sizes);
  std::int64_t floats = p.b_matrices() * p.packed();
  Prepared prepared;
  if (results[0].numel() == 0) return prepared;
  prepared.stages.push_back(
      {p.b_matrices() * p.panels(), [p](std::int64_t piece, const Buffers& buffers) { p.pack_panel(piece, buffers); }});
  if (p.a_column != 1 && p.k > 1) {
    p.a_copy = floats;
    floats += p.a_matrices() * p.m * p.k;
    const std::int64_t each = ceil_div(p.m, kCopyRows);
    prepared.stages.push_back({p.a_matrices() * each, [p, each](std::int64_t piece, const Buffers& buffers) {
                                 const std::int64_t first = piece % each * kCopyRows;
                                 p.copy_rows(piece / each, first, std::min(kCopyRows, p.m - first), buffers);
                               }});
  }
  prepared.stages.push_back({p.pieces(), [p](std::int64_t piece, const Buffers& buffers) { p.run(piece, buffers); }});
  prepared.workspace_bytes = static_cast<std::size_t>(floats) * sizeof(float);
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_matmul();
std::vector<Kernel> kernels_cpu_matmul() {
  return {{.op = "matmul", .name = "matmul", .backend = "cpu", .prepare = cpu::prepare, .algorithm = "f32"}};
}

}  // namespace percept
