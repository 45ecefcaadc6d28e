// conv2d_depthwise.cpp - convolutions of one filter per channel and both their gradients: bound by memory, so each row
// is read and written once for all taps. The weight gradient where `choose_conv2d` says so; the other two are what
// builds without oneDNN compute. More filters per channel are conv2d_direct.
#include <algorithm>
#include <memory>
#include <vector>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_depthwise_rows.h"
#include "percept/backends/cpu/_reduce_loops.h"
#include "percept/backends/cpu/_walk.h"

namespace percept {
namespace cpu {
namespace {

// Where along one axis each tap reads for each place of the target; -1: padding, or between the strides.
std::vector<std::int32_t> places_of(bool backwards, std::int64_t target, std::int64_t source, std::int64_t taps,
                                    std::int64_t stride, std::int64_t dilation, std::int64_t pad) {
  std::vector<std::int32_t> places;
  for (std::int64_t at = 0; at < target; ++at)
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      std::int64_t place = backwards ? at + pad - tap * dilation : at * stride - pad + tap * dilation;
      const bool between = backwards && place % stride != 0;
      if (backwards) place /= stride;
      places.push_back(between || place < 0 || place >= source ? -1 : static_cast<std::int32_t>(place));
    }
  return places;
}

// Weights as [tap][C], in the order of the taps.
void pack(const ConvSizes& s, const Strides& weight, const float* from, float* to) {
  for (std::int64_t k = 0; k < s.kernel.h; ++k)
    for (std::int64_t l = 0; l < s.kernel.w; ++l)
      for (std::int64_t c = 0; c < s.in_channels; ++c) *to++ = from[c * weight[0] + k * weight[2] + l * weight[3]];
}
std::size_t packed_bytes(const ConvSizes& s) {
  return static_cast<std::size_t>(s.kernel.h * s.kernel.w * s.in_channels) * sizeof(float);
}

// Forward, and the gradient by the input: `source` is x and `target` y, or dy and dx.
class Rows {
 public:
  Rows(const ConvSizes& s, bool backwards)
      : loops_(depthwise_loops()),
        s_(s),
        backwards_(backwards),
        from_(backwards ? s.output : s.input),
        to_(backwards ? s.input : s.output),
        rows_(places_of(backwards, to_.h, from_.h, s.kernel.h, s.stride.h, s.dilation.h, s.pads.top)),
        columns_(places_of(backwards, to_.w, from_.w, s.kernel.w, s.stride.w, s.dilation.w, s.pads.left)) {
    find_inner();
    // A piece is worth the trip to another thread from some 64 KiB of the target.
    constexpr std::int64_t kFloats = std::int64_t{1} << 14;
    rows_of_piece_ = std::clamp<std::int64_t>(kFloats / std::max<std::int64_t>(to_.w * s.in_channels, 1), 1, to_.h);
  }

  std::int64_t pieces() const { return s_.batch * pieces_of_image(); }
  Region region(std::int64_t piece) const {
    const std::int64_t row = piece % pieces_of_image() * rows_of_piece_;
    return {{piece / pieces_of_image(), 0, row, 0}, {1, s_.in_channels, std::min(rows_of_piece_, to_.h - row), to_.w}};
  }

  void run(std::int64_t piece, const Buffers& b, const float* weight) const {
    const Region part = region(piece);
    const float* image = b.in<float>(0) + part.first[0] * from_.h * from_.w * s_.in_channels;
    const float *source[kMostTapRows], *taps[kMostTapRows];
    DepthwiseRow row{.channels = s_.in_channels, .taps_w = s_.kernel.w};
    row.source = source, row.weight = taps;
    row.bias = !backwards_ && b.inputs.size() == 3 ? b.in<float>(2) : nullptr;
    row.columns = to_.w, row.places = columns_.data();
    row.inner = inner_, row.inner_end = inner_end_, row.step = backwards_ ? 1 : s_.stride.w;
    for (std::int64_t i = part.first[2]; i < part.first[2] + part.size[2]; ++i) {
      row.rows = 0;
      for (std::int64_t k = 0; k < s_.kernel.h; ++k) {
        const std::int32_t place = rows_[static_cast<std::size_t>(i * s_.kernel.h + k)];
        if (place < 0) continue;
        source[row.rows] = image + place * from_.w * s_.in_channels;
        taps[row.rows++] = weight + k * s_.kernel.w * s_.in_channels;
      }
      row.target = b.out<float>(0) + (part.first[0] * to_.h + i) * to_.w * s_.in_channels;
      loops_.row(row);
    }
  }

