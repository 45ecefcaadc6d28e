// resize.h - pictures to another size, as Pillow does it: what training and prediction read has the same pixels.
#pragma once
#include <array>
#include <cstdint>

#include "percept/base/enum_names.h"
#include "percept/core/tensor.h"

namespace percept {

enum class ResizeFilter { nearest, bilinear, bicubic };
constexpr auto enum_names(ResizeFilter) {
  return std::to_array<EnumName<ResizeFilter>>(
      {{ResizeFilter::nearest, "nearest"}, {ResizeFilter::bilinear, "bilinear"}, {ResizeFilter::bicubic, "bicubic"}});
}

// What becomes of a picture whose sides have another ratio than the size asked for.
enum class ResizeRule {
  stretch,  // its ratio changes (Keras's default)
  crop,     // the largest middle part of the right ratio is taken (Keras's crop_to_aspect_ratio)
  pad,      // all of it, with black on two sides (pad_to_aspect_ratio)
};
constexpr auto enum_names(ResizeRule) {
  return std::to_array<EnumName<ResizeRule>>(
      {{ResizeRule::stretch, "stretch"}, {ResizeRule::crop, "crop"}, {ResizeRule::pad, "pad"}});
}

struct ResizeOptions {
  ResizeRule rule = ResizeRule::stretch;
  ResizeFilter interpolation = ResizeFilter::bilinear;
  // Where a picture gets smaller, each new pixel is a mean over all it covers, not over its nearest neighbours.
  bool antialias = true;
};

// image u8 [C, H, W] of any strides -> u8 [C, height, width], stored as H, W, C. Columns are filtered after rows, each
// pass in fixed point with 22 bits and rounded to 8: the pixels of Pillow's Image.resize. The same size gives the same
// pixels. bicubic: a = -0.5 (Keys 1981). DTypeError, ShapeError; ValueError for sizes outside 1..65535.
Tensor resize_image(const Tensor& image, std::int64_t height, std::int64_t width, const ResizeOptions& options = {});

}  // namespace percept
