// resample.h - u8 pictures to other sizes: weighted sums along rows and then along columns.
#pragma once
#include <cstdint>

#include "percept/data/axis_windows.h"

namespace percept {

// Pixels to read: `channels` bytes side by side for each.
struct ByteRows {
  const std::uint8_t* data = nullptr;
  std::int64_t height = 0, width = 0, channels = 0;
  std::int64_t row_stride = 0;
};

// Where they go: pixels side by side, or plane after plane.
struct ByteTarget {
  std::uint8_t* data = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t plane_stride = 0;  // 0: pixels side by side
  bool mirrored = false;          // each row of a plane from right to left (planes, or one channel)
};

// Pixel (i, j) of the result is the sum over windows i of `columns` and j of `rows`: first along the row, rounded to 8
// bits, then along the column, rounded again. Exact sums of whole numbers: the same bytes on any machine, and Pillow's.
void resample(const ByteRows& from, const AxisWindows& columns, const AxisWindows& rows, const ByteTarget& to);

}  // namespace percept
