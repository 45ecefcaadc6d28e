// picture.h - one picture while augmentation works on it: views on pixels, u8 or f32.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "percept/core/tensor.h"

namespace percept {

// What black and white are. Of u8 it is 0..255 whatever is said.
struct ValueRange {
  double low = 0, high = 255;
  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

// Pixels to read, planes (pixel_stride 1) or interleaved (channel_stride 1); strides in elements.
struct PixelSource {
  DType dtype = DType::u8;
  const void* data = nullptr;
  std::int64_t channels = 0, height = 0, width = 0;
  std::int64_t channel_stride = 0, row_stride = 0, pixel_stride = 1;
};

// Pixels to write: planes, one after the other.
struct Picture {
  DType dtype = DType::u8;
  void* data = nullptr;
  std::int64_t channels = 0, height = 0, width = 0;
  ValueRange range{};

  std::int64_t pixels() const { return height * width; }
  template <class T>
  std::span<T> plane(std::int64_t channel) const {
    return {static_cast<T*>(data) + channel * pixels(), static_cast<std::size_t>(pixels())};
  }
  template <class T>
  std::span<T> values() const {
    return {static_cast<T*>(data), static_cast<std::size_t>(channels * pixels())};
  }
  PixelSource source() const { return {dtype, data, channels, height, width, pixels(), width, 1}; }
};

// A row [C, H, W] of a batch (or a picture of its own), contiguous or stored as H, W, C; any dtype.
PixelSource source_of(const Tensor& picture, std::int64_t row);
PixelSource source_of(const Tensor& picture);
// The memory of a fresh contiguous tensor [C, H, W].
Picture picture_of(Tensor& tensor, ValueRange range = {});

// f(T{}, low, high) for T = std::uint8_t or float.
template <class F>
void visit_pixels(const Picture& picture, F&& f) {
  if (picture.dtype == DType::u8)
    f(std::uint8_t{}, 0.0f, 255.0f);
  else
    f(float{}, static_cast<float>(picture.range.low), static_cast<float>(picture.range.high));
}

// Clipped to low..high; u8 rounded to nearest (and black for NaN).
template <class T>
inline T stored(float value, float low, float high) {
  if constexpr (sizeof(T) == 1) {
    value = value > low ? value : low;
    value = value < high ? value : high;
    return static_cast<T>(static_cast<int>(value + 0.5f));
  } else {
    value = value < low ? low : value;
    return value > high ? high : value;
  }
}

// Each value by itself: of u8 through a table, so that `f` may cost.
template <class T, class F>
void map_values(std::span<T> values, float low, float high, F&& f) {
  if constexpr (sizeof(T) == 1) {
    std::array<std::uint8_t, 256> table;
    for (std::size_t v = 0; v < 256; ++v) table[v] = stored<std::uint8_t>(f(static_cast<float>(v)), low, high);
    for (T& value : values) value = table[value];
  } else {
    for (T& value : values) value = stored<float>(f(value), low, high);
  }
}

}  // namespace percept
