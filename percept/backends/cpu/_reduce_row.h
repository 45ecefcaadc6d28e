// _reduce_row.h - the sum, maximum and minimum of neighbouring f32, in an order that only their number decides.
#if defined(PERCEPT_BACKENDS_CPU_REDUCE_ROW_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PERCEPT_BACKENDS_CPU_REDUCE_ROW_H_
#undef PERCEPT_BACKENDS_CPU_REDUCE_ROW_H_
#else
#define PERCEPT_BACKENDS_CPU_REDUCE_ROW_H_
#endif

#include <algorithm>
#include <cmath>
#include <limits>

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {

struct Summing {
  static HWY_INLINE Lane start() { return Lane(0); }
  static HWY_INLINE Lane join(Lane a, Lane b) { return a + b; }
  static HWY_INLINE float join(float a, float b) { return a + b; }
  static HWY_INLINE float of_lanes(Lane a) { return hn::GetLane(hn::SumOfLanes(F32(), a.v)); }
};

struct Maximum {
  static HWY_INLINE Lane start() { return Lane(-std::numeric_limits<double>::infinity()); }
  static HWY_INLINE Lane join(Lane a, Lane b) { return greater_of(a, b); }
  static HWY_INLINE float join(float a, float b) { return a > b || a != a ? a : b; }
  static HWY_INLINE float of_lanes(Lane a) {
    if (!hn::AllFalse(F32(), (a != a).mask)) return std::numeric_limits<float>::quiet_NaN();
    return hn::GetLane(hn::MaxOfLanes(F32(), a.v));
  }
};

struct Minimum {
  static HWY_INLINE Lane start() { return Lane(std::numeric_limits<double>::infinity()); }
  static HWY_INLINE Lane join(Lane a, Lane b) { return lesser_of(a, b); }
  static HWY_INLINE float join(float a, float b) { return a < b || a != a ? a : b; }
  static HWY_INLINE float of_lanes(Lane a) {
    if (!hn::AllFalse(F32(), (a != a).mask)) return std::numeric_limits<float>::quiet_NaN();
    return hn::GetLane(hn::MinOfLanes(F32(), a.v));
  }
};

// The first n < kLanes elements, the others as if they were not there.
template <class Way>
HWY_INLINE Lane load_padded(const float* x, std::int64_t n) {
  return hn::IfThenElse(hn::FirstN(F32(), static_cast<std::size_t>(n)), load_first(x, n), Way::start().v);
}

// At most 1024 elements: four vectors wide, so that additions wait for each other less.
template <class Way>
HWY_INLINE float reduce_block(const float* x, std::int64_t n) {
  Lane a = Way::start(), b = a, c = a, d = a;
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    a = Way::join(a, load(x + i));
    b = Way::join(b, load(x + i + kLanes));
    c = Way::join(c, load(x + i + 2 * kLanes));
    d = Way::join(d, load(x + i + 3 * kLanes));
  }
  for (; i + kLanes <= n; i += kLanes) a = Way::join(a, load(x + i));
  if (i < n) b = Way::join(b, load_padded<Way>(x + i, n - i));
  return Way::of_lanes(Way::join(Way::join(a, b), Way::join(c, d)));
}

// Blocks joined in a binary tree: errors grow with the logarithm of n.
template <class Way>
float reduce_row(const float* x, std::int64_t n) {
  constexpr std::int64_t kBlock = 1024;
  if (n <= kBlock) return reduce_block<Way>(x, n);
  float open[48];  // open[k]: the join of 2^j neighbouring blocks, j falling with k
  int height = 0;
  std::int64_t done = 0;
  for (std::int64_t i = 0; i < n; i += kBlock) {
    float joined = reduce_block<Way>(x + i, std::min(kBlock, n - i));
    for (std::int64_t c = done++; c & 1; c >>= 1) joined = Way::join(open[--height], joined);
    open[height++] = joined;
  }
  float joined = open[--height];
  while (height > 0) joined = Way::join(open[--height], joined);
  return joined;
}

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
