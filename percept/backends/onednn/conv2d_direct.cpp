// conv2d_direct.cpp - convolution and its input gradient, channels-last, cut into slices of the batch, or of an image's
// rows where images are few, each one oneDNN direct convolution on one thread, in f32 or of operands that each slice
// rounds to bf16 for itself, in the cache. The weight gradient is in _conv2d_weight_grad.cpp.
//
// An image's bits do not depend on how many share its slice, nor on where its rows are cut: oneDNN 2.6.3 loops over
// images and rows outermost (found by experiment, AVX-512 and AVX2; the test holds it to that).
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "percept/backends/onednn/_conv.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace {

using namespace onednn;

std::int64_t pieces_of(std::int64_t size, std::int64_t each) { return (size + each - 1) / each; }

// A slice is worth the trip to another thread from about 2 million operations; 16 are enough for few cores, but what
// runs behind a slice finds its result in the L2 cache only while that is small. Every slice reads all weights: where
// they do not fit that cache it needs many pixels to be worth it (512 channels at 3 x 3 on 4 x 4 images: 31 GFLOP/s a
// thread with one image a slice).
constexpr std::int64_t kWorthAPiece = std::int64_t{1} << 20, kMostPieces = 16, kPieceBytes = std::int64_t{1} << 18;
constexpr std::int64_t kLargeWeights = std::int64_t{1} << 18;

std::int64_t weights_of(const ConvSizes& s) {
  return s.out_channels * (s.in_channels / s.groups) * s.kernel.h * s.kernel.w;
}

// Of the larger of x and y, either of which may be the result.
std::int64_t image_bytes(const ConvSizes& s) {
  const std::int64_t x = s.in_channels * s.input.h * s.input.w, y = s.out_channels * s.output.h * s.output.w;
  return std::max(x, y) * static_cast<std::int64_t>(sizeof(float));
}

// Slices of one stage: equal ones, the last may be smaller.
std::int64_t images_per_slice(const ConvSizes& s) {
  constexpr std::int64_t kPixels = 128;
  const std::int64_t pixels = s.output.h * s.output.w, weights = weights_of(s);
  const double products = static_cast<double>(s.batch) * static_cast<double>(pixels) * static_cast<double>(weights);
  const double bytes = static_cast<double>(s.batch) * static_cast<double>(image_bytes(s));
  const double most = std::max(bytes / static_cast<double>(kPieceBytes), static_cast<double>(kMostPieces));
  const double worth = std::min(products / static_cast<double>(kWorthAPiece), most);
  const std::int64_t slices = std::clamp<std::int64_t>(static_cast<std::int64_t>(worth), 1, s.batch);
  const std::int64_t least = weights < kLargeWeights ? 1 : std::min(s.batch, (kPixels + pixels - 1) / pixels);
  return std::max(least, (s.batch + slices - 1) / slices);
}

// oneDNN's AVX2 kernels with dilation round some pixels by how many rows they are given (2.6; our test found it).
bool rows_round_alike(const ConvSizes& s) {
  return (s.dilation.h == 1 && s.dilation.w == 1) || dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core;
}

// Of the result's rows, where slices of whole images are too few to share, or large; all of them otherwise. Even
// numbers: windows of a pool behind them mostly have two rows.
std::int64_t rows_per_slice(const ConvSizes& s) {
  constexpr std::int64_t kFewSlices = 8, kPixels = 64;  // fewer pixels a slice: weights are read too often
  if (images_per_slice(s) > 1 || !rows_round_alike(s)) return s.output.h;
  const std::int64_t products = s.output.h * s.output.w * weights_of(s);
  const std::int64_t shared = s.batch < kFewSlices ? pieces_of(kMostPieces, s.batch) : 1;
  const std::int64_t wanted = std::min(
      {std::max(shared, image_bytes(s) / kPieceBytes), products / kWorthAPiece, s.output.h * s.output.w / kPixels});
  return std::min(pieces_of(pieces_of(s.output.h, std::max<std::int64_t>(wanted, 1)), 2) * 2, s.output.h);
}

