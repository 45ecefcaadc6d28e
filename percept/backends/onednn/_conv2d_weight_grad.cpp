// _conv2d_weight_grad.cpp - the weight gradient: slices of the batch, each into f32 weights of its own on one thread,
// then added in a fixed binary tree, then brought into plain order. oneDNN's own threads would change its bits.
#include "percept/backends/onednn/_conv.h"
#include "percept/ops/pointwise.h"

namespace percept::onednn {
namespace {

constexpr std::int64_t kTile = 1024;  // floats: all partial sums of one tile stay in the L1 cache
constexpr std::int64_t kTilesPerPiece = 16;

class WeightGrad {
 public:
  WeightGrad(const ConvSizes& s, Operands operands)
      : batch_(s.batch), slices_(conv2d_weight_grad_slices(s)), operands_(operands) {
    dy_image_ = s.out_channels * s.output.h * s.output.w;
    x_image_ = s.in_channels * s.input.h * s.input.w;
    slots_ = std::make_unique<WorkSlots>(slices_);
    const OneThread one;
    smaller_ = make(s, batch_ / slices_, nullptr);
    if (batch_ % slices_ != 0) larger_ = make(s, batch_ / slices_ + 1, &desc_);
    floats_ = static_cast<std::int64_t>(desc_.get_size() / sizeof(float));
    partial_bytes_ = float_bytes(floats_);
    to_plain_ = WeightOrder(s, desc_, plain_weight(s));
    dy_at_ = aligned(std::max(smaller_.product.scratch_bytes(), larger_.product.scratch_bytes()));
    const std::int64_t most = (batch_ + slices_ - 1) / slices_;
    x_at_ = dy_at_ + (operands == Operands::bf16 ? bf16_bytes(most * dy_image_) : 0);
    slot_bytes_ = x_at_ + (operands == Operands::bf16 ? bf16_bytes(most * x_image_) : 0);
  }

  std::int64_t slices() const { return slices_; }
  std::int64_t tree_pieces() const { return (floats_ + kTile * kTilesPerPiece - 1) / (kTile * kTilesPerPiece); }
  const WeightOrder& to_plain() const { return to_plain_; }
  std::size_t workspace_bytes() const {
    return partial_bytes_ * static_cast<std::size_t>(slices_) + slot_bytes_ * static_cast<std::size_t>(slots_->count());
  }

  void run_slice(std::int64_t i, const Buffers& buffers) const {
    const std::int64_t first = slice_start(i), images = slice_start(i + 1) - first;
    const WorkSlots::Held slot(*slots_);
    const OneThread one;
    std::byte* scratch = buffers.workspace + partial_bytes_ * static_cast<std::size_t>(slices_) +
                         slot_bytes_ * static_cast<std::size_t>(slot.index());
    const Slice& slice = images == batch_ / slices_ ? smaller_ : larger_;
    const void* dy = buffers.in<float>(0) + first * dy_image_;
    const void* x = buffers.in<float>(1) + first * x_image_;
    if (operands_ == Operands::bf16) {
      slice.round_dy.run(slot.index(), dy, scratch + dy_at_);
      slice.round_x.run(slot.index(), x, scratch + x_at_);
      dy = scratch + dy_at_, x = scratch + x_at_;
    }
    slice.product.run(slot.index(), dy, x, partial(buffers, i), scratch);
  }

  // ((0 + 1) + (2 + 3)) + ..., into partial 0.
  void add_piece(std::int64_t piece, const Buffers& buffers) const {
    const std::int64_t end = std::min(floats_, (piece + 1) * kTile * kTilesPerPiece);
    for (std::int64_t at = piece * kTile * kTilesPerPiece; at < end; at += kTile) {
      const std::int64_t count = std::min(kTile, end - at);
      for (std::int64_t step = 1; step < slices_; step *= 2)
        for (std::int64_t i = 0; i + step < slices_; i += 2 * step) {
          float* to = partial(buffers, i) + at;
          const float* from = partial(buffers, i + step) + at;
          for (std::int64_t j = 0; j < count; ++j) to[j] += from[j];
        }
    }
  }

