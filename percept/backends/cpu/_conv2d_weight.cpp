// _conv2d_weight.cpp - dw of a convolution: for each tap the product of x and dy over all pixels, image by image, in
// slices of the batch that are joined in a fixed tree.
#include "percept/backends/cpu/_conv2d_weight.h"

#include <algorithm>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_product_tiles.h"
#include "percept/backends/cpu/_reduce_loops.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/ops/pointwise.h"

namespace percept::cpu {
namespace {

// Partial sums in the workspace: [slices][groups][taps][in][out], `in` and `out` being channels of a group.
struct WeightGrad {
  TileLoops loops;
  ReduceLoops sums;
  ConvSizes s;
  Strides dw;
  std::int64_t slices, in, out;

  std::int64_t taps() const { return s.kernel.h * s.kernel.w; }
  std::int64_t parts() const { return s.groups * taps(); }
  std::int64_t part_floats() const { return in * out; }

  // Places of the result along one axis whose window has the tap on the image.
  static std::pair<std::int64_t, std::int64_t> valid(std::int64_t tap, std::int64_t stride, std::int64_t dilation,
                                                     std::int64_t pad, std::int64_t input, std::int64_t output) {
    const std::int64_t shift = pad - tap * dilation;  // input place + shift = output place * stride
    const std::int64_t first = shift <= 0 ? 0 : ceil_div(shift, stride);
    const std::int64_t last = input - 1 + shift;
    return {first, std::max(first, last < 0 ? 0 : std::min(output, last / stride + 1))};
  }

  void run(std::int64_t piece, const Buffers& b) const {
    const std::int64_t slice = piece / parts(), part = piece % parts(), group = part / taps(), tap = part % taps();
    const std::int64_t k = tap / s.kernel.w, l = tap % s.kernel.w;
    float* to = reinterpret_cast<float*>(b.workspace) + piece * part_floats();
    std::fill_n(to, part_floats(), 0.0f);
    const auto [top, bottom] = valid(k, s.stride.h, s.dilation.h, s.pads.top, s.input.h, s.output.h);
    const auto [left, right] = valid(l, s.stride.w, s.dilation.w, s.pads.left, s.input.w, s.output.w);
    if (top >= bottom || left >= right) return;
    const std::int64_t row = top * s.stride.h - s.pads.top + k * s.dilation.h;
    const std::int64_t column = left * s.stride.w - s.pads.left + l * s.dilation.w;
    OuterTile tile{};
    tile.lines = bottom - top;
    tile.pixels = right - left;
    tile.x_pixel = s.stride.w * s.in_channels;
    tile.x_line = s.stride.h * s.input.w * s.in_channels;
    tile.dy_pixel = s.out_channels;
    tile.dy_line = s.output.w * s.out_channels;
    tile.y_row = out;
    for (std::int64_t image = s.batch * slice / slices; image < s.batch * (slice + 1) / slices; ++image) {
      const float* x = b.in<float>(1) + ((image * s.input.h + row) * s.input.w + column) * s.in_channels + group * in;
      const float* dy =
          b.in<float>(0) + ((image * s.output.h + top) * s.output.w + left) * s.out_channels + group * out;
      for (std::int64_t o = 0; o < out; o += loops.columns)
        for (std::int64_t c = 0; c < in; c += loops.rows) {
          tile.x = x + c;
          tile.dy = dy + o;
          tile.y = to + c * out + o;
          tile.count = static_cast<int>(std::min<std::int64_t>(loops.rows, in - c));
          tile.columns = std::min(loops.columns, out - o);
          loops.outer(tile);
        }
    }
  }

  // One part of all slices, joined and put where dw has it.
  void join(std::int64_t part, const Buffers& b) const {
    float* at = reinterpret_cast<float*>(b.workspace) + part * part_floats();
    const std::int64_t slice = parts() * part_floats();
    for (std::int64_t step = 1; step < slices; step *= 2)
      for (std::int64_t i = 0; i + step < slices; i += 2 * step)
        sums.join(at + i * slice, at + (i + step) * slice, part_floats());
    const std::int64_t group = part / taps(), tap = part % taps();
    float* to = b.out<float>(0) + group * out * dw[0] + tap / s.kernel.w * dw[2] + tap % s.kernel.w * dw[3];
    for (std::int64_t o = 0; o < out; ++o)
      for (std::int64_t c = 0; c < in; ++c) to[o * dw[0] + c * dw[1]] = at[c * out + o];
  }
};

}  // namespace

std::optional<Prepared> prepare_weight_grad(const Attrs& attrs, Specs inputs, Specs results,
                                            const PointwiseProgram& epilogue) {
  const auto call = weight_grad_call(attrs, inputs, epilogue);
  if (!call) return std::nullopt;
  const ConvSizes& s = *call;
  const WeightGrad grad{.loops = tile_loops(),
                        .sums = reduce_loops(Reducing::sum),
                        .s = s,
                        .dw = results[0].strides,
                        .slices = conv2d_weight_grad_slices(s),
                        .in = s.in_channels / s.groups,
                        .out = s.out_channels / s.groups};
  Prepared prepared;
  prepared.workspace_bytes = static_cast<std::size_t>(grad.slices * grad.parts() * grad.part_floats()) * sizeof(float);
  prepared.stages.push_back(
      {grad.slices * grad.parts(), [grad](std::int64_t piece, const Buffers& b) { grad.run(piece, b); }});
  prepared.stages.push_back({grad.parts(), [grad](std::int64_t part, const Buffers& b) { grad.join(part, b); }});
  return prepared;
}

}  // namespace percept::cpu