// The sizes of a convolution that gives only these rows of the result, and the first row of x it reads.
struct RowsOf {
  ConvSizes sizes;
  std::int64_t first_input = 0;
};
RowsOf rows_of(const ConvSizes& whole, std::int64_t first, std::int64_t rows) {
  const std::int64_t begin = first * whole.stride.h - whole.pads.top;
  const std::int64_t end =
      (first + rows - 1) * whole.stride.h - whole.pads.top + (whole.kernel.h - 1) * whole.dilation.h + 1;
  RowsOf part{whole, std::max<std::int64_t>(begin, 0)};
  part.sizes.output.h = rows;
  part.sizes.pads.top = std::max<std::int64_t>(-begin, 0);
  part.sizes.pads.bottom = std::max<std::int64_t>(end - whole.input.h, 0);
  part.sizes.input.h = std::min(end, whole.input.h) - part.first_input;
  return part;
}

// Forward and input gradient: one image-like input, weights in oneDNN's order, one image-like result.
class ConvSlices {
 public:
  ConvSlices(ConvPass pass, const ConvSizes& s, bool bias, Operands operands)
      : sizes_(s), pass_(pass), bias_(bias), operands_(operands) {
    const OneThread one;
    const std::int64_t images = images_per_slice(s);
    const std::int64_t rows = pass == ConvPass::forward ? rows_per_slice(s) : s.output.h;
    slots_ = std::make_unique<WorkSlots>(pieces_of(s.batch, images) * pieces_of(s.output.h, rows));
    for (std::int64_t image = 0; image < s.batch; image += images)
      for (std::int64_t row = 0; row < s.output.h; row += rows)
        add_piece(s, image, std::min(images, s.batch - image), row, std::min(rows, s.output.h - row));
    weights_ = WeightOrder(s, plain_weight(s), weight_desc_);
    for (const auto& [sizes, slice] : runners_) {
      rounded_at_ = std::max(rounded_at_, aligned(slice.product.scratch_bytes()));
      slot_bytes_ = std::max(slot_bytes_, operands == Operands::bf16 ? bf16_bytes(slice.read) : 0);
    }
    slot_bytes_ += rounded_at_;
  }

  Operands operands() const { return operands_; }
  std::int64_t pieces() const { return static_cast<std::int64_t>(pieces_.size()); }
  const WeightOrder& weights() const { return weights_; }
  WeightOrder plain_weights() const { return WeightOrder(sizes_, weight_desc_, plain_weight(sizes_)); }
  std::size_t weight_bytes() const { return aligned(weight_desc_.get_size()); }
  std::size_t scratch_bytes() const { return slot_bytes_ * static_cast<std::size_t>(slots_->count()); }
  Region region(std::int64_t piece) const { return pieces_[static_cast<std::size_t>(piece)].region; }

  // `weights`: in oneDNN's order.
  void run(std::int64_t piece, const Buffers& buffers, const void* weights, std::byte* scratch) const {
    const Piece& p = pieces_[static_cast<std::size_t>(piece)];
    const WorkSlots::Held slot(*slots_);
    const OneThread one;
    const void* in = buffers.in<float>(0) + p.in;
    float* out = buffers.out<float>(0) + p.out;
    scratch += slot_bytes_ * static_cast<std::size_t>(slot.index());
    const Slice& slice = runners_[p.runner].second;
    const Runner& runner = slice.product;
    if (operands_ == Operands::bf16) {
      slice.rounding.run(slot.index(), in, scratch + rounded_at_);
      in = scratch + rounded_at_;
    }
    if (bias_)
      runner.run(slot.index(), in, weights, buffers.in<float>(2), out, scratch);
    else
      runner.run(slot.index(), in, weights, out, scratch);
  }

 private:
  struct Piece {
    std::size_t runner;
    std::int64_t in, out;  // elements before its first
    Region region;
  };
  struct Slice {
    Runner product, rounding;  // the second of bf16 only
    std::int64_t read;         // elements
  };

