// matmul.cpp - matrix products in f32, cut by output, each piece one oneDNN product on one thread.
//
// A row's bits must not depend on how many rows share the call. oneDNN 2.6.3 has two ways, found by experiment:
// - AVX-512 ("brg"): each element's sum follows from K alone, whatever the rows, columns and order of b. It takes only
//   matrices without gaps, so pieces that cut columns work on copies of their part of b and y. One row alone times
//   columns that lie in one piece each has a product of its own with those bits (_row_product.h).
// - others ("gemm"): rows beyond a multiple of 6, single rows and single columns are summed in another order. So all
//   columns stay together, and rows are padded to a multiple of 6. a is always row-major: its order changes bits too.
#include "percept/ops/linalg/matmul.h"

#include <memory>
#include <utility>

#include "percept/backends/onednn/_copy.h"
#include "percept/backends/onednn/_packed_product.h"
#include "percept/backends/onednn/_row_product.h"
#include "percept/backends/onednn/_slots.h"
#include "percept/backends/onednn/door.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace {

using namespace onednn;

constexpr std::int64_t kGemmRows = 48, kGemmMultiple = 6;

std::int64_t pieces_of(std::int64_t size, std::int64_t each) { return (size + each - 1) / each; }

// Whether a matrix is stored row after row without gaps; strides of sizes of 1 say nothing.
bool is_packed(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, std::int64_t column_stride) {
  return (rows == 1 || row_stride == columns) && (columns == 1 || column_stride == 1);
}

// One product of fixed sizes; a and y without gaps.
struct Piece {
  Runner runner;
  bool brg = false;
};
Piece make_piece(std::int64_t m, std::int64_t k, std::int64_t n, bool b_transposed, int slots) {
  const auto a = f32({m, k}, {k, 1}), y = f32({m, n}, {n, 1});
  const auto b = b_transposed ? f32({k, n}, {1, k}) : f32({k, n}, {n, 1});
  const auto desc = matmul_desc(a, b, y);
  return {Runner(dnnl::matmul(desc), {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, y}},
                 desc.scratchpad_desc(), slots),
          std::string_view(desc.impl_info_str()).starts_with("brg")};
}

class Product {
 public:
  explicit Product(const MatmulSizes& sizes)
      : sizes_(sizes), m_(sizes.m), k_(sizes.k), n_(sizes.n), a_strides_(sizes.a), b_strides_(sizes.b) {
    a_copied_ = !is_packed(m_, k_, a_strides_[0], a_strides_[1]);
    const bool rows = is_packed(k_, n_, b_strides_[0], b_strides_[1]);
    b_transposed_ = !rows && is_packed(n_, k_, b_strides_[1], b_strides_[0]);
    if (!make_pieces(matmul_cut(m_, k_, n_)) || !all_brg_) {
      padded_ = true;
      make_pieces({std::min(kGemmRows, m_), n_});
    }
    // b as it is, where that is without gaps; else each piece copies its columns; but where several rows of pieces
    // share them, all of b is copied first, its pieces' columns one after the other.
    if (!b_transposed_ && !(rows && cut_.columns == n_)) (row_pieces_ == 1 ? b_per_piece_ : b_copied_) = true;
    lay_out();
  }

  std::size_t workspace_bytes() const { return slots_at_ + slot_bytes_ * static_cast<std::size_t>(slots_->count()); }
  std::int64_t pieces() const {
    return per_matrix() == 1 ? pieces_of(sizes_.matrices, group_) : sizes_.matrices * per_matrix();
  }
  std::int64_t copies() const { return a_matrices() * copies_of_a() + b_matrices() * copies_of_b(); }

  void copy(std::int64_t piece, const Buffers& buffers) const {
    const std::int64_t of_a = a_matrices() * copies_of_a();
    if (piece < of_a) {
      const std::int64_t i = piece / copies_of_a(), row = piece % copies_of_a() * copy_rows_;
      copy_rows(buffers.in<float>(0) + sizes_.place(i).first + row * a_strides_[0], a_strides_[0], a_strides_[1],
                std::min(copy_rows_, m_ - row), k_, at(buffers, a_at_) + (i * m_ + row) * k_);
    } else {
      const std::int64_t i = (piece - of_a) / copies_of_b(), column = (piece - of_a) % copies_of_b() * cut_.columns;
      copy_rows(buffers.in<float>(1) + sizes_.place(i).second + column * b_strides_[1], b_strides_[0], b_strides_[1],
                k_, std::min(cut_.columns, n_ - column), at(buffers, b_at_) + (i * n_ + column) * k_);
    }
  }

