// warp.h - the one resampling: a new picture whose pixels are read from another through a map of the plane.
#pragma once
#include <optional>
#include <vector>

#include "percept/data/augment/homography.h"
#include "percept/data/augment/picture.h"
#include "percept/data/augment/sampling.h"

namespace percept {

// How far each pixel of the new picture is moved before the map is applied, in pixels; empty: not at all.
struct Displacement {
  std::vector<float> x, y;  // [height * width]
  bool empty() const { return x.empty(); }
};

struct Sampling {
  std::optional<Fill> fill = {};  // none: nothing beyond the edge is asked for; the edge itself where rounding does
  Interpolation interpolation = Interpolation::bilinear;
  bool antialias =
      false;  // where the picture shrinks and rows stay rows, all pixels count: a triangle as wide as a step
};

// Pixel (i, j) of `out` is `from` at to_source(i + 0.5, j + 0.5). u8 and f32 bilinear or nearest, u8 rounded to
// nearest; other dtypes nearest. Same bits on any machine for u8; channels, dtype as `from`.
// Where rows stay rows and nothing beyond the edge is asked for, u8 is resampled as by resize_image (Pillow's pixels).
// Bilinear weights of turned u8 pictures are multiples of 1/2048, which moves a value by at most 0.13.
void warp(const PixelSource& from, const Homography& to_source, const Displacement& displacement,
          const Sampling& sampling, const Picture& out);

// The parts, by what the map does (warp.cpp chooses).
namespace warp_detail {
// Rows stay rows: each axis has its list of source pixels and weights. axis_taps.cpp
void warp_by_axes(const PixelSource& from, const Homography& to_source, const Sampling& sampling, const Picture& out);
// Each pixel is one of the source's.
void warp_nearest_axes(const PixelSource& from, const Homography& to_source, const Sampling& sampling,
                       const Picture& out);
}  // namespace warp_detail

}  // namespace percept