  void add_piece(const ConvSizes& s, std::int64_t image, std::int64_t images, std::int64_t row, std::int64_t rows) {
    RowsOf part = rows == s.output.h ? RowsOf{s} : rows_of(s, row, rows);
    part.sizes.batch = images;
    const std::int64_t x = image * s.in_channels * s.input.h * s.input.w + part.first_input * s.in_channels * s.input.w;
    const std::int64_t y = image * s.out_channels * s.output.h * s.output.w + row * s.out_channels * s.output.w;
    if (pass_ == ConvPass::forward)
      pieces_.push_back(
          {runner_for(part.sizes), x, y, {{image, 0, row, 0}, {images, s.out_channels, rows, s.output.w}}});
    else
      pieces_.push_back(
          {runner_for(part.sizes), y, x, {{image, 0, 0, 0}, {images, s.in_channels, s.input.h, s.input.w}}});
  }

  // Pieces of the same sizes share one.
  std::size_t runner_for(const ConvSizes& s) {
    const std::array<std::int64_t, 5> key = {s.batch, s.input.h, s.output.h, s.pads.top, s.pads.bottom};
    for (std::size_t i = 0; i < runners_.size(); ++i)
      if (runners_[i].first == key) return i;
    runners_.emplace_back(key, make(s));
    return runners_.size() - 1;
  }

  Slice make(const ConvSizes& s) {
    const bool forward = pass_ == ConvPass::forward;
    Slice slice{make_product(s),
                {},
                s.batch * (forward ? s.in_channels * s.input.h * s.input.w : s.out_channels * s.output.h * s.output.w)};
    if (operands_ == Operands::bf16) slice.rounding = rounding(slice.read, slots_->count());
    return slice;
  }

  // The first decides on the order of the weights and on oneDNN's implementation, the others must take both.
  Runner make_product(const ConvSizes& s) {
    ConvDescs descs = conv_descs(s, s.batch, pass_, operands_);
    if (!runners_.empty()) descs.weight = weight_desc_;
    if (bias_) descs.bias = f32({s.out_channels}, dnnl::memory::dims{1});
    if (pass_ == ConvPass::forward) {
      const auto desc = conv_forward_desc(descs);
      settle(desc.weights_desc(), desc.impl_info_str());
      std::vector<Runner::Argument> arguments = {{DNNL_ARG_SRC, descs.x}, {DNNL_ARG_WEIGHTS, weight_desc_}};
      if (bias_) arguments.push_back({DNNL_ARG_BIAS, descs.bias});
      arguments.push_back({DNNL_ARG_DST, descs.y});
      return Runner(dnnl::convolution_forward(desc), arguments, desc.scratchpad_desc(), slots_->count());
    }
    const auto desc = conv_input_grad_desc(descs, conv_descs(s, s.batch, operands_));
    settle(desc.weights_desc(), desc.impl_info_str());
    return Runner(dnnl::convolution_backward_data(desc),
                  {{DNNL_ARG_DIFF_DST, descs.y}, {DNNL_ARG_WEIGHTS, weight_desc_}, {DNNL_ARG_DIFF_SRC, descs.x}},
                  desc.scratchpad_desc(), slots_->count());
  }

  void settle(const dnnl::memory::desc& weight, const std::string& implementation) {
    if (runners_.empty()) weight_desc_ = weight, implementation_ = implementation;
    if (implementation != implementation_) throw dnnl::error(dnnl_unimplemented, "slices of different implementations");
  }

  ConvSizes sizes_;
  ConvPass pass_;
  bool bias_;
  Operands operands_;
  std::unique_ptr<WorkSlots> slots_;
  dnnl::memory::desc weight_desc_;
  std::string implementation_;
  std::vector<std::pair<std::array<std::int64_t, 5>, Slice>> runners_;
  std::vector<Piece> pieces_;
  WeightOrder weights_;
  std::size_t rounded_at_ = 0, slot_bytes_ = 0;  // per slot: scratchpad, rounded operand
};

std::vector<Stage> unpack_stages(const ConvSlices& slices) {
  try {
    const auto order = std::make_shared<const WeightOrder>(slices.plain_weights());
    return {{order->pieces(),
             [order](std::int64_t i, const Buffers& b) { order->run(i, b.in<float>(0), b.out<float>(0)); }}};
  } catch (const dnnl::error&) {
    return {};
  }
}

