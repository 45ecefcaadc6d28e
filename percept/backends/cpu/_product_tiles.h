// _product_tiles.h - the two inner loops of every product of ours, for the instruction set chosen at run time.
#pragma once
#include <cstdint>

#include "percept/backends/cpu/_turn.h"

namespace percept::cpu {

inline constexpr int kMostTileRows = 8;

// y[r, n] = bias[n] + sum over t, k of rows[t][r][offset + k] * b[t, k, n], summed in that order: an element's bits
// depend on nothing but its own row, its column of b, and the sizes.
struct ProductTile {
  const float* const* rows;  // [taps][kMostTileRows] addresses
  std::int64_t offset = 0;
  std::int64_t taps = 1, depth = 0;
  const float* b = nullptr;     // packed: [taps][depth][TileLoops::columns], 64-byte aligned
  const float* bias = nullptr;  // or null
  float* y = nullptr;
  std::int64_t y_row = 0;    // elements from row to row of y
  int count = 0;             // rows, at most TileLoops::rows
  std::int64_t columns = 0;  // at most TileLoops::columns
};

// y[r, n] += sum over lines i, pixels j of x[i, j, r] * dy[i, j, n].
struct OuterTile {
  const float* x;
  const float* dy;
  std::int64_t lines, pixels;
  std::int64_t x_line, x_pixel, dy_line, dy_pixel;  // steps
  float* y;
  std::int64_t y_row;
  int count;
  std::int64_t columns;
};

struct TileLoops {
  int rows;              // of a tile
  std::int64_t columns;  // of a tile
  void (*product)(const ProductTile& tile);
  void (*outer)(const OuterTile& tile);
};
TileLoops tile_loops();

// Rows of the next of tiles that share `rows` as evenly as can be: few rows leave the multipliers waiting.
inline int rows_of_next(std::int64_t rows, int most) {
  const std::int64_t tiles = (rows + most - 1) / most;
  return static_cast<int>((rows + tiles - 1) / tiles);
}

// to[k * width + line] = from[line * line_step + k * step], lines from `lines` to width being 0.
inline void pack_lines(const float* from, std::int64_t line_step, std::int64_t step, std::int64_t lines,
                       std::int64_t width, std::int64_t depth, float* to) {
  const bool turned = step == 1 && lines > 1;
  if (turned) turn(from, line_step, lines, depth, to, width);
  for (std::int64_t k = 0; k < depth; ++k, to += width) {
    for (std::int64_t line = 0; line < lines && !turned; ++line) to[line] = from[line * line_step + k * step];
    for (std::int64_t line = lines; line < width; ++line) to[line] = 0;
  }
}

}  // namespace percept::cpu
