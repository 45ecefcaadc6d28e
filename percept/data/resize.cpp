// resize.cpp - which part of a picture goes where; the sums are in resample.cpp.
#include "percept/data/resize.h"

#include <algorithm>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/data/resample.h"

namespace percept {
namespace {

constexpr std::int64_t kMaxSide = 65'535;

// The windows of `out` places laid over the inputs begin .. begin + in - 1, as if there were no others.
AxisWindows windows(std::int64_t begin, std::int64_t in, std::int64_t out, const ResizeOptions& options) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const AxisFilter& filter = options.interpolation == ResizeFilter::bicubic ? kCubic : kTriangle;
  AxisWindows all = options.interpolation == ResizeFilter::nearest
                        ? nearest_windows(out, in, scale)
                        : axis_windows(out, in, scale, 0, filter, options.antialias);
  for (std::int32_t& first : all.first) first += static_cast<std::int32_t>(begin);
  return all;
}

// The image's pixels stored as H, W, C: where they lie, or copied into `copy`.
ByteRows pixels_of(const Tensor& image, std::vector<std::uint8_t>& copy) {
  const std::int64_t channels = image.size(0), height = image.size(1), width = image.size(2);
  const auto* from = image.data<std::uint8_t>();
  const Strides& stride = image.strides();
  ByteRows pixels{from, height, width, channels, stride[1]};
  const bool side_by_side = (channels == 1 || stride[0] == 1) && (width == 1 || stride[2] == channels);
  if (side_by_side && stride[1] >= width * channels) return pixels;
  pixels.row_stride = width * channels;
  copy.resize(static_cast<std::size_t>(height * pixels.row_stride));
  std::uint8_t* to = copy.data();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < channels; ++c) *to++ = from[c * stride[0] + y * stride[1] + x * stride[2]];
  pixels.data = copy.data();
  return pixels;
}

// The part of the source that is read and the part of the result that is written.
struct Boxes {
  std::int64_t left = 0, top = 0, width = 0, height = 0;
  std::int64_t to_left = 0, to_top = 0, to_width = 0, to_height = 0;
};

Boxes boxes_of(const ByteRows& from, std::int64_t height, std::int64_t width, ResizeRule rule) {
  Boxes boxes{0, 0, from.width, from.height, 0, 0, width, height};
  const bool wider = from.width * height > from.height * width;  // than the result
  const auto at_least_one = [](std::int64_t side) { return std::max<std::int64_t>(side, 1); };
  if (rule == ResizeRule::crop && wider) {
    boxes.width = at_least_one(from.height * width / height);
    boxes.left = (from.width - boxes.width) / 2;
  } else if (rule == ResizeRule::crop) {
    boxes.height = at_least_one(from.width * height / width);
    boxes.top = (from.height - boxes.height) / 2;
  } else if (rule == ResizeRule::pad && wider) {
    boxes.to_height = at_least_one((2 * from.height * width + from.width) / (2 * from.width));  // rounded
    boxes.to_top = (height - boxes.to_height) / 2;
  } else if (rule == ResizeRule::pad) {
    boxes.to_width = at_least_one((2 * from.width * height + from.height) / (2 * from.height));
    boxes.to_left = (width - boxes.to_width) / 2;
  }
  return boxes;
}

}  // namespace

Tensor resize_image(const Tensor& image, std::int64_t height, std::int64_t width, const ResizeOptions& options) {
  if (!image.defined() || image.dtype() != DType::u8)
    throw DTypeError("resize_image: the image is " +
                         (image.defined() ? std::string(name_of(image.dtype())) : std::string("undefined")),
                     "pass u8 [C, H, W], as read_image gives it");
  if (image.rank() != 3 || image.numel() == 0)
    throw ShapeError("resize_image: the image is " + str(image.shape()), "pass [C, H, W] with at least one pixel");
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide)
    throw ValueError("resize_image: to " + number(height) + " x " + number(width),
                     "sides are 1 to " + number(kMaxSide));
  std::vector<std::uint8_t> copy;
  const ByteRows pixels = pixels_of(image, copy);
  const Boxes boxes = boxes_of(pixels, height, width, options.rule);
  Spec spec = contiguous_spec(DType::u8, {pixels.channels, height, width});
  spec.strides = {1, width * pixels.channels, pixels.channels};
  Tensor result(spec);
  auto* out = result.mutable_data<std::uint8_t>();
  if (boxes.to_height != height || boxes.to_width != width) std::fill_n(out, result.numel(), std::uint8_t{0});
  out += (boxes.to_top * width + boxes.to_left) * pixels.channels;
  resample(pixels, windows(boxes.left, boxes.width, boxes.to_width, options),
           windows(boxes.top, boxes.height, boxes.to_height, options), {out, width * pixels.channels});
  return result;
}

}  // namespace percept
