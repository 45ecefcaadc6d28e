// pointwise_cell.h - one value of a pointwise program in plain numbers, and how it is rounded: what the reference and
// the scalar kernel compute in.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "percept/core/dtype.h"

namespace percept {

// Integers and booleans exactly, floats in double.
union Cell {
  double real;
  std::int64_t whole;
};

inline bool is_whole(DType dtype) { return !is_floating(dtype); }

// Rounds a double to what the dtype can hold.
inline double rounded(double value, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return static_cast<float>(value);
    case DType::f16:
      return Half(static_cast<float>(value));
    case DType::bf16:
      return BFloat16(static_cast<float>(value));
    default:
      return value;
  }
}

// Wraps a whole number to what the dtype can hold, as its memory would.
inline std::int64_t wrapped(std::int64_t value, DType dtype) {
  switch (dtype) {
    case DType::u8:
      return static_cast<std::uint8_t>(value);
    case DType::i8:
      return static_cast<std::int8_t>(value);
    case DType::i32:
      return static_cast<std::int32_t>(value);
    case DType::boolean:
      return value != 0;
    default:
      return value;
  }
}

// From floats to integers as PyTorch's casts do, but defined for NaN and values out of range: 0 and the nearest.
inline std::int64_t truncated(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 0x1p63) return std::numeric_limits<std::int64_t>::max();
  if (value <= -0x1p63) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

inline Cell convert(Cell cell, DType from, DType to) {
  Cell result{};
  if (to == DType::boolean)
    result.whole = is_whole(from) ? cell.whole != 0 : cell.real != 0;
  else if (is_whole(to))
    result.whole = wrapped(is_whole(from) ? cell.whole : truncated(cell.real), to);
  else
    result.real = rounded(is_whole(from) ? static_cast<double>(cell.whole) : cell.real, to);
  return result;
}

}  // namespace percept
