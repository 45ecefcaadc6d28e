// conv2d_winograd_weight.cpp - the weight gradient of conv2d_winograd.cpp's convolutions. All threads transform the
// input's and the gradient's tiles, then each multiplies some of the 36 points over all those tiles: whole sums of a
// point, which stay in the caches, and no copies of the weights to add. The sums are transformed back to taps.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_product_tiles.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/backends/cpu/_winograd_tiles.h"
#include "percept/ops/conv/conv2d.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kColumns = 32;           // out channels that are transformed back at once
constexpr std::int64_t kChannelsPerPiece = 16;  // in channels of a piece of the last stage
constexpr std::int64_t kTilesPerPiece = 4;      // of a piece of the first stage

// Workspace: the sums [point][in channel][out channel], then the points of a block's tiles [point][tile][channel], of x
// and of dy.
struct WinogradWeight {
  WinogradLoops transforms;
  TileLoops products;
  ConvSizes s;
  TileGrid grid;
  std::int64_t block;  // tiles whose points are kept at once

  std::int64_t tiles() const { return s.batch * grid.of_image(); }
  std::int64_t of_point() const { return s.in_channels * s.out_channels; }
  std::int64_t sums() const { return kWinogradPoints * of_point(); }
  std::int64_t in_step() const { return winograd_step(block, s.in_channels); }
  std::int64_t out_step() const { return winograd_step(block, s.out_channels); }
  std::int64_t floats() const { return sums() + kWinogradPoints * (in_step() + out_step()); }
  float* x_points(const Buffers& b) const { return reinterpret_cast<float*>(b.workspace) + sums(); }
  float* dy_points(const Buffers& b) const { return x_points(b) + kWinogradPoints * in_step(); }

  // Some tiles of the block that begins with tile `begin`.
  void transform(std::int64_t begin, std::int64_t piece, const Buffers& b) const {
    const std::int64_t in = s.in_channels, out = s.out_channels;
    const std::int64_t first = piece * kTilesPerPiece, count = std::min(block, tiles() - begin);
    for (std::int64_t t = first; t < std::min(first + kTilesPerPiece, count); ++t) {
      const std::int64_t tile = begin + t, image = grid.image(tile);
      transforms.input(b.in<float>(1) + image * s.input.h * s.input.w * in,
                       grid.square(tile, s.input.h, s.input.w, in, s.pads.top, s.pads.left), x_points(b) + t * in,
                       in_step());
      transforms.output_grad(b.in<float>(0) + image * s.output.h * s.output.w * out,
                             grid.square(tile, s.output.h, s.output.w, out), dy_points(b) + t * out, out_step());
    }
  }

  // sum [in, out] += x^T [in, tiles] times dy [tiles, out], of point p over the block.
  void multiply(std::int64_t begin, std::int64_t p, const Buffers& b) const {
    const std::int64_t in = s.in_channels, out = s.out_channels;
    float* sum = reinterpret_cast<float*>(b.workspace) + p * of_point();
    if (begin == 0) std::fill_n(sum, of_point(), 0.0f);
    OuterTile tile{.x = nullptr,
                   .dy = nullptr,
                   .lines = 1,
                   .pixels = std::min(block, tiles() - begin),
                   .x_line = 0,
                   .x_pixel = in,
                   .dy_line = 0,
                   .dy_pixel = out,
                   .y = nullptr,
                   .y_row = out,
                   .count = 0,
                   .columns = 0};
    for (std::int64_t column = 0; column < out; column += products.columns) {
      tile.columns = std::min(products.columns, out - column);
      tile.dy = dy_points(b) + p * out_step() + column;
      for (std::int64_t row = 0; row < in; row += tile.count) {
        tile.count = static_cast<int>(std::min<std::int64_t>(products.rows, in - row));
        tile.x = x_points(b) + p * in_step() + row;
        tile.y = sum + row * out + column;
        products.outer(tile);
      }
    }
  }

