// window_sizes.h - what convolutions and pools check and compute alike: where windows of an image lie.
#pragma once
#include <string>

#include "percept/core/spec.h"
#include "percept/ops/sizes.h"

namespace percept {

struct WindowSizes {
  Size2 output;
  Pads pads;
};
// Windows of `kernel` with steps `stride` over an image of size `input`. `who` starts every message. ValueError for a
// kernel, stride or dilation below 1 or a negative padding (any of them above 2^31 - 1 too), ShapeError where no
// window fits.
WindowSizes window_sizes(const char* who, Size2 input, Size2 kernel, Size2 stride, Size2 dilation,
                         const Padding& padding);

// The same along one axis, from `before` and `after` padding: the number of windows.
struct LineWindows {
  std::int64_t length, kernel, stride, dilation, before, after;
};
std::int64_t line_windows(const char* who, const LineWindows& line);

// ValueError unless both sizes (the size) lie in least .. 2^31 - 1.
void check_range(const char* who, const char* what, Size2 size, std::int64_t least);
void check_range(const char* who, const char* what, std::int64_t size, std::int64_t least);

// Refuses what is no signal [B, C, L]: rank other than 3, no channels or no length (an empty batch is fine).
void check_signal(const char* who, const char* what, const Shape& shape);
// Refuses what is no image: rank other than 4, no channels, no rows or no columns (an empty batch is fine).
void check_image(const char* who, const char* what, const Shape& shape);
// Refuses all but the floating types.
void check_floating(const char* who, const char* what, DType dtype);
// Refuses a dtype other than that of the first input.
void check_same_dtype(const char* who, const char* a, DType a_dtype, const char* b, DType b_dtype);

}  // namespace percept
