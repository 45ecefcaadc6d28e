// _winograd_tiles.h - the transforms of Winograd's convolution on six points, F(4x4, 3x3) and F(2x2, 5x5), for the
// instruction set chosen at run time. Every transform takes a square of vectors over channels to another one.
//
// A one-dimensional convolution of m outputs and r taps (m + r = 7) is a product of polynomials, known from its values
// at the six points 0, 1, -1, 2, -2 and infinity: y = A^T [(G g) * (B^T d)], where d are six inputs. Nested twice it
// gives a tile of m x m outputs from 6 x 6 inputs with 36 multiplications in place of (m r)^2: a quarter for 3 x 3
// taps, 2.8 times fewer for 5 x 5. Source: Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks".
#pragma once
#include <cstdint>

namespace percept::cpu {

inline constexpr int kWinogradPoints = 36;
// Outputs of a tile along an axis, for kernels of 3 or 5.
constexpr std::int64_t winograd_outputs(std::int64_t kernel) { return 7 - kernel; }

// Floats from point to point of a block of tiles [tile][channel]. A cache line more than the tiles: a power of two
// would put all 36 lines that a transform writes into a few sets of the first cache.
constexpr std::int64_t winograd_step(std::int64_t tiles, std::int64_t channels) { return tiles * channels + 16; }

// A square of an image [height, width, all_channels], of which the first `channels` count, that begins at the pixel
// (top, left); parts may lie outside.
struct ImageSquare {
  std::int64_t height = 0, width = 0, all_channels = 0, channels = 0, top = 0, left = 0;
};

// Where the tiles of a batch of images lie, [image][row][column].
struct TileGrid {
  std::int64_t side, rows, columns;  // pixels of a tile along an axis; tiles of an image
  TileGrid(std::int64_t kernel, std::int64_t height, std::int64_t width)
      : side(winograd_outputs(kernel)), rows((height + side - 1) / side), columns((width + side - 1) / side) {}
  std::int64_t of_image() const { return rows * columns; }
  std::int64_t image(std::int64_t tile) const { return tile / of_image(); }
  // In images of these sizes, `top` and `left` pixels before the tile.
  ImageSquare square(std::int64_t tile, std::int64_t height, std::int64_t width, std::int64_t channels,
                     std::int64_t top = 0, std::int64_t left = 0) const {
    return {height, width, channels, channels, tile / columns % rows * side - top, tile % columns * side - left};
  }
};

// `points`: element (point p, channel c) at p * step + c.
struct WinogradLoops {
  // B^T d B of 6 x 6 pixels; pixels outside the image count as 0.
  void (*input)(const float* image, const ImageSquare& square, float* points, std::int64_t step);
  // A^T p A, and bias[c] where given, to those of m x m pixels that lie in the image.
  void (*output)(const float* points, std::int64_t step, const float* bias, float* image, const ImageSquare& square);
  // The transposed one, of a gradient dy: A dy A^T; pixels outside the image count as 0.
  void (*output_grad)(const float* image, const ImageSquare& square, float* points, std::int64_t step);
  // G g G^T of `count` filters: tap (k, l) of filter o at taps[(k * r + l) * taps_step + o].
  void (*weight)(const float* taps, std::int64_t taps_step, std::int64_t count, float* points, std::int64_t step);
  // The transposed one, tap (k, l) of filter o to taps[(k * r + l) * count + o]: G^T p G.
  void (*weight_grad)(const float* points, std::int64_t step, std::int64_t count, float* taps);
};
WinogradLoops winograd_loops(std::int64_t kernel);  // 3 or 5

}  // namespace percept::cpu
