// conv2d_winograd_weight.cpp - the weight gradient of conv2d_winograd.cpp's convolutions. All threads transform the
// input's and the gradient's tiles, then each multiplies some of the 36 points over all those tiles: whole sums of a
// point, which stay in the caches, and no copies of the weights to add. The sums are transformed back to taps. Where
// few tiles meet many weights, each thread multiplies all points for some in channels, and transforms those back at
// once.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_product_tiles.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/backends/cpu/_winograd_tiles.h"
#include "percept/base/work_slots.h"
#include "percept/ops/conv/conv2d.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kColumns = 32;   // out channels that are transformed back at once
constexpr std::int64_t kChannels = 16;  // in channels of a piece of the last stage
constexpr std::int64_t kTiles = 4;      // of a piece of the first stage

// Workspace: the points of a block's tiles [point][tile][channel], of x and of dy, then the sums [point][in
// channel][out channel]: all, or (few tiles) for each slot those of a piece's in channels.
struct WinogradWeight {
  WinogradLoops transforms;
  TileLoops products;
  ConvSizes s;
  TileGrid grid;
  std::int64_t block;  // tiles whose points are kept at once

  std::shared_ptr<WorkSlots> slots;  // few tiles: of pieces of in channels

  std::int64_t tiles() const { return s.batch * grid.of_image(); }
  std::int64_t in_step() const { return winograd_step(block, s.in_channels); }
  std::int64_t out_step() const { return winograd_step(block, s.out_channels); }
  std::int64_t sum_step() const { return winograd_step(slots ? kChannels : s.in_channels, s.out_channels); }
  std::int64_t sum_floats() const { return kWinogradPoints * sum_step() * (slots ? slots->count() : 1); }
  std::int64_t floats() const { return kWinogradPoints * (in_step() + out_step()) + sum_floats(); }
  float* x_points(const Buffers& b) const { return reinterpret_cast<float*>(b.workspace); }
  float* dy_points(const Buffers& b) const { return x_points(b) + kWinogradPoints * in_step(); }
  float* sums(const Buffers& b) const { return dy_points(b) + kWinogradPoints * out_step(); }

  // Some tiles of the block that begins with tile `begin`.
  void transform(std::int64_t begin, std::int64_t piece, const Buffers& b) const {
    const std::int64_t in = s.in_channels, out = s.out_channels;
    const std::int64_t first = piece * kTiles, count = std::min(block, tiles() - begin);
    for (std::int64_t t = first; t < std::min(first + kTiles, count); ++t) {
      const std::int64_t tile = begin + t, image = grid.image(tile);
      transforms.input(b.in<float>(1) + image * s.input.h * s.input.w * in,
                       grid.square(tile, s.input.h, s.input.w, in, s.pads.top, s.pads.left), x_points(b) + t * in,
                       in_step());
      transforms.output_grad(b.in<float>(0) + image * s.output.h * s.output.w * out,
                             grid.square(tile, s.output.h, s.output.w, out), dy_points(b) + t * out, out_step());
    }
  }

  // sum [rows, out] += x^T [rows, tiles] times dy [tiles, out], of point p over the block; rows: in channels.
  void multiply(std::int64_t begin, std::int64_t p, std::int64_t first, std::int64_t rows, float* sum,
                const Buffers& b) const {
    const std::int64_t out = s.out_channels;
    if (begin == 0) std::fill_n(sum, rows * out, 0.0f);
    OuterTile tile{.x = nullptr,
                   .dy = nullptr,
                   .lines = 1,
                   .pixels = std::min(block, tiles() - begin),
                   .x_line = 0,
                   .x_pixel = s.in_channels,
                   .dy_line = 0,
                   .dy_pixel = out,
                   .y = nullptr,
                   .y_row = out,
                   .count = 0,
                   .columns = 0};
    for (std::int64_t column = 0; column < out; column += products.columns) {
      tile.columns = std::min(products.columns, out - column);
      tile.dy = dy_points(b) + p * out_step() + column;
      for (std::int64_t row = 0; row < rows; row += tile.count) {
        tile.count = static_cast<int>(std::min<std::int64_t>(products.rows, rows - row));
        tile.x = x_points(b) + p * in_step() + first + row;
        tile.y = sum + row * out + column;
        products.outer(tile);
      }
    }
  }

