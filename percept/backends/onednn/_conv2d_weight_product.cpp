// _conv2d_weight_product.cpp - the weight gradient of wide layers on small images as one matrix product, dy^T [O,
// pixels] times what each pixel's window holds [pixels, C * kh * kw]. It gives dw in plain order: no sums of slices,
// which are as large as the weights, and no reordering.
#include "percept/backends/onednn/_conv.h"
#include "percept/backends/onednn/_copy.h"
#include "percept/backends/onednn/_product_bf16.h"

namespace percept::onednn {
namespace {

constexpr std::int64_t kRows = 64;  // out channels of a piece: enough work for each read of the windows

// What each pixel's window holds, [pixels, C * kh * kw], at the beginning of the workspace.
class Windows {
 public:
  explicit Windows(const ConvSizes& s)
      : s_(s), pixels_(s.batch * s.output.h * s.output.w), columns_(s.in_channels * s.kernel.h * s.kernel.w) {}

  std::int64_t pixels() const { return pixels_; }
  std::int64_t columns() const { return columns_; }
  std::size_t bytes() const { return float_bytes(pixels_ * columns_); }
  std::int64_t pieces() const { return s_.batch * s_.output.h; }

  // Those of a row of pixels, each [C][kh][kw].
  void spread(std::int64_t piece, const Buffers& b) const {
    const std::int64_t image = piece / s_.output.h, i = piece % s_.output.h, taps = s_.kernel.h * s_.kernel.w;
    const float* x = b.in<float>(1) + image * s_.input.h * s_.input.w * s_.in_channels;
    float* to = reinterpret_cast<float*>(b.workspace) + piece * s_.output.w * columns_;
    for (std::int64_t j = 0; j < s_.output.w; ++j, to += columns_)
      for (std::int64_t k = 0; k < s_.kernel.h; ++k)
        for (std::int64_t l = 0; l < s_.kernel.w; ++l) {
          const std::int64_t row = i * s_.stride.h - s_.pads.top + k * s_.dilation.h;
          const std::int64_t column = j * s_.stride.w - s_.pads.left + l * s_.dilation.w;
          const bool inside = row >= 0 && row < s_.input.h && column >= 0 && column < s_.input.w;
          const float* from = inside ? x + (row * s_.input.w + column) * s_.in_channels : nullptr;
          float* tap = to + k * s_.kernel.w + l;
          for (std::int64_t c = 0; c < s_.in_channels; ++c) tap[c * taps] = from != nullptr ? from[c] : 0.0f;
        }
  }

 private:
  ConvSizes s_;
  std::int64_t pixels_, columns_;
};

// In f32: each piece whole rows of dw.
class WeightProduct {
 public:
  explicit WeightProduct(const ConvSizes& s) : s_(s), windows_(s) {
    slots_ = std::make_unique<WorkSlots>(pieces());
    const OneThread one;
    whole_ = make(std::min(kRows, s.out_channels));
    if (s.out_channels % kRows != 0) last_ = make(s.out_channels % kRows);
    slot_bytes_ = aligned(std::max(whole_.scratch_bytes(), last_.scratch_bytes()));
    slots_at_ = windows_.bytes() + float_bytes(s.out_channels * windows_.pixels());
  }

  const Windows& windows() const { return windows_; }
  std::size_t workspace_bytes() const { return slots_at_ + slot_bytes_ * static_cast<std::size_t>(slots_->count()); }
  std::int64_t pieces() const { return (s_.out_channels + kRows - 1) / kRows; }
  Region region(std::int64_t piece) const {
    return {{piece * kRows, 0, 0, 0}, {rows_of(piece), s_.in_channels, s_.kernel.h, s_.kernel.w}};
  }

  void run(std::int64_t piece, const Buffers& b) const {
    const std::int64_t first = piece * kRows, rows = rows_of(piece), pixels = windows_.pixels();
    float* a = reinterpret_cast<float*>(b.workspace + windows_.bytes()) + first * pixels;
    copy_rows(b.in<float>(0) + first, 1, s_.out_channels, rows, pixels, a);
    const WorkSlots::Held slot(*slots_);
    const OneThread one;
    const Runner& runner = rows == std::min(kRows, s_.out_channels) ? whole_ : last_;
    runner.run(slot.index(), a, b.workspace, b.out<float>(0) + first * windows_.columns(),
               b.workspace + slots_at_ + slot_bytes_ * static_cast<std::size_t>(slot.index()));
  }

 private:
  std::int64_t rows_of(std::int64_t piece) const { return std::min(kRows, s_.out_channels - piece * kRows); }

