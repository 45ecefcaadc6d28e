// picture.cpp - channels first, then the size.
#include "percept/data/picture.h"

#include <utility>

#include "percept/base/error.h"
#include "percept/formats/image.h"

namespace percept {
namespace {

// [C, H, W] stored as H, W, C, in place.
void swap_red_and_blue(Tensor& image) {
  auto* pixel = image.mutable_data<std::uint8_t>();
  for (std::int64_t i = 0, count = image.size(1) * image.size(2); i < count; ++i, pixel += 3)
    std::swap(pixel[0], pixel[2]);
}

}  // namespace

Tensor prepare_picture(const Tensor& image, const PictureOptions& options) {
  if (!image.defined() || image.rank() != 3)
    throw ShapeError("prepare_picture: the image is " + (image.defined() ? str(image.shape()) : "undefined"),
                     "pass [C, H, W]");
  const Tensor colored = convert_channels(image, static_cast<int>(channels_of(options)));
  Tensor ready =
      resize_image(colored, options.height, options.width, {options.resize, options.interpolation, options.antialias});
  if (options.color == ColorOrder::bgr) swap_red_and_blue(ready);
  return ready;
}

Tensor read_picture(const Path& path, const PictureOptions& options) {
  return prepare_picture(read_image(path, static_cast<int>(channels_of(options))), options);
}

}  // namespace percept
