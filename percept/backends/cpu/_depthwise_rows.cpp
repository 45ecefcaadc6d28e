// _depthwise_rows.cpp - depthwise convolutions, row by row.
#include "percept/backends/cpu/_depthwise_rows.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_depthwise_rows.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

using Vector = hn::Vec<F32>;

// kWhole: vectors of whole lanes; else one vector of n < kLanes.
template <bool kWhole>
HWY_INLINE Vector read(const float* from, std::int64_t n) {
  if constexpr (kWhole) return hn::LoadU(F32(), from);
  return load_first(from, n);
}
template <bool kWhole>
HWY_INLINE void write(Vector value, float* to, std::int64_t n) {
  if constexpr (kWhole)
    hn::StoreU(value, F32(), to);
  else
    store_first(value, to, n);
}

// kPixels columns from j on, kVectors of channels from c on. Taps in their order, so that a pixel's bits do not depend
// on its neighbours.
template <int kPixels, int kVectors, bool kWhole>
HWY_INLINE void inner_pixels(const DepthwiseRow& r, std::int64_t j, std::int64_t c, std::int64_t n) {
  Vector sums[kPixels][kVectors];
  for (int v = 0; v < kVectors; ++v) {
    const Vector start = r.bias != nullptr ? read<kWhole>(r.bias + c + v * kLanes, n) : hn::Zero(F32());
    for (int p = 0; p < kPixels; ++p) sums[p][v] = start;
  }
  for (std::int64_t k = 0; k < r.rows; ++k)
    for (std::int64_t l = 0; l < r.taps_w; ++l) {
      const float* from = r.source[k] + r.places[j * r.taps_w + l] * r.channels + c;
      const float* weight = r.weight[k] + l * r.channels + c;
      for (int v = 0; v < kVectors; ++v) {
        const Vector w = read<kWhole>(weight + v * kLanes, n);
        for (int p = 0; p < kPixels; ++p)
          sums[p][v] = hn::MulAdd(read<kWhole>(from + p * r.step * r.channels + v * kLanes, n), w, sums[p][v]);
      }
    }
  for (int p = 0; p < kPixels; ++p)
    for (int v = 0; v < kVectors; ++v) write<kWhole>(sums[p][v], r.target + (j + p) * r.channels + c + v * kLanes, n);
}

// A column some of whose taps see padding, or nothing between the strides.
template <int kVectors, bool kWhole>
HWY_INLINE void edge_pixel(const DepthwiseRow& r, std::int64_t j, std::int64_t c, std::int64_t n) {
  Vector sums[kVectors];
  for (int v = 0; v < kVectors; ++v)
    sums[v] = r.bias != nullptr ? read<kWhole>(r.bias + c + v * kLanes, n) : hn::Zero(F32());
  for (std::int64_t k = 0; k < r.rows; ++k)
    for (std::int64_t l = 0; l < r.taps_w; ++l) {
      const std::int32_t place = r.places[j * r.taps_w + l];
      if (place < 0) continue;
      const float* from = r.source[k] + place * r.channels + c;
      const float* weight = r.weight[k] + l * r.channels + c;
      for (int v = 0; v < kVectors; ++v)
        sums[v] = hn::MulAdd(read<kWhole>(from + v * kLanes, n), read<kWhole>(weight + v * kLanes, n), sums[v]);
    }
  for (int v = 0; v < kVectors; ++v) write<kWhole>(sums[v], r.target + j * r.channels + c + v * kLanes, n);
}

template <int kVectors, bool kWhole>
HWY_INLINE void row_of_channels(const DepthwiseRow& r, std::int64_t c, std::int64_t n) {
  constexpr int kPixels = 4;
  std::int64_t j = 0;
  for (; j < r.inner; ++j) edge_pixel<kVectors, kWhole>(r, j, c, n);
  for (; j + kPixels <= r.inner_end; j += kPixels) inner_pixels<kPixels, kVectors, kWhole>(r, j, c, n);
  for (; j < r.inner_end; ++j) inner_pixels<1, kVectors, kWhole>(r, j, c, n);
  for (; j < r.columns; ++j) edge_pixel<kVectors, kWhole>(r, j, c, n);
}

void depthwise_row(const DepthwiseRow& r) {
  constexpr int kVectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;  // sums that fit the registers
  std::int64_t c = 0;
  for (; c + kVectors * kLanes <= r.channels; c += kVectors * kLanes) row_of_channels<kVectors, true>(r, c, kLanes);
  for (; c + kLanes <= r.channels; c += kLanes) row_of_channels<1, true>(r, c, kLanes);
  if (c < r.channels) row_of_channels<1, false>(r, c, r.channels - c);
}

template <int kVectors, bool kWhole>
HWY_INLINE void tap_of_channels(const DepthwiseTap& t, std::int64_t c, std::int64_t n) {
  Vector sums[kVectors];
  for (int v = 0; v < kVectors; ++v) sums[v] = read<kWhole>(t.sums + c + v * kLanes, n);
  const float *dy = t.dy + c, *x = t.x + c;
  for (std::int64_t j = 0; j < t.pixels; ++j, dy += t.channels, x += t.x_step * t.channels)
    for (int v = 0; v < kVectors; ++v)
      sums[v] = hn::MulAdd(read<kWhole>(dy + v * kLanes, n), read<kWhole>(x + v * kLanes, n), sums[v]);
  for (int v = 0; v < kVectors; ++v) write<kWhole>(sums[v], t.sums + c + v * kLanes, n);
}

void depthwise_tap(const DepthwiseTap& t) {
  constexpr int kVectors = 4;
  std::int64_t c = t.first;
  for (; c + kVectors * kLanes <= t.last; c += kVectors * kLanes) tap_of_channels<kVectors, true>(t, c, kLanes);
  for (; c + kLanes <= t.last; c += kLanes) tap_of_channels<1, true>(t, c, kLanes);
  if (c < t.last) tap_of_channels<1, false>(t, c, t.last - c);
}

}  // namespace

DepthwiseLoops find_depthwise_loops() { return {depthwise_row, depthwise_tap}; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace percept::cpu {
HWY_EXPORT(find_depthwise_loops);
DepthwiseLoops depthwise_loops() { return HWY_DYNAMIC_DISPATCH(find_depthwise_loops)(); }
}  // namespace percept::cpu

#endif
