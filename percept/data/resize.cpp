// resize.cpp - two passes of weighted sums, along rows and then along columns.
#include "percept/data/resize.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {
namespace {

constexpr int kBits = 22;  // of a weight, behind the point: sums of bytes times weights then fit 32 bits
constexpr std::int64_t kMaxSide = 65'535;

struct Filter {
  double support;                 // its half width
  double (*weight)(double place);
};

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

// What one place of the result is made of: inputs first .. first + weights - 1.
struct Window {
  std::int64_t first = 0;
  std::vector<std::int32_t> weights;
};

std::int32_t fixed_point(double weight) {
  return static_cast<std::int32_t>(weight * (1 << kBits) + (weight < 0 ? -0.5 : 0.5));
}

// The windows of `out` places laid over the inputs begin .. begin + in - 1, as if there were no others.
std::vector<Window> windows(std::int64_t begin, std::int64_t in, std::int64_t out, const ResizeOptions& options) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  std::vector<Window> all(static_cast<std::size_t>(out));
  if (options.interpolation == ResizeFilter::nearest) {
    for (std::int64_t i = 0; i < out; ++i) {
      const auto at = static_cast<std::int64_t>((static_cast<double>(i) + 0.5) * scale);
      all[static_cast<std::size_t>(i)] = {begin + std::min(at, in - 1), {1 << kBits}};
    }
    return all;
  }
  const Filter filter = options.interpolation == ResizeFilter::bilinear ? Filter{1, triangle} : Filter{2, cubic};
  const double stretch = options.antialias ? std::max(scale, 1.0) : 1.0;
  const double support = filter.support * stretch;
  for (std::int64_t i = 0; i < out; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - support + 0.5));
    const auto end = std::min(in, static_cast<std::int64_t>(centre + support + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t x = first; x < end; ++x) {
      weights.push_back(filter.weight((static_cast<double>(x) - centre + 0.5) / stretch));
      sum += weights.back();
    }
    Window& window = all[static_cast<std::size_t>(i)];
    window.first = begin + first;
    for (const double weight : weights) window.weights.push_back(fixed_point(sum != 0 ? weight / sum : weight));
  }
  return all;
}

std::uint8_t rounded(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp((sum + (1 << (kBits - 1))) >> kBits, 0, 255));
}

// u8 pixels stored as H, W, C.
struct Pixels {
  std::int64_t height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> values = {};
  std::uint8_t* row(std::int64_t y) { return values.data() + y * width * channels; }
  const std::uint8_t* row(std::int64_t y) const { return values.data() + y * width * channels; }
};
Pixels make_pixels(std::int64_t height, std::int64_t width, std::int64_t channels) {
  return {height, width, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width * channels))};
}

// Rows of another length, of the rows first .. end - 1 only: the others are not looked at by the second pass.
Pixels along_rows(const Pixels& from, const std::vector<Window>& columns, std::int64_t first, std::int64_t end) {
  Pixels to = make_pixels(from.height, static_cast<std::int64_t>(columns.size()), from.channels);
  for (std::int64_t y = first; y < end; ++y) {
    const std::uint8_t* in = from.row(y);
    std::uint8_t* out = to.row(y);
    for (const Window& window : columns)
      for (std::int64_t c = 0; c < from.channels; ++c) {
        std::int32_t sum = 0;
        const std::uint8_t* at = in + window.first * from.channels + c;
        for (const std::int32_t weight : window.weights) {
          sum += weight * *at;
          at += from.channels;
        }
        *out++ = rounded(sum);
      }
  }
  return to;
}

void along_columns(const Pixels& from, const std::vector<Window>& rows, std::uint8_t* out, std::int64_t out_stride) {
  const std::int64_t length = from.width * from.channels;
  std::vector<std::int32_t> sums(static_cast<std::size_t>(length));
  for (const Window& window : rows) {
    std::fill(sums.begin(), sums.end(), 0);
    for (std::size_t k = 0; k < window.weights.size(); ++k) {
      const std::uint8_t* in = from.row(window.first + static_cast<std::int64_t>(k));
      const std::int32_t weight = window.weights[k];
      for (std::int64_t i = 0; i < length; ++i) sums[static_cast<std::size_t>(i)] += weight * in[i];
    }
    for (std::int64_t i = 0; i < length; ++i) out[i] = rounded(sums[static_cast<std::size_t>(i)]);
    out += out_stride;
  }
}

Pixels pixels_of(const Tensor& image) {
  Pixels pixels = make_pixels(image.size(1), image.size(2), image.size(0));
  const auto* from = image.data<std::uint8_t>();
  const Strides& stride = image.strides();
  std::uint8_t* to = pixels.values.data();
  for (std::int64_t y = 0; y < pixels.height; ++y)
    for (std::int64_t x = 0; x < pixels.width; ++x)
      for (std::int64_t c = 0; c < pixels.channels; ++c) *to++ = from[c * stride[0] + y * stride[1] + x * stride[2]];
  return pixels;
}

// The part of the source that is read and the part of the result that is written.
struct Boxes {
  std::int64_t left = 0, top = 0, width = 0, height = 0;
  std::int64_t to_left = 0, to_top = 0, to_width = 0, to_height = 0;
};

Boxes boxes_of(const Pixels& from, std::int64_t height, std::int64_t width, ResizeRule rule) {
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
  Pixels pixels = pixels_of(image);
  const Boxes boxes = boxes_of(pixels, height, width, options.rule);
  const bool same_width = boxes.to_width == pixels.width && boxes.width == pixels.width;
  const auto rows = windows(boxes.top, boxes.height, boxes.to_height, options);
  if (!same_width) {
    const auto columns = windows(boxes.left, boxes.width, boxes.to_width, options);
    const Window& last = rows.back();
    pixels = along_rows(pixels, columns, rows.front().first,
                        last.first + static_cast<std::int64_t>(last.weights.size()));
  }
  Spec spec = contiguous_spec(DType::u8, {pixels.channels, height, width});
  spec.strides = {1, width * pixels.channels, pixels.channels};
  Tensor result(spec);
  auto* out = result.mutable_data<std::uint8_t>();
  if (boxes.to_height != height || boxes.to_width != width) std::fill_n(out, result.numel(), std::uint8_t{0});
  out += (boxes.to_top * width + boxes.to_left) * pixels.channels;
  along_columns(pixels, rows, out, width * pixels.channels);
  return result;
}

}  // namespace percept
