// conv2d_direct.cpp - convolutions and their input gradients for builds without oneDNN: every pixel of the result is a
// row of a matrix product whose factors are read where they lie, tap by tap. The weight gradient is _conv2d_weight.cpp.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_conv2d_weight.h"
#include "percept/backends/cpu/_product_tiles.h"
#include "percept/backends/cpu/_walk.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kMostTaps = 256;  // their addresses lie on the stack

// Both ways: `source` is x and `target` y, or (backwards) dy and dx.
struct Convolution {
  TileLoops loops;
  ConvSizes s;
  bool backwards;
  Strides weight;             // steps of [O, C / groups, kh, kw]
  std::int64_t depth, width;  // channels of a group in the source and in the target
  Size2 from, to;             // sizes of their planes
  std::int64_t piece_pixels;  // of all images' pixels

  std::int64_t taps() const { return s.kernel.h * s.kernel.w; }
  std::int64_t panels() const { return ceil_div(width, loops.columns); }  // of a group
  std::int64_t panel_floats() const { return taps() * depth * loops.columns; }
  std::int64_t source_channels() const { return depth * s.groups; }
  std::int64_t target_channels() const { return width * s.groups; }
  std::int64_t all_panels() const { return s.groups * panels(); }
  std::int64_t packed_floats() const { return all_panels() * panel_floats() + source_channels(); }
  std::int64_t pixels() const { return s.batch * to.h * to.w; }
  std::int64_t pieces() const { return ceil_div(pixels(), piece_pixels); }

  // Panel `index` of all groups: [tap][depth][columns]. The last piece clears the zeros that stand for padding.
  void pack(std::int64_t index, const float* from_weight, float* packed) const {
    if (index == all_panels()) {
      std::fill_n(packed + index * panel_floats(), source_channels(), 0.0f);
      return;
    }
    const std::int64_t group = index / panels(), first = index % panels() * loops.columns;
    const std::int64_t source_step = weight[backwards ? 0 : 1], target_step = weight[backwards ? 1 : 0];
    const std::int64_t group_step = weight[0] * (s.out_channels / s.groups);
    for (std::int64_t tap = 0; tap < taps(); ++tap)
      pack_lines(from_weight + group * group_step + first * target_step + tap / s.kernel.w * weight[2] +
                     tap % s.kernel.w * weight[3],
                 target_step, source_step, std::min(loops.columns, width - first), loops.columns, depth,
                 packed + index * panel_floats() + tap * depth * loops.columns);
  }

  // Where along one axis a tap reads for the target's place `at`; -1: nowhere, or on padding.
  static std::int64_t source_of(std::int64_t at, std::int64_t tap, std::int64_t stride, std::int64_t dilation,
                                std::int64_t pad, std::int64_t size, bool backwards) {
    std::int64_t place = backwards ? at + pad - tap * dilation : at * stride - pad + tap * dilation;
    if (backwards) {
      if (place < 0 || place % stride != 0) return -1;
      place /= stride;
    }
    return place >= 0 && place < size ? place : -1;
  }

  // The addresses that the taps of `count` pixels, counted over all images, read.
  void find_rows(const float* source, const float* zeros, std::int64_t pixel, int count, const float** rows) const {
    for (int r = 0; r < count; ++r) {
      const std::int64_t image = (pixel + r) / (to.h * to.w), i = (pixel + r) / to.w % to.h, j = (pixel + r) % to.w;
      const float* of_image = source + image * from.h * from.w * source_channels();
      for (std::int64_t k = 0; k < s.kernel.h; ++k) {
        const std::int64_t row = source_of(i, k, s.stride.h, s.dilation.h, s.pads.top, from.h, backwards);
        for (std::int64_t l = 0; l < s.kernel.w; ++l) {
          const std::int64_t column = source_of(j, l, s.stride.w, s.dilation.w, s.pads.left, from.w, backwards);
          rows[(k * s.kernel.w + l) * kMostTileRows + r] =
              row < 0 || column < 0 ? zeros : of_image + (row * from.w + column) * source_channels();
        }
      }
    }
  }