  Runner make(std::int64_t rows) const {
    using Dims = dnnl::memory::dims;
    const std::int64_t pixels = windows_.pixels(), columns = windows_.columns();
    const auto a = f32({rows, pixels}, Dims{pixels, 1}), windows = f32({pixels, columns}, Dims{columns, 1}),
               dw = f32({rows, columns}, Dims{columns, 1});
    const auto desc = matmul_desc(a, windows, dw);
    return Runner(dnnl::matmul(desc), {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, windows}, {DNNL_ARG_DST, dw}},
                  desc.scratchpad_desc(), slots_->count());
  }

  ConvSizes s_;
  Windows windows_;
  std::unique_ptr<WorkSlots> slots_;
  Runner whole_, last_;
  std::size_t slots_at_ = 0, slot_bytes_ = 0;  // workspace: windows, dy transposed, scratchpads
};

// The same of operands rounded to bf16. Whole rows, since an optimizer's update may follow behind each piece.
class RoundedWeightProduct {
 public:
  explicit RoundedWeightProduct(const ConvSizes& s)
      : s_(s),
        windows_(s),
        product_(sizes_of(s, windows_), MatmulCut{std::min(kRows, s.out_channels), windows_.columns()}) {}

  const Windows& windows() const { return windows_; }
  std::size_t workspace_bytes() const { return product_at() + product_.workspace_bytes(); }
  std::int64_t row_pieces() const { return product_.row_pieces(); }
  std::int64_t rounding_pieces() const { return row_pieces() + product_.b_pieces(); }
  void round(std::int64_t piece, const Buffers& b) const {
    if (piece < row_pieces())
      product_.round_rows(piece, b.in<float>(0), b.workspace + windows_.bytes());
    else
      product_.pack(piece - row_pieces(), reinterpret_cast<const float*>(b.workspace), b.workspace + b_at());
  }
  std::int64_t pieces() const { return product_.pieces(); }
  void run(std::int64_t piece, const Buffers& b) const {
    product_.run(piece, b.workspace + windows_.bytes(), b.workspace + b_at(), b.out<float>(0),
                 b.workspace + product_at());
  }
  Region region(std::int64_t piece) const {
    const Region rows = product_.region(piece);
    return {{rows.first[0], 0, 0, 0}, {rows.size[0], s_.in_channels, s_.kernel.h, s_.kernel.w}};
  }

 private:
  static MatmulSizes sizes_of(const ConvSizes& s, const Windows& windows) {
    MatmulSizes sizes;
    sizes.m = s.out_channels, sizes.k = windows.pixels(), sizes.n = windows.columns();
    sizes.a = {1, s.out_channels}, sizes.b = {windows.columns(), 1};
    sizes.a_shared = sizes.b_shared = true;
    return sizes;
  }
  std::size_t b_at() const { return windows_.bytes() + product_.a_bytes(); }
  std::size_t product_at() const { return b_at() + product_.b_bytes(); }

  ConvSizes s_;
  Windows windows_;
  ProductBf16 product_;  // workspace: windows, rounded dy and windows, what the product needs
};

template <class Product>
Stage spreading(const std::shared_ptr<const Product>& product) {
  return {product->windows().pieces(),
          [product](std::int64_t i, const Buffers& b) { product->windows().spread(i, b); }};
}
template <class Product>
Stage multiplying(const std::shared_ptr<const Product>& product) {
  return {product->pieces(), [product](std::int64_t i, const Buffers& b) { product->run(i, b); },
          [product](std::int64_t i) { return product->region(i); }};
}

}  // namespace

bool is_weight_product(const ConvSizes& s) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 20;  // weights: slices of the batch would be two such copies
  return s.groups == 1 && s.out_channels * s.in_channels * s.kernel.h * s.kernel.w >= kLarge &&
         s.batch * s.output.h * s.output.w <= s.out_channels;
}

Prepared prepare_weight_product(const ConvSizes& sizes, Operands operands) {
  Prepared prepared;
  if (operands == Operands::f32) {
    const auto product = std::make_shared<const WeightProduct>(sizes);
    prepared.workspace_bytes = product->workspace_bytes();
    prepared.stages = {spreading(product), multiplying(product)};
  } else {
    const auto product = std::make_shared<const RoundedWeightProduct>(sizes);
    prepared.workspace_bytes = product->workspace_bytes();
    prepared.stages = {
        spreading(product),
        {product->rounding_pieces(), [product](std::int64_t i, const Buffers& b) { product->round(i, b); }},
        multiplying(product)};
  }
  return prepared;
}

}  // namespace percept::onednn
