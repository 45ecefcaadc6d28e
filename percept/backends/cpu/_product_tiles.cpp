// _product_tiles.cpp - tiles of a few rows by two vectors of columns, kept in registers over the whole sum.
#include "percept/backends/cpu/_product_tiles.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_product_tiles.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

// As many as leave registers for a row of b and an element of a: 32 vector registers, else 16.
#if HWY_TARGET <= HWY_AVX3
constexpr int kTileRows = 8;
#else
constexpr int kTileRows = 6;
#endif
constexpr std::int64_t kTileColumns = 2 * kLanes;

HWY_INLINE void store_row(Lane low, Lane high, float* to, std::int64_t columns) {
  store(low, to, std::min(columns, kLanes));
  if (columns > kLanes) store(high, to + kLanes, columns - kLanes);
}

template <int kRows>
void product_of(const ProductTile& t) {
  const F32 d;
  Vector low[kRows], high[kRows];
  for (int r = 0; r < kRows; ++r) low[r] = high[r] = hn::Zero(d);
  const float* b = t.b;
  for (std::int64_t tap = 0; tap < t.taps; ++tap) {
    const float* a[kRows];
    for (int r = 0; r < kRows; ++r) a[r] = t.rows[tap * kMostTileRows + r] + t.offset;
    for (std::int64_t k = 0; k < t.depth; ++k, b += kTileColumns) {
      const Vector b0 = hn::Load(d, b), b1 = hn::Load(d, b + kLanes);
      for (int r = 0; r < kRows; ++r) {
        const Vector element = hn::Set(d, a[r][k]);
        low[r] = hn::MulAdd(element, b0, low[r]);
        high[r] = hn::MulAdd(element, b1, high[r]);
      }
    }
  }
  Lane bias_low(0), bias_high(0);
  if (t.bias != nullptr) {
    bias_low = load(t.bias, std::min(t.columns, kLanes));
    if (t.columns > kLanes) bias_high = load(t.bias + kLanes, t.columns - kLanes);
  }
  for (int r = 0; r < kRows; ++r) {
    if (t.bias != nullptr) low[r] = (Lane(low[r]) + bias_low).v, high[r] = (Lane(high[r]) + bias_high).v;
    store_row(low[r], high[r], t.y + r * t.y_row, t.columns);
  }
}

template <int kRows, bool kWhole>
void outer_of(const OuterTile& t) {
  const F32 d;
  Vector low[kRows], high[kRows];
  for (int r = 0; r < kRows; ++r) low[r] = high[r] = hn::Zero(d);
  const std::int64_t first = std::min(t.columns, kLanes), second = t.columns - first;
  for (std::int64_t i = 0; i < t.lines; ++i) {
    const float* x = t.x + i * t.x_line;
    const float* dy = t.dy + i * t.dy_line;
    for (std::int64_t j = 0; j < t.pixels; ++j, x += t.x_pixel, dy += t.dy_pixel) {
      Vector b0, b1;
      if constexpr (kWhole) {
        b0 = hn::LoadU(d, dy);
        b1 = hn::LoadU(d, dy + kLanes);
      } else {
        b0 = load(dy, first).v;
        b1 = second > 0 ? load(dy + kLanes, second).v : hn::Zero(d);
      }
      for (int r = 0; r < kRows; ++r) {
        const Vector element = hn::Set(d, x[r]);
        low[r] = hn::MulAdd(element, b0, low[r]);
        high[r] = hn::MulAdd(element, b1, high[r]);
      }
    }
  }
  for (int r = 0; r < kRows; ++r) {
    float* y = t.y + r * t.y_row;
    const Lane more = second > 0 ? load(y + kLanes, second) : Lane(0);
    store_row(load(y, first) + Lane(low[r]), more + Lane(high[r]), y, t.columns);
  }
}

template <int kRows = kTileRows>
void product(const ProductTile& t) {
  if (t.count == kRows) return product_of<kRows>(t);
  if constexpr (kRows > 1) product<kRows - 1>(t);
}

template <int kRows = kTileRows>
void outer(const OuterTile& t) {
  if (t.count == kRows) return t.columns == kTileColumns ? outer_of<kRows, true>(t) : outer_of<kRows, false>(t);
  if constexpr (kRows > 1) outer<kRows - 1>(t);
}

}  // namespace

TileLoops find_tile_loops() { return {kTileRows, kTileColumns, product<>, outer<>}; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept::cpu {
HWY_EXPORT(find_tile_loops);
TileLoops tile_loops() { return HWY_DYNAMIC_DISPATCH(find_tile_loops)(); }
}  // namespace percept::cpu
#endif
