// conv2d_winograd_weight.cpp - the weight gradient of conv2d_winograd.cpp's convolutions: the points of the input's
// tiles times those of the gradient's, summed over all tiles, and transformed back to taps. Slices of the tiles have
// sums of their own, which are added in a fixed tree.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_product_tiles.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/backends/cpu/_winograd_tiles.h"
#include "percept/base/work_slots.h"
#include "percept/ops/conv/conv2d.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kMostSlices = 8;
constexpr std::int64_t kColumns = 32;           // out channels that are transformed back at once
constexpr std::int64_t kChannelsPerPiece = 16;  // in channels of a piece of the last stage

// Workspace: the slices' sums [point][in channel][out channel], then for each slot the points of a block's tiles, of x
// [point][tile][in channel] and of dy.
struct WinogradWeight {
  WinogradLoops transforms;
  TileLoops products;
  ConvSizes s;
  std::int64_t side, block, slices;
  std::shared_ptr<WorkSlots> slots;

  std::int64_t tile_rows() const { return ceil_div(s.output.h, side); }
  std::int64_t tile_columns() const { return ceil_div(s.output.w, side); }
  std::int64_t of_image() const { return tile_rows() * tile_columns(); }
  std::int64_t tiles() const { return s.batch * of_image(); }
  std::int64_t of_point() const { return s.in_channels * s.out_channels; }
  std::int64_t sums() const { return kWinogradPoints * of_point(); }
  std::int64_t in_step() const { return winograd_step(s.in_channels); }
  std::int64_t out_step() const { return winograd_step(s.out_channels); }
  std::int64_t slot_floats() const { return block * (winograd_tile(s.in_channels) + winograd_tile(s.out_channels)); }
  std::int64_t back_pieces() const {
    return ceil_div(s.out_channels, kColumns) * ceil_div(s.in_channels, kChannelsPerPiece);
  }

  void run_slice(std::int64_t slice, const Buffers& b) const {
    const WorkSlots::Held slot(*slots);
    float* workspace = reinterpret_cast<float*>(b.workspace);
    float* sum = workspace + slice * sums();
    float* points = workspace + slices * sums() + slot.index() * slot_floats();
    std::fill_n(sum, sums(), 0.0f);
    const std::int64_t end = tiles() * (slice + 1) / slices;
    for (std::int64_t begin = tiles() * slice / slices; begin < end; begin += block)
      run_block(begin, std::min(block, end - begin), b, points, sum);
  }

  void run_block(std::int64_t begin, std::int64_t count, const Buffers& b, float* points, float* sum) const {
    const std::int64_t in = s.in_channels, out = s.out_channels;
    float* grads = points + block * winograd_tile(in);
    for (std::int64_t t = 0; t < count; ++t) {
      const std::int64_t image = (begin + t) / of_image();
      const std::int64_t row = (begin + t) / tile_columns() % tile_rows() * side;
      const std::int64_t column = (begin + t) % tile_columns() * side;
      transforms.input(b.in<float>(1) + image * s.input.h * s.input.w * in,
                       {s.input.h, s.input.w, in, row - s.pads.top, column - s.pads.left},
                       points + t * winograd_tile(in), in_step());
      transforms.output_grad(b.in<float>(0) + image * s.output.h * s.output.w * out,
                             {s.output.h, s.output.w, out, row, column}, grads + t * winograd_tile(out), out_step());
    }
    for (int p = 0; p < kWinogradPoints; ++p)
      multiply(count, points + p * in_step(), grads + p * out_step(), sum + p * of_point());
  }

  // sum [in, out] += points^T [in, tiles] times grads [tiles, out].
  void multiply(std::int64_t count, const float* points, const float* grads, float* sum) const {
    const std::int64_t in = s.in_channels, out = s.out_channels;
    OuterTile tile{.x = nullptr,
                   .dy = nullptr,
                   .lines = 1,
                   .pixels = count,
                   .x_line = 0,
                   .x_pixel = winograd_tile(in),
                   .dy_line = 0,
                   .dy_pixel = winograd_tile(out),
                   .y = nullptr,
                   .y_row = out,
                   .count = 0,
                   .columns = 0};
    for (std::int64_t column = 0; column < out; column += products.columns) {
      tile.columns = std::min(products.columns, out - column);
      tile.dy = grads + column;
      for (std::int64_t row = 0; row < in; row += tile.count) {
        tile.count = static_cast<int>(std::min<std::int64_t>(products.rows, in - row));
        tile.x = points + row;
        tile.y = sum + row * out + column;
        products.outer(tile);
      }
    }
  }