 private:
  struct Slice {
    Runner product, round_dy, round_x;  // the last two of bf16 only
  };

  std::int64_t slice_start(std::int64_t i) const {  // sizes differ by one at most, the smaller ones first
    const std::int64_t larger = batch_ % slices_;
    return i * (batch_ / slices_) + std::max<std::int64_t>(0, i - (slices_ - larger));
  }
  float* partial(const Buffers& buffers, std::int64_t i) const {
    return reinterpret_cast<float*>(buffers.workspace + partial_bytes_ * static_cast<std::size_t>(i));
  }

  // `order`: of the weights, as another size of slice has chosen it; null: oneDNN's choice.
  Slice make(const ConvSizes& s, std::int64_t images, const dnnl::memory::desc* order) {
    ConvDescs descs = conv_descs(s, images, ConvPass::weight_grad, operands_);
    if (order != nullptr) descs.weight = *order;
    const auto desc = conv_weight_grad_desc(descs, conv_descs(s, images, operands_));
    desc_ = desc.diff_weights_desc();
    Slice slice{Runner(dnnl::convolution_backward_weights(desc),
                       {{DNNL_ARG_DIFF_DST, descs.y}, {DNNL_ARG_SRC, descs.x}, {DNNL_ARG_DIFF_WEIGHTS, desc_}},
                       desc.scratchpad_desc(), slots_->count()),
                {},
                {}};
    if (operands_ == Operands::bf16) {
      slice.round_dy = rounding(images * dy_image_, slots_->count());
      slice.round_x = rounding(images * x_image_, slots_->count());
    }
    return slice;
  }

  std::int64_t batch_, slices_, dy_image_ = 0, x_image_ = 0, floats_ = 0;
  Operands operands_;
  std::unique_ptr<WorkSlots> slots_;
  dnnl::memory::desc desc_;
  Slice smaller_, larger_;
  WeightOrder to_plain_;
  std::size_t partial_bytes_ = 0, slot_bytes_ = 0;  // workspace: partial sums, then slots:
  std::size_t dy_at_ = 0, x_at_ = 0;                // scratchpad, rounded operands
};

}  // namespace

std::optional<Prepared> prepare_conv2d_weight_grad(const Attrs& attrs, Specs in, Specs out,
                                                   const PointwiseProgram& epilogue, Operands operands) {
  if (!epilogue.empty() || !takes_conv(in, out) || !out[0].is_contiguous()) return {};
  const auto& grad = attrs.as<Conv2dGradAttrs>();
  const ConvSizes sizes = conv_sizes(in[1].shape, grad.shape, grad.conv);
  std::shared_ptr<const WeightGrad> kernel;
  try {
    if (is_weight_product(sizes)) return prepare_weight_product(sizes, operands);
    kernel = std::make_shared<const WeightGrad>(sizes, operands);
  } catch (const dnnl::error&) {
    return {};
  }
  Prepared prepared;
  prepared.workspace_bytes = kernel->workspace_bytes();
  prepared.stages.push_back(
      {kernel->slices(), [kernel](std::int64_t i, const Buffers& b) { kernel->run_slice(i, b); }});
  if (kernel->slices() > 1)
    prepared.stages.push_back(
        {kernel->tree_pieces(), [kernel](std::int64_t i, const Buffers& b) { kernel->add_piece(i, b); }});
  prepared.stages.push_back(
      {kernel->to_plain().pieces(),
       [kernel](std::int64_t i, const Buffers& b) { kernel->to_plain().run(i, b.workspace, b.out<float>(0)); },
       [kernel](std::int64_t i) { return kernel->to_plain().region(i); }});
  return prepared;
}

}  // namespace percept::onednn
