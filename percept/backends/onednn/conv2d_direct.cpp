// conv2d_direct.cpp - convolution and its input gradient in f32, channels-last, cut into slices of the batch, each one
// oneDNN direct convolution on one thread. The weight gradient is in _conv2d_weight_grad.cpp.
//
// An image's bits do not depend on how many share its slice: oneDNN 2.6.3 loops over images outermost (found by
// experiment, AVX-512 and AVX2; the test holds it to that).
#include <memory>

#include "percept/backends/onednn/_conv.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace {

using namespace onednn;

// Slices of one stage: equal ones, the last may be smaller.
std::int64_t images_per_slice(const ConvSizes& s) {
  // A slice is worth the trip to another thread from about 2 million operations; 16 are enough for few cores. Every
  // slice reads all weights: where they do not fit the L2 cache it needs many pixels to be worth that (512 channels at
  // 3 x 3 on 4 x 4 images: 31 GFLOP/s a thread with one image a slice).
  constexpr std::int64_t kWorthAPiece = std::int64_t{1} << 20, kMostPieces = 16;
  constexpr std::int64_t kLargeWeights = std::int64_t{1} << 18, kPixels = 128;
  const std::int64_t pixels = s.output.h * s.output.w;
  const std::int64_t weights = s.out_channels * (s.in_channels / s.groups) * s.kernel.h * s.kernel.w;
  const double products = static_cast<double>(s.batch) * static_cast<double>(pixels) * static_cast<double>(weights);
  const double worth = std::min(products / static_cast<double>(kWorthAPiece), static_cast<double>(kMostPieces));
  const std::int64_t slices = std::clamp<std::int64_t>(static_cast<std::int64_t>(worth), 1, s.batch);
  const std::int64_t least = weights < kLargeWeights ? 1 : std::min(s.batch, (kPixels + pixels - 1) / pixels);
  return std::max(least, (s.batch + slices - 1) / slices);
}

// Forward and input gradient: one image-like input, weights in oneDNN's order, one image-like result.
class BatchSlices {
 public:
  enum class Kind { forward, input_grad };

  BatchSlices(Kind kind, const ConvSizes& s, bool bias) : each_(images_per_slice(s)), batch_(s.batch), bias_(bias) {
    const std::int64_t of_x = s.in_channels * s.input.h * s.input.w;
    const std::int64_t of_y = s.out_channels * s.output.h * s.output.w;
    in_image_ = kind == Kind::forward ? of_x : of_y;
    out_image_ = kind == Kind::forward ? of_y : of_x;
    slots_ = std::make_unique<Slots>(pieces());
    const OneThread one;
    const std::int64_t last = batch_ - (pieces() - 1) * each_;
    full_ = make(kind, s, each_, nullptr);
    if (last != each_) last_ = make(kind, s, last, &weight_desc_);
    weights_ = WeightOrder(s, plain_weight(s), weight_desc_);
    slots_at_ = aligned(weight_desc_.get_size());
    slot_bytes_ = aligned(std::max(full_.scratch_bytes(), last_.scratch_bytes()));
  }

  std::int64_t pieces() const { return (batch_ + each_ - 1) / each_; }
  const WeightOrder& weights() const { return weights_; }
  std::size_t workspace_bytes() const { return slots_at_ + slot_bytes_ * static_cast<std::size_t>(slots_->count()); }

  void run(std::int64_t piece, const Buffers& buffers) const {
    const Slots::Held slot(*slots_);
    const OneThread one;
    const float* in = buffers.in<float>(0) + piece * each_ * in_image_;
    float* out = buffers.out<float>(0) + piece * each_ * out_image_;
    std::byte* scratch = buffers.workspace + slots_at_ + slot_bytes_ * static_cast<std::size_t>(slot.index());
    const Runner& runner = (piece + 1) * each_ <= batch_ ? full_ : last_;
    if (bias_)
      runner.run(slot.index(), in, buffers.workspace, buffers.in<float>(2), out, scratch);
    else
      runner.run(slot.index(), in, buffers.workspace, out, scratch);
  }