  // Of the only matrix.
  Region region(std::int64_t piece) const {
    const std::int64_t row = piece / column_pieces_ * cut_.rows, column = piece % column_pieces_ * cut_.columns;
    return {{row, column}, {std::min(cut_.rows, m_ - row), std::min(cut_.columns, n_ - column)}};
  }

  // A part of one matrix, or some whole ones where they are small.
  void run(std::int64_t piece, const Buffers& buffers) const {
    const WorkSlots::Held slot(*slots_);
    if (per_matrix() > 1) return run_part(piece / per_matrix(), piece % per_matrix(), slot.index(), buffers);
    const std::int64_t end = std::min((piece + 1) * group_, sizes_.matrices);
    for (std::int64_t i = piece * group_; i < end; ++i) run_part(i, 0, slot.index(), buffers);
  }

 private:
  void run_part(std::int64_t matrix, std::int64_t part, int slot, const Buffers& buffers) const {
    const std::int64_t row = part / column_pieces_ * cut_.rows, column = part % column_pieces_ * cut_.columns;
    const std::int64_t rows = std::min(cut_.rows, m_ - row), columns = std::min(cut_.columns, n_ - column);
    std::byte* mine = buffers.workspace + slots_at_ + slot_bytes_ * static_cast<std::size_t>(slot);
    const auto [at_a, at_b] = sizes_.place(matrix);

    const float* a =
        a_copied_ ? at(buffers, a_at_) + (sizes_.a_shared ? 0 : matrix * m_ * k_) : buffers.in<float>(0) + at_a;
    a += row * k_;
    const std::int64_t padded_rows = padded(rows);
    if (padded_rows != rows) a = padded_copy(a, rows, padded_rows, reinterpret_cast<float*>(mine + slot_a_));
    const float* b =
        b_copied_ ? at(buffers, b_at_) + (sizes_.b_shared ? 0 : matrix * n_ * k_) : buffers.in<float>(1) + at_b;
    if (b_transposed_ || b_copied_) {
      b += column * k_;  // whole columns of b lie together, in either order
    } else if (b_per_piece_) {
      float* packed = reinterpret_cast<float*>(mine + slot_b_);
      copy_rows(b + column * b_strides_[1], b_strides_[0], b_strides_[1], k_, columns, packed);
      b = packed;
    }
    float* y = buffers.out<float>(0) + (matrix * m_ + row) * n_ + column;
    const bool direct = padded_rows == rows && (columns == n_ || rows == 1);
    float* target = direct ? y : reinterpret_cast<float*>(mine + slot_y_);
    {
      const OneThread one;
      const bool last_row = rows != cut_.rows, last_column = columns != cut_.columns;
      kinds_[last_row][last_column].runner.run(slot, a, b, target, mine);
    }
    if (!direct)
      for (std::int64_t r = 0; r < rows; ++r)
        std::memcpy(y + r * n_, target + r * columns, static_cast<std::size_t>(columns) * sizeof(float));
  }

  std::int64_t per_matrix() const { return row_pieces_ * column_pieces_; }
  std::int64_t a_matrices() const { return sizes_.a_shared ? 1 : sizes_.matrices; }
  std::int64_t b_matrices() const { return sizes_.b_shared ? 1 : sizes_.matrices; }
  std::int64_t padded(std::int64_t rows) const {
    return padded_ ? (rows + kGemmMultiple - 1) / kGemmMultiple * kGemmMultiple : rows;
  }
  static float* at(const Buffers& buffers, std::size_t offset) {
    return reinterpret_cast<float*>(buffers.workspace + offset);
  }

  // False as soon as a piece turns out not to be of the AVX-512 kind.
  bool make_pieces(const MatmulCut& cut) {
    cut_ = cut;
    row_pieces_ = pieces_of(m_, cut.rows), column_pieces_ = pieces_of(n_, cut.columns);
    group_ = matrices_per_piece(sizes_);
    slots_ = std::make_unique<WorkSlots>(pieces());
    const std::int64_t rows[] = {cut.rows, m_ - (row_pieces_ - 1) * cut.rows};
    const std::int64_t columns[] = {cut.columns, n_ - (column_pieces_ - 1) * cut.columns};
    const OneThread one;
    all_brg_ = true;
    for (int r = 0; r < 2; ++r)
      for (int c = 0; c < 2; ++c) {
        if ((r && rows[1] == rows[0]) || (c && columns[1] == columns[0])) continue;
        kinds_[r][c] = make_piece(padded(rows[r]), k_, columns[c], b_transposed_, slots_->count());
        all_brg_ = all_brg_ && kinds_[r][c].brg;
        if (!padded_ && !all_brg_) return false;
      }
    return true;
  }