  // ((0 + 1) + (2 + 3)) + ... of the slices, for all points of one in channel and some out channels; into slice 0.
  void add_slices(float* sum, std::int64_t columns) const {
    for (std::int64_t step = 1; step < slices; step *= 2)
      for (std::int64_t i = 0; i + step < slices; i += 2 * step)
        for (int p = 0; p < kWinogradPoints; ++p) {
          float* to = sum + i * sums() + p * of_point();
          const float* from = to + step * sums();
          for (std::int64_t o = 0; o < columns; ++o) to[o] += from[o];
        }
  }

  void run_back(std::int64_t piece, const Buffers& b) const {
    const std::int64_t across = ceil_div(s.out_channels, kColumns), taps = s.kernel.h * s.kernel.w;
    const std::int64_t first = piece % across * kColumns, columns = std::min(kColumns, s.out_channels - first);
    const std::int64_t begin = piece / across * kChannelsPerPiece;
    float of_filters[25 * kColumns];
    for (std::int64_t c = begin; c < std::min(begin + kChannelsPerPiece, s.in_channels); ++c) {
      float* sum = reinterpret_cast<float*>(b.workspace) + c * s.out_channels + first;
      add_slices(sum, columns);
      transforms.weight_grad(sum, of_point(), columns, of_filters);
      for (std::int64_t o = 0; o < columns; ++o) {
        float* filter = b.out<float>(0) + ((first + o) * s.in_channels + c) * taps;
        for (std::int64_t tap = 0; tap < taps; ++tap) filter[tap] = of_filters[tap * columns + o];
      }
    }
  }

  Region back_region(std::int64_t piece) const {
    const std::int64_t across = ceil_div(s.out_channels, kColumns);
    const std::int64_t first = piece % across * kColumns, begin = piece / across * kChannelsPerPiece;
    return {{first, begin, 0, 0},
            {std::min(kColumns, s.out_channels - first), std::min(kChannelsPerPiece, s.in_channels - begin), s.kernel.h,
             s.kernel.w}};
  }
};

// Every slice has 36 sums for each pair of channels: few slices where those are many. A slice is worth its sums from
// some blocks of tiles.
std::int64_t slices_of(const ConvSizes& s, std::int64_t tiles) {
  constexpr std::int64_t kFewSums = std::int64_t{1} << 18, kSums = std::int64_t{1} << 20, kLeastTiles = 64;
  const std::int64_t sums = kWinogradPoints * s.in_channels * s.out_channels;
  const std::int64_t most = sums <= kFewSums ? kMostSlices : sums <= kSums ? 4 : 2;
  return std::clamp<std::int64_t>(tiles / kLeastTiles, 1, most);
}

std::optional<Prepared> prepare(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue) {
  const bool f32 = in[0].dtype == DType::f32 && in[1].dtype == DType::f32;
  if (!epilogue.empty() || !f32 || !in[0].is_channels_last() || !in[1].is_channels_last() || !out[0].is_contiguous() ||
      in[0].numel() == 0)
    return std::nullopt;
  const auto& grad = attrs.as<Conv2dGradAttrs>();
  WinogradWeight w{.transforms = {},
                   .products = tile_loops(),
                   .s = conv_sizes(in[1].shape, grad.shape, grad.conv),
                   .side = 0,
                   .block = 48,
                   .slices = 1,
                   .slots = nullptr};
  w.transforms = winograd_loops(w.s.kernel.h);
  w.side = winograd_outputs(w.s.kernel.h);
  w.slices = slices_of(w.s, w.tiles());
  w.slots = std::make_shared<WorkSlots>(w.slices);
  Prepared prepared;
  prepared.workspace_bytes =
      static_cast<std::size_t>(w.slices * w.sums() + w.slots->count() * w.slot_floats()) * sizeof(float);
  prepared.stages = {{w.slices, [w](std::int64_t i, const Buffers& b) { w.run_slice(i, b); }},
                     {w.back_pieces(), [w](std::int64_t i, const Buffers& b) { w.run_back(i, b); },
                      [w](std::int64_t i) { return w.back_region(i); }}};
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
