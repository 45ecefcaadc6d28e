// _winograd_pass.h - what the two orders share in which Winograd's convolution is carried out: by blocks of tiles
// (conv2d_winograd.cpp), and by filters where tiles are few beside the weights (_winograd_by_filters.cpp). Every
// element is the same sum in both, so a result's bits do not tell which it was.
#pragma once
#include <memory>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_product_tiles.h"
#include "percept/backends/cpu/_winograd_tiles.h"

namespace percept::cpu {

// Both ways: `source` is x and `target` y, or (backwards) dy and dx, which is a convolution with the taps reversed.
struct WinogradPass {
  WinogradLoops transforms;
  TileLoops products;
  ConvSizes s;
  bool backwards;
  Strides weight;               // steps of [O, C, r, r]
  std::int64_t source, target;  // channels
  Size2 from, to;
  std::int64_t top, left;  // padding of the source
  TileGrid grid;           // of the target

  explicit WinogradPass(const ConvCall& call);

  std::int64_t tiles() const { return s.batch * grid.of_image(); }
  std::int64_t panels() const;                                                // of products.columns filters
  std::int64_t weights() const { return kWinogradPoints * source * target; }  // transformed

  // Channels `begin` to `end` of the source of a panel of filters, to [point][channel][column].
  void pack(std::int64_t panel, std::int64_t begin, std::int64_t end, const float* weights, float* points,
            std::int64_t step) const;
  // A tile of the source to [point][channel].
  void transform(std::int64_t tile, const Buffers& b, float* points, std::int64_t step) const;
  // Of [point][channel] to channels `begin` to `end` of a tile of the target.
  void collect(std::int64_t tile, std::int64_t begin, std::int64_t end, const float* points, std::int64_t step,
               const Buffers& b) const;
  // A point of `tiles`: y[tile, column] from its channels, for one panel of filters.
  void multiply(std::int64_t tiles, const float* points, std::int64_t points_row, const float* panel,
                std::int64_t columns, float* y, std::int64_t y_row) const;
};

// Filters after filters: each panel's weights are transformed and used at once, for all tiles, which are transformed
// first. Nothing where tiles are many, or weights few: there the weights of all panels stay at hand.
std::optional<Prepared> winograd_by_filters(const WinogradPass& pass);

}  // namespace percept::cpu