 private:
  // `order`: of the weights, as another size of slice has chosen it; null: oneDNN's choice.
  Runner make(Kind kind, const ConvSizes& s, std::int64_t images, const dnnl::memory::desc* order) {
    ConvDescs descs = conv_descs(s, images);
    if (order != nullptr) descs.weight = *order;
    if (bias_) descs.bias = f32({s.out_channels}, dnnl::memory::dims{1});
    if (kind == Kind::forward) {
      const auto desc = conv_forward_desc(descs);
      weight_desc_ = desc.weights_desc();
      std::vector<Runner::Argument> arguments = {{DNNL_ARG_SRC, descs.x}, {DNNL_ARG_WEIGHTS, weight_desc_}};
      if (bias_) arguments.push_back({DNNL_ARG_BIAS, descs.bias});
      arguments.push_back({DNNL_ARG_DST, descs.y});
      return Runner(dnnl::convolution_forward(desc), arguments, desc.scratchpad_desc(), slots_->count());
    }
    const auto desc = conv_input_grad_desc(descs);
    weight_desc_ = desc.weights_desc();
    return Runner(dnnl::convolution_backward_data(desc),
                  {{DNNL_ARG_DIFF_DST, descs.y}, {DNNL_ARG_WEIGHTS, weight_desc_}, {DNNL_ARG_DIFF_SRC, descs.x}},
                  desc.scratchpad_desc(), slots_->count());
  }

  std::int64_t each_, batch_, in_image_ = 0, out_image_ = 0;
  bool bias_;
  std::unique_ptr<Slots> slots_;
  dnnl::memory::desc weight_desc_;
  Runner full_, last_;
  WeightOrder weights_;
  std::size_t slots_at_ = 0, slot_bytes_ = 0;  // workspace: weights in oneDNN's order, then scratchpads
};

std::optional<Prepared> prepare_slices(BatchSlices::Kind kind, const ConvSizes& sizes, bool bias) {
  std::shared_ptr<const BatchSlices> slices;
  try {
    slices = std::make_shared<const BatchSlices>(kind, sizes, bias);
  } catch (const dnnl::error&) {
    return {};
  }
  Prepared prepared;
  prepared.workspace_bytes = slices->workspace_bytes();
  prepared.stages = {
      {slices->weights().pieces(),
       [slices](std::int64_t i, const Buffers& b) { slices->weights().run(i, b.in<float>(1), b.workspace); }},
      {slices->pieces(), [slices](std::int64_t i, const Buffers& b) { slices->run(i, b); }}};
  return prepared;
}

std::optional<Prepared> prepare_forward(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !takes_conv(in, out) || !out[0].is_channels_last()) return {};
  return prepare_slices(BatchSlices::Kind::forward, conv_sizes(in[0].shape, in[1].shape, attrs.as<Conv2dAttrs>()),
                        in.size() > 2);
}

std::optional<Prepared> prepare_input_grad(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !takes_conv(in, out) || !out[0].is_channels_last()) return {};
  const auto& grad = attrs.as<Conv2dGradAttrs>();
  return prepare_slices(BatchSlices::Kind::input_grad, conv_sizes(grad.shape, in[1].shape, grad.conv), false);
}

}  // namespace

std::vector<Kernel> kernels_onednn_conv2d_direct();
std::vector<Kernel> kernels_onednn_conv2d_direct() {
  const std::vector<Layout> image_weight = {Layout::channels_last, Layout::contiguous};
  return {{.op = "conv2d",
           .name = "conv2d_direct",
           .backend = "onednn",
           .prepare = prepare_forward,
           .layouts = image_weight,
           .algorithm = "direct"},
          {.op = "conv2d_input_grad",
           .name = "conv2d_direct",
           .backend = "onednn",
           .prepare = prepare_input_grad,
           .layouts = image_weight,
           .algorithm = "direct"},
          {.op = "conv2d_weight_grad",
           .name = "conv2d_direct",
           .backend = "onednn",
           .prepare = prepare_conv2d_weight_grad,
           .layouts = {Layout::channels_last},
           .algorithm = "direct"}};
}

}  // namespace percept