 private:
  std::int64_t pieces_of_image() const { return ceil_div(to_.h, rows_of_piece_); }

  void find_inner() {
    if (backwards_ && s_.stride.w != 1) return;
    const auto whole = [&](std::int64_t j) {
      const auto first = columns_.begin() + j * s_.kernel.w;
      return std::none_of(first, first + s_.kernel.w, [](std::int32_t place) { return place < 0; });
    };
    while (inner_ < to_.w && !whole(inner_)) ++inner_;
    inner_end_ = inner_;
    while (inner_end_ < to_.w && whole(inner_end_)) ++inner_end_;
  }

  DepthwiseLoops loops_;
  ConvSizes s_;
  bool backwards_;
  Size2 from_, to_;
  std::vector<std::int32_t> rows_, columns_;
  std::int64_t inner_ = 0, inner_end_ = 0, rows_of_piece_ = 1;
};

std::shared_ptr<const Prepacked> prepacked(const std::shared_ptr<const Rows>& rows, const ConvCall& call) {
  auto packed = std::make_shared<Prepacked>();
  packed->input = 1;
  packed->bytes = packed_bytes(call.sizes);
  packed->pack = {
      {1, [call](std::int64_t, const Buffers& b) { pack(call.sizes, call.weight, b.in<float>(0), b.out<float>(0)); }}};
  packed->then.stages = {{rows->pieces(), [rows](std::int64_t i, const Buffers& b) { rows->run(i, b, b.in<float>(1)); },
                          [rows](std::int64_t i) { return rows->region(i); }}};
  return packed;
}

template <bool backwards>
std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const auto call = conv_call(attrs, inputs, results, epilogue, backwards);
  if (!call || !is_depthwise(call->sizes) || (inputs.size() == 3 && !inputs[2].is_contiguous())) return std::nullopt;
  Prepared prepared;
  if (results[0].numel() == 0) return prepared;
  const auto rows = std::make_shared<const Rows>(call->sizes, backwards);
  prepared.workspace_bytes = packed_bytes(call->sizes);
  prepared.stages = {
      {1,
       [c = *call](std::int64_t, const Buffers& b) {
         pack(c.sizes, c.weight, b.in<float>(1), reinterpret_cast<float*>(b.workspace));
       }},
      {rows->pieces(),
       [rows](std::int64_t i, const Buffers& b) { rows->run(i, b, reinterpret_cast<const float*>(b.workspace)); },
       [rows](std::int64_t i) { return rows->region(i); }}};
  prepared.prepack = [rows, c = *call] { return prepacked(rows, c); };
  return prepared;
}

// dw: sums in the workspace, [slice][tap][C], each of a slice of the batch and a part of the channels, joined in a
// fixed tree.
struct WeightGrad {
  DepthwiseLoops loops;
  ReduceLoops sums;
  ConvSizes s;
  Strides dw;
  std::vector<std::int32_t> rows, columns;  // of x, for each place of y
  std::int64_t slices;

  static constexpr std::int64_t kChannels = 64;  // of a piece
  std::int64_t parts() const { return ceil_div(s.in_channels, kChannels); }
  std::int64_t floats() const { return s.kernel.h * s.kernel.w * s.in_channels; }

