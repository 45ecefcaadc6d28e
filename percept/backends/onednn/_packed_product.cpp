// _packed_product.cpp - y = a b with b brought into oneDNN's order beforehand: nothing is turned or copied at a call,
// which takes longer than the product itself where rows are few.
#include "percept/backends/onednn/_packed_product.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/backends/onednn/_slots.h"
#include "percept/backends/onednn/door.h"

namespace percept::onednn {
namespace {

std::int64_t pieces_of(std::int64_t size, std::int64_t each) { return (size + each - 1) / each; }

// As the product itself, but that few rows are bound by reading b: many pieces, each some 0.5 MiB of it.
MatmulCut packed_cut(const MatmulSizes& s) {
  constexpr std::int64_t kFewRows = 16, kWorthAPiece = std::int64_t{1} << 17, kMostPieces = 16, kBlock = 64;
  if (s.m > kFewRows) return matmul_cut(s.m, s.k, s.n);
  const std::int64_t pieces = std::clamp<std::int64_t>(s.k * s.n / kWorthAPiece, 1, kMostPieces);
  return {s.m, std::min(s.n, pieces_of(pieces_of(s.n, pieces), kBlock) * kBlock)};
}

class PackedProduct {
 public:
  explicit PackedProduct(const MatmulSizes& s) : s_(s), cut_(packed_cut(s)) {
    row_pieces_ = pieces_of(s.m, cut_.rows), column_pieces_ = pieces_of(s.n, cut_.columns);
    slots_ = std::make_unique<WorkSlots>(pieces());
    const OneThread one;
    for (std::int64_t c = 0; c < column_pieces_; ++c) add_columns(std::min(cut_.columns, s.n - c * cut_.columns));
    for (const Columns& columns : kinds_)
      for (const Runner& runner : columns.runners)
        scratch_bytes_ = std::max(scratch_bytes_, aligned(runner.scratch_bytes()));
    if (column_pieces_ > 1) y_bytes_ = float_bytes(cut_.rows * cut_.columns);
  }

  std::int64_t pieces() const { return row_pieces_ * column_pieces_; }
  std::int64_t column_pieces() const { return column_pieces_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t workspace_bytes() const {
    return (scratch_bytes_ + y_bytes_) * static_cast<std::size_t>(slots_->count());
  }

  void pack(std::int64_t piece, const float* b, std::byte* block) const {
    const WorkSlots::Held slot(*slots_);
    const OneThread one;
    kinds_[kind_of(piece)].order.run(slot.index(), b + piece * cut_.columns * s_.b[1], block + offset_of(piece));
  }

  // The way back. Throws dnnl::error as door.h says.
  class Unpack {
   public:
    explicit Unpack(std::shared_ptr<const PackedProduct> product) : product_(std::move(product)) {
      const OneThread one;
      for (const Columns& kind : product_->kinds_) {
        const auto plain = product_->plain(kind.count);
        back_.push_back(order(kind.desc, plain, *product_->slots_));
      }
    }
    void run(std::int64_t piece, const std::byte* block, float* b) const {
      const WorkSlots::Held slot(*product_->slots_);
      const OneThread one;
      back_[product_->kind_of(piece)].run(slot.index(), block + product_->offset_of(piece),
                                          b + piece * product_->cut_.columns * product_->s_.b[1]);
    }

   private:
    std::shared_ptr<const PackedProduct> product_;
    std::vector<Runner> back_;  // one per kind of columns
  };

  void run(std::int64_t piece, const Buffers& buffers) const {
    const std::int64_t c = piece % column_pieces_, row = piece / column_pieces_ * cut_.rows, column = c * cut_.columns;
    const std::int64_t rows = std::min(cut_.rows, s_.m - row), columns = std::min(cut_.columns, s_.n - column);
    const WorkSlots::Held slot(*slots_);
    std::byte* mine = buffers.workspace + (scratch_bytes_ + y_bytes_) * static_cast<std::size_t>(slot.index());
    float* y = buffers.out<float>(0) + row * s_.n + column;
    const bool direct = columns == s_.n || rows == 1;
    float* target = direct ? y : reinterpret_cast<float*>(mine + scratch_bytes_);
    {
      const OneThread one;
      const Columns& kind = kinds_[kind_of(c)];
      kind.runners[rows != cut_.rows].run(slot.index(), buffers.in<float>(0) + row * s_.k,
                                          buffers.in<std::byte>(1) + offset_of(c), target, mine);
    }
    if (!direct)
      for (std::int64_t r = 0; r < rows; ++r)
        std::memcpy(y + r * s_.n, target + r * columns, static_cast<std::size_t>(columns) * sizeof(float));
  }

  Region region(std::int64_t piece) const {
    const std::int64_t column = piece % column_pieces_ * cut_.columns, row = piece / column_pieces_ * cut_.rows;
    return {{row, column}, {std::min(cut_.rows, s_.m - row), std::min(cut_.columns, s_.n - column)}};
  }

 private:
  // Products with so many columns of b: for all rows of a piece, and for the last, fewer ones.
  struct Columns {
    std::int64_t count;
    dnnl::memory::desc desc;
    std::vector<Runner> runners;
    Runner order;
    std::size_t bytes;
  };

  void add_columns(std::int64_t count) {
    if (kinds_.empty() || kinds_.back().count != count) {
      Columns& kind = kinds_.emplace_back(Columns{count, {}, {}, {}, 0});
      add_rows(kind, cut_.rows);
      if (const std::int64_t last = s_.m - (row_pieces_ - 1) * cut_.rows; last != cut_.rows) add_rows(kind, last);
      kind.order = order(plain(count), kind.desc, *slots_);
      kind.bytes = aligned(kind.desc.get_size());
    }
    bytes_ += kinds_.back().bytes;
  }

  dnnl::memory::desc plain(std::int64_t columns) const {
    return f32({s_.k, columns}, dnnl::memory::dims{s_.b[0], s_.b[1]});
  }
  static Runner order(const dnnl::memory::desc& from, const dnnl::memory::desc& to, const WorkSlots& slots) {
    const auto desc = reorder_desc(from, to);
    if (desc.scratchpad_desc().get_size() != 0) throw dnnl::error(dnnl_unimplemented, "a reorder wants a scratchpad");
    return Runner(dnnl::reorder(desc), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}, desc.scratchpad_desc(),
                  slots.count());
  }

