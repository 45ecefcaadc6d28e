// _packed_product.cpp - y = a b with b brought into oneDNN's order beforehand: nothing is turned or copied at a call,
// which takes longer than the product itself where rows are few.
#include "percept/backends/onednn/_packed_product.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "percept/base/checked.h"

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

}  // namespace

PackedProduct::PackedProduct(const MatmulSizes& s, Operands operands, std::int64_t at_once,
                             std::optional<MatmulCut> cut)
    : s_(s), operands_(operands), cut_(cut ? *cut : packed_cut(s)) {
  row_pieces_ = pieces_of(s.m, cut_.rows), column_pieces_ = pieces_of(s.n, cut_.columns);
  slots_ = std::make_unique<WorkSlots>(checked_mul(pieces(), at_once));
  const OneThread one;
  for (std::int64_t c = 0; c < column_pieces_; ++c) add_columns(std::min(cut_.columns, s.n - c * cut_.columns));
  for (const Columns& columns : kinds_)
    for (const Runner& runner : columns.runners)
      scratch_bytes_ = std::max(scratch_bytes_, aligned(runner.scratch_bytes()));
  if (column_pieces_ > 1) y_bytes_ = float_bytes(cut_.rows * cut_.columns);
}

std::size_t PackedProduct::workspace_bytes() const {
  return (scratch_bytes_ + y_bytes_) * static_cast<std::size_t>(slots_->count());
}

void PackedProduct::pack(std::int64_t piece, const float* b, std::byte* block) const {
  const WorkSlots::Held slot(*slots_);
  const OneThread one;
  kinds_[kind_of(piece)].order.run(slot.index(), b + piece * cut_.columns * s_.b[1], block + offset_of(piece));
}

PackedProduct::Unpack::Unpack(std::shared_ptr<const PackedProduct> product) : product_(std::move(product)) {
  const OneThread one;
  for (const Columns& kind : product_->kinds_)
    back_.push_back(reordering(kind.desc, product_->plain(kind.count), product_->slots_->count()));
}

void PackedProduct::Unpack::run(std::int64_t piece, const std::byte* block, float* b) const {
  const WorkSlots::Held slot(*product_->slots_);
  const OneThread one;
  back_[product_->kind_of(piece)].run(slot.index(), block + product_->offset_of(piece),
                                      b + piece * product_->cut_.columns * product_->s_.b[1]);
}

void PackedProduct::run(std::int64_t piece, const void* a, const std::byte* block, float* y,
                        std::byte* workspace) const {
  const std::int64_t c = piece % column_pieces_, row = piece / column_pieces_ * cut_.rows, column = c * cut_.columns;
  const std::int64_t rows = std::min(cut_.rows, s_.m - row), columns = std::min(cut_.columns, s_.n - column);
  const WorkSlots::Held slot(*slots_);
  std::byte* mine = workspace + (scratch_bytes_ + y_bytes_) * static_cast<std::size_t>(slot.index());
  y += row * s_.n + column;
  const bool direct = columns == s_.n || rows == 1;
  float* target = direct ? y : reinterpret_cast<float*>(mine + scratch_bytes_);
  {
    const OneThread one;
    const Columns& kind = kinds_[kind_of(c)];
    const std::byte* a_rows = static_cast<const std::byte*>(a) + row * s_.k * bytes_of(operands_);
    kind.runners[rows != cut_.rows].run(slot.index(), a_rows, block + offset_of(c), target, mine);
  }
  if (!direct)
    for (std::int64_t r = 0; r < rows; ++r)
      std::memcpy(y + r * s_.n, target + r * columns, static_cast<std::size_t>(columns) * sizeof(float));
}

Region PackedProduct::region(std::int64_t piece) const {
  const std::int64_t column = piece % column_pieces_ * cut_.columns, row = piece / column_pieces_ * cut_.rows;
  return {{row, column}, {std::min(cut_.rows, s_.m - row), std::min(cut_.columns, s_.n - column)}};
}

void PackedProduct::add_columns(std::int64_t count) {
  if (kinds_.empty() || kinds_.back().count != count) {
    Columns& kind = kinds_.emplace_back(Columns{count, {}, {}, {}, 0});
    add_rows(kind, cut_.rows);
    if (const std::int64_t last = s_.m - (row_pieces_ - 1) * cut_.rows; last != cut_.rows) add_rows(kind, last);
    kind.order = reordering(plain(count), kind.desc, slots_->count());
    kind.bytes = aligned(kind.desc.get_size());
  }
  bytes_ += kinds_.back().bytes;
}

dnnl::memory::desc PackedProduct::plain(std::int64_t columns) const {
  return f32({s_.k, columns}, dnnl::memory::dims{s_.b[0], s_.b[1]});
}

// Only the AVX-512 kind, whose sums follow from K alone: see matmul.cpp.
void PackedProduct::add_rows(Columns& kind, std::int64_t rows) {
  using Dims = dnnl::memory::dims;
  const auto type = type_of(operands_);
  const dnnl::memory::desc a(Dims{rows, s_.k}, type, Dims{s_.k, 1});
  const auto y = f32({rows, kind.count}, Dims{kind.count, 1});
  const auto b = kind.runners.empty() ? dnnl::memory::desc(Dims{s_.k, kind.count}, type, dnnl::memory::format_tag::any)
                                      : kind.desc;
  const auto desc = matmul_desc(a, b, y);
  if (!std::string_view(desc.impl_info_str()).starts_with("brg"))
    throw dnnl::error(dnnl_unimplemented, "another kind of product");
  kind.desc = desc.weights_desc();
  kind.runners.emplace_back(
      dnnl::matmul(desc),
      std::vector<Runner::Argument>{{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, kind.desc}, {DNNL_ARG_DST, y}},
      desc.scratchpad_desc(), slots_->count());
}

std::size_t PackedProduct::kind_of(std::int64_t column_piece) const {
  return kinds_.size() > 1 && column_piece == column_pieces_ - 1 ? 1 : 0;
}
std::size_t PackedProduct::offset_of(std::int64_t column_piece) const {
  return kinds_[0].bytes * static_cast<std::size_t>(column_piece);
}

std::shared_ptr<const Prepacked> prepack_matmul(const MatmulSizes& sizes) {
  // Beyond, a second b in memory costs more than it gains: reading b is what takes the time.
  constexpr std::int64_t kMost = std::int64_t{1} << 22;
  const bool rows_follow = sizes.m == 1 || sizes.a[0] == sizes.k;
  if (sizes.matrices != 1 || sizes.k * sizes.n > kMost || !rows_follow || (sizes.k > 1 && sizes.a[1] != 1))
    return nullptr;
  std::shared_ptr<const PackedProduct> product;
  try {
    product = std::make_shared<const PackedProduct>(sizes, Operands::f32);
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
  packed->then.stages = {{product->pieces(),
                          [product](std::int64_t i, const Buffers& b) {
                            product->run(i, b.in<float>(0), b.in<std::byte>(1), b.out<float>(0), b.workspace);
                          },
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