  void run(std::int64_t piece, const Buffers& b) const {
    const std::int64_t slice = piece / parts(), channels = s.in_channels;
    float* to = reinterpret_cast<float*>(b.workspace) + slice * floats();
    DepthwiseTap tap{.channels = channels, .first = piece % parts() * kChannels, .last = 0};
    tap.last = std::min(tap.first + kChannels, channels);
    tap.x_step = s.stride.w;
    for (std::int64_t t = 0; t < s.kernel.h * s.kernel.w; ++t)
      std::fill(to + t * channels + tap.first, to + t * channels + tap.last, 0.0f);
    for (std::int64_t image = s.batch * slice / slices; image < s.batch * (slice + 1) / slices; ++image)
      for (std::int64_t i = 0; i < s.output.h; ++i)
        for (std::int64_t k = 0; k < s.kernel.h; ++k) {
          const std::int32_t row = rows[static_cast<std::size_t>(i * s.kernel.h + k)];
          if (row < 0) continue;
          const float* dy = b.in<float>(0) + (image * s.output.h + i) * s.output.w * channels;
          const float* x = b.in<float>(1) + (image * s.input.h + row) * s.input.w * channels;
          for (std::int64_t l = 0; l < s.kernel.w; ++l) {
            const auto [first, last] = seen(l);
            if (first == last) continue;
            tap.dy = dy + first * channels;
            tap.x = x + columns[static_cast<std::size_t>(first * s.kernel.w + l)] * channels;
            tap.pixels = last - first;
            tap.sums = to + (k * s.kernel.w + l) * channels;
            loops.tap(tap);
          }
        }
  }

  // Columns of y for which tap l reads an image's column: they follow one another.
  std::pair<std::int64_t, std::int64_t> seen(std::int64_t l) const {
    const auto reads = [&](std::int64_t j) { return columns[static_cast<std::size_t>(j * s.kernel.w + l)] >= 0; };
    std::int64_t first = 0, last = s.output.w;
    while (first < last && !reads(first)) ++first;
    while (last > first && !reads(last - 1)) --last;
    return {first, last};
  }

  void join(const Buffers& b) const {
    float* at = reinterpret_cast<float*>(b.workspace);
    for (std::int64_t step = 1; step < slices; step *= 2)
      for (std::int64_t i = 0; i + step < slices; i += 2 * step)
        sums.join(at + i * floats(), at + (i + step) * floats(), floats());
    for (std::int64_t k = 0; k < s.kernel.h; ++k)
      for (std::int64_t l = 0; l < s.kernel.w; ++l)
        for (std::int64_t c = 0; c < s.in_channels; ++c) b.out<float>(0)[c * dw[0] + k * dw[2] + l * dw[3]] = *at++;
  }
};

std::optional<Prepared> prepare_weight(const Attrs& attrs, Specs inputs, Specs results,
                                       const PointwiseProgram& epilogue) {
  const auto call = weight_grad_call(attrs, inputs, epilogue);
  if (!call || !is_depthwise(*call)) return std::nullopt;
  const ConvSizes& s = *call;
  const auto grad = std::make_shared<const WeightGrad>(
      WeightGrad{.loops = depthwise_loops(),
                 .sums = reduce_loops(Reducing::sum),
                 .s = s,
                 .dw = results[0].strides,
                 .rows = places_of(false, s.output.h, s.input.h, s.kernel.h, s.stride.h, s.dilation.h, s.pads.top),
                 .columns = places_of(false, s.output.w, s.input.w, s.kernel.w, s.stride.w, s.dilation.w, s.pads.left),
                 .slices = conv2d_weight_grad_slices(s)});
  Prepared prepared;
  prepared.workspace_bytes = static_cast<std::size_t>(grad->slices * grad->floats()) * sizeof(float);
  prepared.stages = {
      {grad->slices * grad->parts(), [grad](std::int64_t piece, const Buffers& b) { grad->run(piece, b); }},
      {1, [grad](std::int64_t, const Buffers& b) { grad->join(b); }}};
  return prepared;
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare, std::vector<Layout> layouts, std::string_view algorithm) {
  return {.op = op,
          .name = "conv2d_depthwise",
          .backend = "cpu",
          .prepare = prepare,
          .layouts = std::move(layouts),
          .algorithm = algorithm};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_conv2d_depthwise();
std::vector<Kernel> kernels_cpu_conv2d_depthwise() {
  constexpr Layout kImage = Layout::channels_last;
  return {cpu::kernel_of("conv2d", cpu::prepare<false>, {kImage, Layout::any, Layout::contiguous}, "direct"),
          cpu::kernel_of("conv2d_input_grad", cpu::prepare<true>, {kImage, Layout::any}, "direct"),
          cpu::kernel_of("conv2d_weight_grad", cpu::prepare_weight, {kImage, kImage}, "depthwise"),
          cpu::kernel_of("conv2d_weight_grad", cpu::prepare_weight, {kImage, kImage}, "direct")};
}

}  // namespace percept