  std::int64_t back_pieces() const {
    return ceil_div(s.out_channels, kColumns) * ceil_div(s.in_channels, kChannelsPerPiece);
  }
  Region back_region(std::int64_t piece) const {
    const std::int64_t across = ceil_div(s.out_channels, kColumns);
    const std::int64_t first = piece % across * kColumns, begin = piece / across * kChannelsPerPiece;
    return {{first, begin, 0, 0},
            {std::min(kColumns, s.out_channels - first), std::min(kChannelsPerPiece, s.in_channels - begin), s.kernel.h,
             s.kernel.w}};
  }
  void transform_back(std::int64_t piece, const Buffers& b) const {
    const auto [at, size] = back_region(piece);
    const std::int64_t taps = s.kernel.h * s.kernel.w, columns = size[0];
    float of_filters[25 * kColumns];
    for (std::int64_t c = at[1]; c < at[1] + size[1]; ++c) {
      const float* sum = reinterpret_cast<const float*>(b.workspace) + c * s.out_channels + at[0];
      transforms.weight_grad(sum, of_point(), columns, of_filters);
      for (std::int64_t o = 0; o < columns; ++o) {
        float* filter = b.out<float>(0) + ((at[0] + o) * s.in_channels + c) * taps;
        for (std::int64_t tap = 0; tap < taps; ++tap) filter[tap] = of_filters[tap * columns + o];
      }
    }
  }
};

// Of one size, and a few MB: what the caches shared by all threads can hold.
std::int64_t tiles_per_block(const ConvSizes& s, std::int64_t tiles) {
  constexpr std::int64_t kFloats = std::int64_t{1} << 21, kLeast = 16;
  const std::int64_t most = std::max(kFloats / (kWinogradPoints * (s.in_channels + s.out_channels)), kLeast);
  return ceil_div(tiles, ceil_div(tiles, most));
}

std::optional<Prepared> prepare(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue) {
  const bool f32 = in[0].dtype == DType::f32 && in[1].dtype == DType::f32;
  if (!epilogue.empty() || !f32 || !in[0].is_channels_last() || !in[1].is_channels_last() || !out[0].is_contiguous() ||
      in[0].numel() == 0)
    return std::nullopt;
  const auto& grad = attrs.as<Conv2dGradAttrs>();
  const ConvSizes s = conv_sizes(in[1].shape, grad.shape, grad.conv);
  WinogradWeight sizes{winograd_loops(s.kernel.h), tile_loops(), s, {s.kernel.h, s.output.h, s.output.w}, 0};
  sizes.block = tiles_per_block(s, sizes.tiles());
  const auto w = std::make_shared<const WinogradWeight>(sizes);
  Prepared prepared;
  prepared.workspace_bytes = static_cast<std::size_t>(w->floats()) * sizeof(float);
  for (std::int64_t begin = 0; begin < w->tiles(); begin += w->block) {
    const std::int64_t count = std::min(w->block, w->tiles() - begin);
    prepared.stages.push_back({ceil_div(count, kTilesPerPiece),
                               [w, begin](std::int64_t i, const Buffers& b) { w->transform(begin, i, b); }});
    prepared.stages.push_back(
        {kWinogradPoints, [w, begin](std::int64_t i, const Buffers& b) { w->multiply(begin, i, b); }});
  }
  prepared.stages.push_back({w->back_pieces(), [w](std::int64_t i, const Buffers& b) { w->transform_back(i, b); },
                             [w](std::int64_t i) { return w->back_region(i); }});
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_conv2d_winograd_weight();
std::vector<Kernel> kernels_cpu_conv2d_winograd_weight() {
  return {{.op = "conv2d_weight_grad",
           .name = "conv2d_winograd_weight",
           .backend = "cpu",
           .prepare = cpu::prepare,
           .layouts = {Layout::channels_last},
           .algorithm = "winograd"}};
}

}  // namespace percept
