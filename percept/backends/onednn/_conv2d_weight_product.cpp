// _conv2d_weight_product.cpp - the weight gradient of wide layers on small images as one matrix product, dy^T [O,
// pixels] times what each pixel's window holds [pixels, C * kh * kw]. It gives whole rows of dw in plain order: no sums
// of slices, which are as large as the weights, and no reordering.
#include "percept/backends/onednn/_conv.h"
#include "percept/backends/onednn/_copy.h"

namespace percept::onednn {
namespace {

constexpr std::int64_t kRows = 64;  // out channels of a piece: enough work for each read of the windows

class WeightProduct {
 public:
  explicit WeightProduct(const ConvSizes& s)
      : s_(s), pixels_(s.batch * s.output.h * s.output.w), columns_(s.in_channels * s.kernel.h * s.kernel.w) {
    slots_ = std::make_unique<WorkSlots>(pieces());
    const OneThread one;
    whole_ = make(std::min(kRows, s.out_channels));
    if (s.out_channels % kRows != 0) last_ = make(s.out_channels % kRows);
    slot_bytes_ = aligned(std::max(whole_.scratch_bytes(), last_.scratch_bytes()));
    a_at_ = float_bytes(pixels_ * columns_);
    slots_at_ = a_at_ + float_bytes(s.out_channels * pixels_);
  }

  std::size_t workspace_bytes() const { return slots_at_ + slot_bytes_ * static_cast<std::size_t>(slots_->count()); }
  std::int64_t window_pieces() const { return s_.batch * s_.output.h; }
  std::int64_t pieces() const { return (s_.out_channels + kRows - 1) / kRows; }
  Region region(std::int64_t piece) const {
    return {{piece * kRows, 0, 0, 0}, {rows_of(piece), s_.in_channels, s_.kernel.h, s_.kernel.w}};
  }

  // The windows of a row of pixels, each [C][kh][kw].
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

  void run(std::int64_t piece, const Buffers& b) const {
    const std::int64_t first = piece * kRows, rows = rows_of(piece);
    float* a = reinterpret_cast<float*>(b.workspace + a_at_) + first * pixels_;
    copy_rows(b.in<float>(0) + first, 1, s_.out_channels, rows, pixels_, a);
    const WorkSlots::Held slot(*slots_);
    const OneThread one;
    const Runner& runner = rows == std::min(kRows, s_.out_channels) ? whole_ : last_;
    runner.run(slot.index(), a, b.workspace, b.out<float>(0) + first * columns_,
               b.workspace + slots_at_ + slot_bytes_ * static_cast<std::size_t>(slot.index()));
  }

 private:
  std::int64_t rows_of(std::int64_t piece) const { return std::min(kRows, s_.out_channels - piece * kRows); }

  Runner make(std::int64_t rows) const {
    using Dims = dnnl::memory::dims;
    const auto a = f32({rows, pixels_}, Dims{pixels_, 1}), windows = f32({pixels_, columns_}, Dims{columns_, 1}),
               dw = f32({rows, columns_}, Dims{columns_, 1});
    const auto desc = matmul_desc(a, windows, dw);
    return Runner(dnnl::matmul(desc), {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, windows}, {DNNL_ARG_DST, dw}},
                  desc.scratchpad_desc(), slots_->count());
  }

  ConvSizes s_;
  std::int64_t pixels_, columns_;
  std::unique_ptr<WorkSlots> slots_;
  Runner whole_, last_;
  std::size_t a_at_ = 0, slots_at_ = 0, slot_bytes_ = 0;  // workspace: windows, dy transposed, scratchpads
};

}  // namespace

bool is_weight_product(const ConvSizes& s) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 20;  // weights: slices of the batch would be two such copies
  return s.groups == 1 && s.out_channels * s.in_channels * s.kernel.h * s.kernel.w >= kLarge &&
         s.batch * s.output.h * s.output.w <= s.out_channels;
}

Prepared prepare_weight_product(const ConvSizes& sizes) {
  const auto product = std::make_shared<const WeightProduct>(sizes);
  Prepared prepared;
  prepared.workspace_bytes = product->workspace_bytes();
  prepared.stages = {{product->window_pieces(), [product](std::int64_t i, const Buffers& b) { product->spread(i, b); }},
                     {product->pieces(), [product](std::int64_t i, const Buffers& b) { product->run(i, b); },
                      [product](std::int64_t i) { return product->region(i); }}};
  return prepared;
}

}  // namespace percept::onednn