  // Only the AVX-512 kind, whose sums follow from K alone: see matmul.cpp.
  void add_rows(Columns& kind, std::int64_t rows) {
    const auto a = f32({rows, s_.k}, {s_.k, 1}), y = f32({rows, kind.count}, {kind.count, 1});
    const auto b = kind.runners.empty() ? f32({s_.k, kind.count}, dnnl::memory::format_tag::any) : kind.desc;
    const auto desc = matmul_desc(a, b, y);
    if (!std::string_view(desc.impl_info_str()).starts_with("brg"))
      throw dnnl::error(dnnl_unimplemented, "another kind of product");
    kind.desc = desc.weights_desc();
    kind.runners.emplace_back(
        dnnl::matmul(desc),
        std::vector<Runner::Argument>{{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, kind.desc}, {DNNL_ARG_DST, y}},
        desc.scratchpad_desc(), slots_->count());
  }

  std::size_t kind_of(std::int64_t column_piece) const {
    return kinds_.size() > 1 && column_piece == column_pieces_ - 1 ? 1 : 0;
  }
  std::size_t offset_of(std::int64_t column_piece) const {
    return kinds_[0].bytes * static_cast<std::size_t>(column_piece);
  }

  MatmulSizes s_;
  MatmulCut cut_;
  std::int64_t row_pieces_ = 1, column_pieces_ = 1;
  std::unique_ptr<WorkSlots> slots_;
  std::vector<Columns> kinds_;  // at most two: the last columns may be fewer
  std::size_t bytes_ = 0, scratch_bytes_ = 0, y_bytes_ = 0;
};

}  // namespace

std::shared_ptr<const Prepacked> prepack_matmul(const MatmulSizes& sizes) {
  // Beyond, a second b in memory costs more than it gains: reading b is what takes the time.
  constexpr std::int64_t kMost = std::int64_t{1} << 22;
  const bool rows_follow = sizes.m == 1 || sizes.a[0] == sizes.k;
  if (sizes.matrices != 1 || sizes.k * sizes.n > kMost || !rows_follow || (sizes.k > 1 && sizes.a[1] != 1))
    return nullptr;
  std::shared_ptr<const PackedProduct> product;
  try {
    product = std::make_shared<const PackedProduct>(sizes);
  } catch (const dnnl::error&) {
    return nullptr;
  }
  auto packed = std::make_shared<Prepacked>();
  packed->input = 1;
  packed->bytes = product->bytes();
  packed->pack = {{product->column_pieces(), [product](std::int64_t i, const Buffers& b) {
                     product->pack(i, b.in<float>(0), b.out<std::byte>(0));
                   }}};
  packed->then.workspace_bytes = product->workspace_bytes();
  packed->then.stages = {{product->pieces(), [product](std::int64_t i, const Buffers& b) { product->run(i, b); },
                          [product](std::int64_t i) { return product->region(i); }}};
  packed->unpack = [product]() -> std::vector<Stage> {
    try {
      const auto back = std::make_shared<const PackedProduct::Unpack>(product);
      return {{product->column_pieces(),
               [back](std::int64_t i, const Buffers& b) { back->run(i, b.in<std::byte>(0), b.out<float>(0)); }}};
    } catch (const dnnl::error&) {
      return {};
    }
  };
  return packed;
}

}  // namespace percept::onednn