  // sum: of the region's first in channel and first out channel.
  void transform_back(const float* sum, const Region& region, const Buffers& b) const {
    const std::int64_t taps = s.kernel.h * s.kernel.w, columns = region.size[0];
    float of_filters[25 * kColumns];
    for (std::int64_t c = 0; c < region.size[1]; ++c) {
      transforms.weight_grad(sum + c * s.out_channels, sum_step(), columns, of_filters);
      for (std::int64_t o = 0; o < columns; ++o) {
        float* filter = b.out<float>(0) + ((region.first[0] + o) * s.in_channels + region.first[1] + c) * taps;
        for (std::int64_t tap = 0; tap < taps; ++tap) filter[tap] = of_filters[tap * columns + o];
      }
    }
  }
  Region region(std::int64_t out, std::int64_t outs, std::int64_t in) const {
    return {{out, in, 0, 0},
            {std::min(outs, s.out_channels - out), std::min(kChannels, s.in_channels - in), s.kernel.h, s.kernel.w}};
  }

  std::int64_t back_pieces() const { return ceil_div(s.out_channels, kColumns) * ceil_div(s.in_channels, kChannels); }
  Region back_region(std::int64_t piece) const {
    const std::int64_t across = ceil_div(s.out_channels, kColumns);
    return region(piece % across * kColumns, kColumns, piece / across * kChannels);
  }

  // Few tiles: all points of some in channels.
  std::int64_t channel_pieces() const { return ceil_div(s.in_channels, kChannels); }
  Region channel_region(std::int64_t piece) const { return region(0, s.out_channels, piece * kChannels); }
  void run_channels(std::int64_t piece, const Buffers& b) const {
    const WorkSlots::Held slot(*slots);
    float* sum = sums(b) + slot.index() * kWinogradPoints * sum_step();
    const Region part = channel_region(piece);
    for (std::int64_t p = 0; p < kWinogradPoints; ++p)
      multiply(0, p, part.first[1], part.size[1], sum + p * sum_step(), b);
    for (std::int64_t o = 0; o < s.out_channels; o += kColumns)
      transform_back(sum + o, region(o, kColumns, part.first[1]), b);
  }
};

// Of one size, and a few MB: what the caches shared by all threads can hold.
std::int64_t tiles_per_block(const ConvSizes& s, std::int64_t tiles) {
  constexpr std::int64_t kFloats = std::int64_t{1} << 21, kLeast = 16;
  const std::int64_t most = std::max(kFloats / (kWinogradPoints * (s.in_channels + s.out_channels)), kLeast);
  return ceil_div(tiles, ceil_div(tiles, most));
}

// The sums are written and read once, the points of dy are read for each piece of in channels: less where tiles are
// few. Sums that fit a thread's caches in any case are not worth it.
// Measured: 1.3 to 1.8 times as fast for 256 channels on two images of 14x14 or 31 of 4x4, 2 times for 512.
bool few_tiles(const WinogradWeight& w) {
  constexpr std::int64_t kFewTiles = 32, kManySums = std::int64_t{1} << 18;
  return w.block == w.tiles() && w.tiles() <= kFewTiles &&
         kWinogradPoints * w.s.in_channels * w.s.out_channels > kManySums;
}

std::vector<Stage> stages_of(const std::shared_ptr<const WinogradWeight>& w) {
  std::vector<Stage> stages;
  for (std::int64_t begin = 0; begin < w->tiles(); begin += w->block) {
    const std::int64_t count = std::min(w->block, w->tiles() - begin);
    stages.push_back(
        {ceil_div(count, kTiles), [w, begin](std::int64_t i, const Buffers& b) { w->transform(begin, i, b); }});
    if (w->slots) continue;
    stages.push_back({kWinogradPoints, [w, begin](std::int64_t p, const Buffers& b) {
                        w->multiply(begin, p, 0, w->s.in_channels, w->sums(b) + p * w->sum_step(), b);
                      }});
  }
  if (w->slots)
    stages.push_back({w->channel_pieces(), [w](std::int64_t i, const Buffers& b) { w->run_channels(i, b); },
                      [w](std::int64_t i) { return w->channel_region(i); }});
  else
    stages.push_back({w->back_pieces(),
                      [w](std::int64_t i, const Buffers& b) {
                        const Region part = w->back_region(i);
                        w->transform_back(w->sums(b) + part.first[1] * w->s.out_channels + part.first[0], part, b);
                      },
                      [w](std::int64_t i) { return w->back_region(i); }});
  return stages;
}

std::optional<Prepared> prepare(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue) {
  const auto call = weight_grad_call(attrs, in, epilogue);
  if (!call || !out[0].is_contiguous() || in[0].numel() == 0) return std::nullopt;
  const ConvSizes& s = *call;
  WinogradWeight w{winograd_loops(s.kernel.h), tile_loops(), s, {s.kernel.h, s.output.h, s.output.w}, 0, nullptr};
  w.block = tiles_per_block(s, w.tiles());
  if (few_tiles(w)) w.slots = std::make_shared<WorkSlots>(w.channel_pieces());
  Prepared prepared;
  prepared.workspace_bytes = static_cast<std::size_t>(w.floats()) * sizeof(float);
  prepared.stages = stages_of(std::make_shared<const WinogradWeight>(w));
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
