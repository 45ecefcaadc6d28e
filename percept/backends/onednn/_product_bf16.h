// _product_bf16.h - matrix products of f32 operands rounded to bf16: two stages, both operands into the workspace and
// the products. Sums are f32 and follow from K alone.
#pragma once
#include <algorithm>
#include <memory>

#include "percept/backends/onednn/_packed_product.h"

namespace percept::onednn {

// Rows of a from any strides into bf16 without gaps, matrix after matrix.
class RoundedRows {
 public:
  explicit RoundedRows(const MatmulSizes& s) : s_(s), matrices_(s.a_shared ? 1 : s.matrices) {
    constexpr std::int64_t kElements = std::int64_t{1} << 16;
    each_ = std::clamp<std::int64_t>(kElements / s.k, 1, s.m);
    slots_ = std::make_unique<WorkSlots>(pieces());
    const OneThread one;
    whole_ = make(each_);
    if (s.m % each_ != 0) last_ = make(s.m % each_);
  }
  std::int64_t pieces() const { return matrices_ * of_matrix(); }
  std::size_t bytes() const { return bf16_bytes(matrices_ * s_.m * s_.k); }
  void run(std::int64_t piece, const float* a, std::byte* to) const {
    const std::int64_t matrix = piece / of_matrix(), row = piece % of_matrix() * each_;
    const WorkSlots::Held slot(*slots_);
    const OneThread one;
    (s_.m - row < each_ ? last_ : whole_)
        .run(slot.index(), a + s_.place(matrix).first + row * s_.a[0], to + (matrix * s_.m + row) * s_.k * 2);
  }

 private:
  std::int64_t of_matrix() const { return (s_.m + each_ - 1) / each_; }
  Runner make(std::int64_t rows) const {
    using Dims = dnnl::memory::dims;
    return reordering(f32({rows, s_.k}, Dims{s_.a[0], s_.a[1]}),
                      {Dims{rows, s_.k}, dnnl::memory::data_type::bf16, Dims{s_.k, 1}}, slots_->count());
  }

  MatmulSizes s_;
  std::int64_t matrices_, each_ = 1;
  std::unique_ptr<WorkSlots> slots_;
  Runner whole_, last_;
};

// Both operands brought into bf16, and the product in pieces. Throws dnnl::error as PackedProduct does.
class ProductBf16 {
 public:
  explicit ProductBf16(const MatmulSizes& s, std::optional<MatmulCut> cut = {})
      : s_(s), product_(s, Operands::bf16, s.matrices, cut), rows_(s), group_(matrices_per_piece(s)) {}

  std::size_t a_bytes() const { return rows_.bytes(); }
  std::size_t b_bytes() const { return product_.bytes() * static_cast<std::size_t>(b_matrices()); }
  std::size_t workspace_bytes() const { return product_.workspace_bytes(); }
  std::int64_t row_pieces() const { return rows_.pieces(); }
  std::int64_t b_pieces() const { return b_matrices() * product_.column_pieces(); }
  std::int64_t pieces() const {
    return product_.pieces() > 1 ? s_.matrices * product_.pieces() : (s_.matrices + group_ - 1) / group_;
  }
  Region region(std::int64_t piece) const { return product_.region(piece); }  // of the only matrix

  void round_rows(std::int64_t piece, const float* a, std::byte* to) const { rows_.run(piece, a, to); }
  void pack(std::int64_t piece, const float* b, std::byte* to) const {
    const std::int64_t matrix = piece / product_.column_pieces(), part = piece % product_.column_pieces();
    product_.pack(part, b + s_.place(matrix).second, to + product_.bytes() * static_cast<std::size_t>(matrix));
  }

  // A part of one matrix, or some whole ones where they are small.
  void run(std::int64_t piece, const std::byte* a, const std::byte* b, float* y, std::byte* workspace) const {
    if (const std::int64_t parts = product_.pieces(); parts > 1)
      return run_part(piece / parts, piece % parts, a, b, y, workspace);
    const std::int64_t end = std::min((piece + 1) * group_, s_.matrices);
    for (std::int64_t i = piece * group_; i < end; ++i) run_part(i, 0, a, b, y, workspace);
  }

 private:
  std::int64_t b_matrices() const { return s_.b_shared ? 1 : s_.matrices; }
  void run_part(std::int64_t matrix, std::int64_t part, const std::byte* a, const std::byte* b, float* y,
                std::byte* workspace) const {
    const std::int64_t of_a = s_.a_shared ? 0 : matrix, of_b = s_.b_shared ? 0 : matrix;
    product_.run(part, a + of_a * s_.m * s_.k * 2, b + product_.bytes() * static_cast<std::size_t>(of_b),
                 y + matrix * s_.m * s_.n, workspace);
  }

  MatmulSizes s_;
  PackedProduct product_;
  RoundedRows rows_;
  std::int64_t group_;  // whole matrices of one piece
};

}  // namespace percept::onednn
