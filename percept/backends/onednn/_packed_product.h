// _packed_product.h - y = a b with b brought into oneDNN's order beforehand.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "percept/backends/onednn/_slots.h"
#include "percept/backends/onednn/door.h"
#include "percept/ops/linalg/matmul.h"

namespace percept::onednn {

// One of the matrices, of f32 or of operands rounded to bf16; y is f32. `at_once`: how many products run at once, at
// most. Throws dnnl::error where oneDNN has only products whose sums depend on more than K.
class PackedProduct {
 public:
  PackedProduct(const MatmulSizes& sizes, Operands operands, std::int64_t at_once = 1,
                std::optional<MatmulCut> cut = {});

  std::int64_t pieces() const { return row_pieces_ * column_pieces_; }
  std::int64_t column_pieces() const { return column_pieces_; }
  std::size_t bytes() const { return bytes_; }  // of the block with b
  std::size_t workspace_bytes() const;
  Region region(std::int64_t piece) const;

  // Columns of b, f32 in the strides of `sizes`, into the block. One of column_pieces().
  void pack(std::int64_t piece, const float* b, std::byte* block) const;
  // A part of y. a: rows without gaps, of the operands' type.
  void run(std::int64_t piece, const void* a, const std::byte* block, float* y, std::byte* workspace) const;

  // The way back, of f32.
  class Unpack {
   public:
    explicit Unpack(std::shared_ptr<const PackedProduct> product);
    void run(std::int64_t piece, const std::byte* block, float* b) const;

   private:
    std::shared_ptr<const PackedProduct> product_;
    std::vector<Runner> back_;  // one per kind of columns
  };

 private:
  // Products with so many columns of b: for all rows of a piece, and for the last, fewer ones.
  struct Columns {
    std::int64_t count;
    dnnl::memory::desc desc;
    std::vector<Runner> runners;
    Runner order;
    std::size_t bytes;
  };
  void add_columns(std::int64_t count);
  void add_rows(Columns& kind, std::int64_t rows);
  dnnl::memory::desc plain(std::int64_t columns) const;
  std::size_t kind_of(std::int64_t column_piece) const;
  std::size_t offset_of(std::int64_t column_piece) const;

  MatmulSizes s_;
  Operands operands_;
  MatmulCut cut_;
  std::int64_t row_pieces_ = 1, column_pieces_ = 1;
  std::unique_ptr<WorkSlots> slots_;
  std::vector<Columns> kinds_;  // at most two: the last columns may be fewer
  std::size_t bytes_ = 0, scratch_bytes_ = 0, y_bytes_ = 0;
};

// For a plan whose b stays, in f32, where there is something to gain and the bits are those of the product with b as it
// came. Null otherwise.
std::shared_ptr<const Prepacked> prepack_matmul(const MatmulSizes& sizes);

}  // namespace percept::onednn