  void run(std::int64_t piece, const Buffers& b, const float* packed) const {
    const std::int64_t begin = piece * piece_pixels, end = std::min(begin + piece_pixels, pixels());
    const float* zeros = packed + all_panels() * panel_floats();
    const float* bias = !backwards && b.inputs.size() == 3 ? b.in<float>(2) : nullptr;
    const float* rows[kMostTaps * kMostTileRows];
    ProductTile tile{.rows = rows, .taps = taps(), .depth = depth, .y_row = target_channels()};
    for (std::int64_t pixel = begin; pixel < end; pixel += tile.count) {
      tile.count = static_cast<int>(std::min<std::int64_t>(loops.rows, end - pixel));
      find_rows(b.in<float>(0), zeros, pixel, tile.count, rows);
      for (std::int64_t index = 0; index < all_panels(); ++index) {
        const std::int64_t group = index / panels(), first = index % panels() * loops.columns;
        tile.offset = group * depth;
        tile.columns = std::min(loops.columns, width - first);
        tile.b = packed + index * panel_floats();
        tile.bias = bias == nullptr ? nullptr : bias + group * width + first;
        tile.y = b.out<float>(0) + pixel * target_channels() + group * width + first;
        loops.product(tile);
      }
    }
  }
};

std::shared_ptr<const Prepacked> prepacked(const std::shared_ptr<const Convolution>& c) {
  auto packed = std::make_shared<Prepacked>();
  packed->input = 1;
  packed->bytes = static_cast<std::size_t>(c->packed_floats()) * sizeof(float);
  packed->pack = {
      {c->all_panels() + 1, [c](std::int64_t i, const Buffers& b) { c->pack(i, b.in<float>(0), b.out<float>(0)); }}};
  packed->then.stages = {{c->pieces(), [c](std::int64_t i, const Buffers& b) { c->run(i, b, b.in<float>(1)); }}};
  return packed;
}

std::optional<Prepared> prepare_products(Convolution sizes) {
  if (sizes.taps() > kMostTaps) return std::nullopt;
  constexpr std::int64_t kWorthAPiece = std::int64_t{1} << 20, kRows = 24;  // products; whole tiles of 6 or 8 rows
  const std::int64_t of_pixel = sizes.taps() * sizes.depth * sizes.width * sizes.s.groups;
  sizes.piece_pixels = std::max(ceil_div(kWorthAPiece / of_pixel, kRows), std::int64_t{1}) * kRows;
  const auto c = std::make_shared<const Convolution>(sizes);
  const auto packed = [](const Buffers& b) { return reinterpret_cast<float*>(b.workspace); };
  Prepared prepared;
  prepared.workspace_bytes = static_cast<std::size_t>(c->packed_floats()) * sizeof(float);
  prepared.stages = {
      {c->all_panels() + 1, [c, packed](std::int64_t i, const Buffers& b) { c->pack(i, b.in<float>(1), packed(b)); }},
      {c->pieces(), [c, packed](std::int64_t i, const Buffers& b) { c->run(i, b, packed(b)); }}};
  prepared.prepack = [c] { return prepacked(c); };
  return prepared;
}

std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const auto call = conv_call(attrs, inputs, results, epilogue, false);
  if (!call || (inputs.size() == 3 && !inputs[2].is_contiguous())) return std::nullopt;
  const ConvSizes& s = call->sizes;
  return prepare_products({tile_loops(), s, false, call->weight, s.in_channels / s.groups, s.out_channels / s.groups,
                           s.input, s.output, 0});
}

std::optional<Prepared> prepare_input_grad(const Attrs& attrs, Specs inputs, Specs results,
                                           const PointwiseProgram& epilogue) {
  const auto call = conv_call(attrs, inputs, results, epilogue, true);
  if (!call) return std::nullopt;
  const ConvSizes& s = call->sizes;
  return prepare_products(
      {tile_loops(), s, true, call->weight, s.out_channels / s.groups, s.in_channels / s.groups, s.output, s.input, 0});
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare, std::vector<Layout> layouts) {
  return {.op = op,
          .name = "conv2d_direct",
          .backend = "cpu",
          .prepare = prepare,
          .layouts = std::move(layouts),
          .algorithm = "direct"};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_conv2d_direct();
std::vector<Kernel> kernels_cpu_conv2d_direct() {
  constexpr Layout kImage = Layout::channels_last;
  return {cpu::kernel_of("conv2d", cpu::prepare, {kImage, Layout::any, Layout::contiguous}),
          cpu::kernel_of("conv2d_input_grad", cpu::prepare_input_grad, {kImage, Layout::any}),
          cpu::kernel_of("conv2d_weight_grad", cpu::prepare_weight_grad, {kImage, kImage})};
}

}  // namespace percept
