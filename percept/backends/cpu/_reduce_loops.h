// _reduce_loops.h - loops of reductions over f32, for the instruction set chosen at run time.
#pragma once
#include <cstdint>

namespace percept::cpu {

enum class Reducing : std::uint8_t { sum, max, min };

struct ReduceLoops {
  // y[r] = x[r, 0] + ... + x[r, length - 1] for `rows` rows one after another.
  void (*rows)(const float* x, float* y, std::int64_t rows, std::int64_t length);
  // y[c] = x[0, c] + ... + x[rows - 1, c] for the `width` columns at x, whole rows being `row` elements apart. Without
  // gaps (width == row), or at least kMinWidth columns.
  void (*columns)(const float* x, float* y, std::int64_t rows, std::int64_t width, std::int64_t row);
  // a[i] = a[i] + b[i]
  void (*join)(float* a, const float* b, std::int64_t n);
};
inline constexpr std::int64_t kMinWidth = 16;  // the widest vector

ReduceLoops reduce_loops(Reducing way);

}  // namespace percept::cpu