  // Workspace: copies of a and b, then per slot: scratchpad, padded rows of a, columns of b, part of y.
  void lay_out() {
    b_at_ = a_copied_ ? float_bytes(a_matrices() * m_ * k_) : 0;
    slots_at_ = b_at_ + (b_copied_ ? float_bytes(b_matrices() * k_ * n_) : 0);
    std::size_t scratch = 0;
    for (const auto& row : kinds_)
      for (const Piece& piece : row) scratch = std::max(scratch, piece.runner.scratch_bytes());
    slot_a_ = aligned(scratch);
    slot_b_ = slot_a_ + (padded_ ? float_bytes(padded(cut_.rows) * k_) : 0);
    slot_y_ = slot_b_ + (b_per_piece_ ? float_bytes(k_ * cut_.columns) : 0);
    slot_bytes_ = slot_y_ + (padded_ || cut_.columns < n_ ? float_bytes(padded(cut_.rows) * cut_.columns) : 0);
    constexpr std::int64_t kCopied = 1 << 16;  // elements of one piece of a copy
    copy_rows_ = std::max<std::int64_t>(16, kCopied / k_ / 16 * 16);
  }

  std::int64_t copies_of_a() const { return a_copied_ ? pieces_of(m_, copy_rows_) : 0; }
  std::int64_t copies_of_b() const { return b_copied_ ? column_pieces_ : 0; }

  const float* padded_copy(const float* a, std::int64_t rows, std::int64_t padded_rows, float* to) const {
    std::memcpy(to, a, static_cast<std::size_t>(rows * k_) * sizeof(float));
    std::memset(to + rows * k_, 0, static_cast<std::size_t>((padded_rows - rows) * k_) * sizeof(float));
    return to;
  }

  MatmulSizes sizes_;
  std::int64_t group_ = 1;  // whole matrices of one piece
  std::int64_t m_, k_, n_, row_pieces_ = 1, column_pieces_ = 1, copy_rows_ = 1;
  Strides a_strides_, b_strides_;
  MatmulCut cut_;
  bool a_copied_ = false, b_transposed_ = false, b_per_piece_ = false, b_copied_ = false;
  bool padded_ = false, all_brg_ = false;
  Piece kinds_[2][2];  // [rows are the last, smaller ones][columns are]
  std::unique_ptr<WorkSlots> slots_;
  std::size_t a_at_ = 0, b_at_ = 0, slots_at_ = 0, slot_bytes_ = 0, slot_a_ = 0, slot_b_ = 0, slot_y_ = 0;
};

std::optional<Prepared> prepare_matmul(const Attrs&, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || inputs[0].dtype != DType::f32) return {};
  if (results[0].numel() == 0 || inputs[0].shape.back() == 0 || !results[0].is_contiguous()) return {};
  const MatmulSizes sizes = matmul_sizes(inputs[0], inputs[1]);
  const bool one_result = results[0].shape == Shape{sizes.m, sizes.n};  // of rank 2
  std::shared_ptr<const Product> product;
  try {
    if (auto row = one_result ? prepare_row_product(sizes) : std::nullopt) {
      row->prepack = [sizes] { return prepack_matmul(sizes); };
      return row;
    }
    product = std::make_shared<const Product>(sizes);
  } catch (const dnnl::error&) {
    return {};
  }
  Prepared prepared;
  prepared.workspace_bytes = product->workspace_bytes();
  if (product->copies() > 0)
    prepared.stages.push_back(
        {product->copies(), [product](std::int64_t i, const Buffers& b) { product->copy(i, b); }});
  prepared.stages.push_back({product->pieces(), [product](std::int64_t i, const Buffers& b) { product->run(i, b); }});
  if (one_result) {
    prepared.stages.back().completes = [product](std::int64_t i) { return product->region(i); };
    prepared.prepack = [sizes] { return prepack_matmul(sizes); };
  }
  return prepared;
}

}  // namespace

std::vector<Kernel> kernels_onednn_matmul();
std::vector<Kernel> kernels_onednn_matmul() {
  return {{.op = "matmul", .name = "matmul", .backend = "onednn", .prepare = prepare_matmul, .algorithm = "f32"}};
}

}  // namespace percept
