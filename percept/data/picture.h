// picture.h - from a picture's file to what a model takes: one size, one order of channels, the same for training and
// for prediction.
#pragma once
#include <array>
#include <cstdint>

#include "percept/base/enum_names.h"
#include "percept/base/path.h"
#include "percept/core/tensor.h"
#include "percept/data/resize.h"

namespace percept {

enum class ColorOrder { rgb, bgr, gray };
constexpr auto enum_names(ColorOrder) {
  return std::to_array<EnumName<ColorOrder>>(
      {{ColorOrder::rgb, "rgb"}, {ColorOrder::bgr, "bgr"}, {ColorOrder::gray, "gray"}});
}

// Part of the saved model ([preprocess] of a recipe): what was done to training pictures is done to every other.
struct PictureOptions {
  std::int64_t height = 0, width = 0;
  ColorOrder color = ColorOrder::rgb;  // gray: one channel; bgr as Caffe's models want it
  ResizeRule resize = ResizeRule::stretch;
  ResizeFilter interpolation = ResizeFilter::bilinear;
  bool antialias = true;
};

inline std::int64_t channels_of(const PictureOptions& options) { return options.color == ColorOrder::gray ? 1 : 3; }

// u8 [C, H, W] with 1, 3 or 4 channels -> u8 [channels_of, height, width], stored as H, W, C. Errors of resize_image.
Tensor prepare_picture(const Tensor& image, const PictureOptions& options);
// The same from a PNG or JPEG file. Errors of read_image too.
Tensor read_picture(const Path& path, const PictureOptions& options);

}  // namespace percept
