// _winograd_pass.cpp - weights, tiles and products of Winograd's convolution, in any order of the work.
#include "percept/backends/cpu/_winograd_pass.h"

#include <algorithm>

#include "percept/backends/cpu/_walk.h"

namespace percept::cpu {

WinogradPass::WinogradPass(const ConvCall& call)
    : transforms(winograd_loops(call.sizes.kernel.h)),
      products(tile_loops()),
      s(call.sizes),
      backwards(call.backwards),
      weight(call.weight),
      source(backwards ? s.out_channels : s.in_channels),
      target(backwards ? s.in_channels : s.out_channels),
      from(backwards ? s.output : s.input),
      to(backwards ? s.input : s.output),
      top(backwards ? s.kernel.h - 1 - s.pads.top : s.pads.top),
      left(backwards ? s.kernel.w - 1 - s.pads.left : s.pads.left),
      grid(s.kernel.h, to.h, to.w) {}

std::int64_t WinogradPass::panels() const { return ceil_div(target, products.columns); }

// Filters lie far from each other, mostly at a multiple of some pages, and so on few sets of the first cache: of each,
// a run of some lines is read at a time.
void WinogradPass::pack(std::int64_t panel, std::int64_t begin, std::int64_t end, const float* weights, float* points,
                        std::int64_t step) const {
  constexpr std::int64_t kChannels = 8, kMostFloats = kChannels * 25 * 64;
  const std::int64_t columns = products.columns, first = panel * columns, count = std::min(columns, target - first);
  const std::int64_t side = s.kernel.h, taps = side * side;
  const std::int64_t filter = weight[backwards ? 1 : 0], channel = weight[backwards ? 0 : 1];
  const bool taps_follow = weight[3] == 1 && weight[2] == side, runs = taps_follow && channel == taps;
  const std::int64_t of_run = runs ? kChannels : 1;  // channels that follow one another in memory
  float of_filters[kMostFloats];
  for (; begin < end; begin += of_run) {
    const std::int64_t channels = std::min(of_run, end - begin);
    const float* from_run = weights + first * filter + begin * channel;
    if (taps_follow)
      pack_lines(from_run, filter, 1, count, columns, channels * taps, of_filters);
    else
      for (std::int64_t k = 0; k < side; ++k)
        pack_lines(from_run + k * weight[2], filter, weight[3], count, columns, side, of_filters + k * side * columns);
    for (std::int64_t c = 0; c < channels; ++c) {
      const float* of_channel = of_filters + (c * taps + (backwards ? taps - 1 : 0)) * columns;
      transforms.weight(of_channel, backwards ? -columns : columns, columns, points + (begin + c) * columns, step);
    }
  }
}

void WinogradPass::transform(std::int64_t tile, const Buffers& b, float* points, std::int64_t step) const {
  const float* image = b.in<float>(0) + grid.image(tile) * from.h * from.w * source;
  transforms.input(image, grid.square(tile, from.h, from.w, source, top, left), points, step);
}

void WinogradPass::collect(std::int64_t tile, std::int64_t begin, std::int64_t end, const float* points,
                           std::int64_t step, const Buffers& b) const {
  const float* bias = !backwards && b.inputs.size() == 3 ? b.in<float>(2) + begin : nullptr;
  float* image = b.out<float>(0) + grid.image(tile) * to.h * to.w * target + begin;
  ImageSquare square = grid.square(tile, to.h, to.w, target);
  square.channels = end - begin;
  transforms.output(points, step, bias, image, square);
}

void WinogradPass::multiply(std::int64_t tiles, const float* points, std::int64_t points_row, const float* panel,
                            std::int64_t columns, float* y, std::int64_t y_row) const {
  const float* rows_of[kMostTileRows] = {};
  ProductTile product{.rows = rows_of, .depth = source, .b = panel, .y_row = y_row, .columns = columns};
  for (std::int64_t row = 0; row < tiles; row += product.count) {
    product.count = rows_of_next(tiles - row, products.rows);
    for (int r = 0; r < product.count; ++r) rows_of[r] = points + (row + r) * points_row;
    product.y = y + row * y_row;
    products.product(product);
  }
}

}  // namespace percept::cpu