std::shared_ptr<const Prepacked> prepacked(const std::shared_ptr<const ConvSlices>& slices) {
  auto packed = std::make_shared<Prepacked>();
  packed->input = 1;
  packed->bytes = slices->weight_bytes();
  packed->pack = {{slices->weights().pieces(), [slices](std::int64_t i, const Buffers& b) {
                     slices->weights().run(i, b.in<float>(0), b.out<float>(0));
                   }}};
  packed->then.workspace_bytes = slices->scratch_bytes();
  packed->then.stages = {
      {slices->pieces(), [slices](std::int64_t i, const Buffers& b) { slices->run(i, b, b.in<float>(1), b.workspace); },
       [slices](std::int64_t i) { return slices->region(i); }}};
  if (slices->operands() == Operands::f32) packed->unpack = [slices] { return unpack_stages(*slices); };
  return packed;
}

std::optional<Prepared> prepare_slices(ConvPass pass, const ConvSizes& sizes, bool bias, Operands operands) {
  std::shared_ptr<const ConvSlices> slices;
  try {
    slices = std::make_shared<const ConvSlices>(pass, sizes, bias, operands);
  } catch (const dnnl::error&) {
    return {};
  }
  Prepared prepared;  // workspace: weights in oneDNN's order, then scratchpads
  const std::size_t weights = slices->weight_bytes();
  prepared.workspace_bytes = weights + std::max(slices->scratch_bytes(), slices->weights().scratch_bytes());
  prepared.stages = {
      {slices->weights().pieces(),
       [slices, weights](std::int64_t i, const Buffers& b) {
         slices->weights().run(i, b.in<float>(1), b.workspace, b.workspace + weights);
       }},
      {slices->pieces(),
       [slices, weights](std::int64_t i, const Buffers& b) { slices->run(i, b, b.workspace, b.workspace + weights); },
       [slices](std::int64_t i) { return slices->region(i); }}};
  prepared.prepack = [slices] { return prepacked(slices); };
  return prepared;
}

template <Operands operands>
std::optional<Prepared> prepare_forward(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !takes_conv(in, out) || !out[0].is_channels_last()) return {};
  return prepare_slices(ConvPass::forward, conv_sizes(in[0].shape, in[1].shape, attrs.as<Conv2dAttrs>()), in.size() > 2,
                        operands);
}

template <Operands operands>
std::optional<Prepared> prepare_input_grad(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !takes_conv(in, out) || !out[0].is_channels_last()) return {};
  const auto& grad = attrs.as<Conv2dGradAttrs>();
  return prepare_slices(ConvPass::input_grad, conv_sizes(grad.shape, in[1].shape, grad.conv), false, operands);
}

template <Operands operands>
std::optional<Prepared> prepare_weight_grad(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue) {
  return prepare_conv2d_weight_grad(attrs, in, out, epilogue, operands);
}

template <Operands operands>
void add_kernels(std::vector<Kernel>& all, std::string_view algorithm) {
  const std::vector<Layout> image_weight = {Layout::channels_last, Layout::contiguous};
  const auto add = [&](std::string_view op, PrepareKernel prepare, const std::vector<Layout>& layouts) {
    all.push_back({.op = op,
                   .name = "conv2d_direct",
                   .backend = "onednn",
                   .prepare = prepare,
                   .layouts = layouts,
                   .algorithm = algorithm});
  };
  add("conv2d", prepare_forward<operands>, image_weight);
  add("conv2d_input_grad", prepare_input_grad<operands>, image_weight);
  add("conv2d_weight_grad", prepare_weight_grad<operands>, {Layout::channels_last});
}

}  // namespace

std::vector<Kernel> kernels_onednn_conv2d_direct();
std::vector<Kernel> kernels_onednn_conv2d_direct() {
  std::vector<Kernel> kernels;
  add_kernels<Operands::f32>(kernels, "direct");
  if (has_bf16()) add_kernels<Operands::bf16>(kernels, "bf16");
  return kernels;
}

}  // namespace percept
