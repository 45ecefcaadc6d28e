// window_sizes.cpp - checks and sizes of windows over images.
#include "percept/ops/window_sizes.h"

#include <algorithm>
#include <limits>

#include "percept/base/checked.h"

namespace percept {
namespace {

// Products of two such numbers fit in 64 bits.
constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();

std::string pair(Size2 size) { return "[" + std::to_string(size.h) + ", " + std::to_string(size.w) + "]"; }

std::string allowed(const char* what, std::int64_t least) {
  return std::string("use ") + what + " of " + std::to_string(least) + ".." + std::to_string(kLargest);
}

}  // namespace

void check_range(const char* who, const char* what, Size2 size, std::int64_t least) {
  if (size.h >= least && size.w >= least && size.h <= kLargest && size.w <= kLargest) return;
  throw ValueError(std::string(who) + ": " + what + " is " + pair(size), allowed(what, least));
}

void check_range(const char* who, const char* what, std::int64_t size, std::int64_t least) {
  if (size >= least && size <= kLargest) return;
  throw ValueError(std::string(who) + ": " + what + " is " + std::to_string(size), allowed(what, least));
}

WindowSizes window_sizes(const char* who, Size2 input, Size2 kernel, Size2 stride, Size2 dilation,
                         const Padding& padding) {
  check_range(who, "kernel size", kernel, 1);
  check_range(who, "stride", stride, 1);
  check_range(who, "dilation", dilation, 1);
  check_range(who, "padding", padding.size, 0);
  const Size2 extent{checked_add(checked_mul(kernel.h - 1, dilation.h), 1),
                     checked_add(checked_mul(kernel.w - 1, dilation.w), 1)};
  const Pads pads = pads_for(padding, input, kernel, stride, dilation);
  const Size2 padded{checked_add(input.h, checked_add(pads.top, pads.bottom)),
                     checked_add(input.w, checked_add(pads.left, pads.right))};
  if (padded.h < extent.h || padded.w < extent.w)
    throw ShapeError(std::string(who) + ": the output would be empty: windows of " + pair(extent) +
                         " (kernel size with dilation) over an image of " + pair(padded) + " (with padding)",
                     "use a smaller kernel, more padding, or larger images");
  return {.output = {(padded.h - extent.h) / stride.h + 1, (padded.w - extent.w) / stride.w + 1}, .pads = pads};
}

std::int64_t line_windows(const char* who, const LineWindows& line) {
  check_range(who, "kernel size", line.kernel, 1);
  check_range(who, "stride", line.stride, 1);
  check_range(who, "dilation", line.dilation, 1);
  check_range(who, "padding", std::min(line.before, line.after), 0);
  check_range(who, "padding", std::max(line.before, line.after), 0);
  const std::int64_t extent = checked_add(checked_mul(line.kernel - 1, line.dilation), 1);
  const std::int64_t padded = checked_add(line.length, checked_add(line.before, line.after));
  if (padded < extent)
    throw ShapeError(std::string(who) + ": the output would be empty: windows of " + std::to_string(extent) +
                         " (kernel size with dilation) over a signal of " + std::to_string(padded) + " (with padding)",
                     "use a smaller kernel, more padding, or longer signals");
  return (padded - extent) / line.stride + 1;
}

void check_signal(const char* who, const char* what, const Shape& shape) {
  if (shape.rank() != 3)
    throw ShapeError(std::string(who) + ": " + what + " is " + str(shape) + ", of rank " + std::to_string(shape.rank()),
                     "signals are [batch, channels, length]; add axes with reshape or unsqueeze");
  if (shape[1] < 1 || shape[2] < 1)
    throw ShapeError(std::string(who) + ": " + what + " is " + str(shape) + ", signals without elements",
                     "channels and length must be at least 1");
}

void check_image(const char* who, const char* what, const Shape& shape) {
  if (shape.rank() != 4)
    throw ShapeError(std::string(who) + ": " + what + " is " + str(shape) + ", of rank " + std::to_string(shape.rank()),
                     "images are [batch, channels, height, width]; add axes with reshape or unsqueeze");
  if (shape[1] < 1 || shape[2] < 1 || shape[3] < 1)
    throw ShapeError(std::string(who) + ": " + what + " is " + str(shape) + ", images without elements",
                     "channels, height and width must be at least 1");
}

void check_floating(const char* who, const char* what, DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError(std::string(who) + ": " + what + " is " + std::string(name_of(dtype)),
                     "it takes f32, f64, f16 or bf16; use cast(..., DType::f32)");
}

void check_same_dtype(const char* who, const char* a, DType a_dtype, const char* b, DType b_dtype) {
  if (a_dtype != b_dtype)
    throw DTypeError(std::string(who) + ": dtypes differ: " + a + " is " + std::string(name_of(a_dtype)) + ", " + b +
                         " is " + std::string(name_of(b_dtype)),
                     std::string("cast one of them: cast(") + b + ", DType::" + std::string(name_of(a_dtype)) + ")");
}

}  // namespace percept
