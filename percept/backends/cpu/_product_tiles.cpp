// _product_tiles.cpp - tiles of a few rows by two vectors of columns, kept in registers over the whole sum.
#include "percept/backends/cpu/_product_tiles.h"

#include <algorithm>
#include <type_traits>
#include <utility>

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

HWY_INLINE void store_row(Vector low, Vector high, float* to, std::int64_t columns) {
  if (HWY_LIKELY(columns == kTileColumns)) {
    store(low, to);
    store(high, to + kLanes);
    return;
  }
  store(low, to, std::min(columns, kLanes));
  if (columns > kLanes) store(high, to + kLanes, columns - kLanes);
}

// f of each row, its number a constant: sums that a loop runs over would lie in memory, cleared for each tile, which
// takes a quarter of the time of shallow products.
template <int kRows, class F>
HWY_INLINE void each_row(const F& f) {
  [&]<int... r>(std::integer_sequence<int, r...>)
      HWY_ATTR { (f(std::integral_constant<int, r>()), ...); }(std::make_integer_sequence<int, kRows>());
}

template <int kRows>
struct Sums {
  Vector low[kRows], high[kRows];
  HWY_INLINE Sums() {
    each_row<kRows>([this](auto r) HWY_ATTR { low[r] = high[r] = hn::Zero(F32()); });
  }
  // To each row its element of a, a[r][k] or a[r], times a row of b.
  HWY_INLINE void add(const float* const* a, std::int64_t k, Vector b0, Vector b1) {
    each_row<kRows>([&](auto r) HWY_ATTR { add_to(r, a[r][k], b0, b1); });
  }
  HWY_INLINE void add(const float* a, Vector b0, Vector b1) {
    each_row<kRows>([&](auto r) HWY_ATTR { add_to(r, a[r], b0, b1); });
  }

 private:
  HWY_INLINE void add_to(int r, float a, Vector b0, Vector b1) {
    const Vector element = hn::Set(F32(), a);
    low[r] = hn::MulAdd(element, b0, low[r]);
    high[r] = hn::MulAdd(element, b1, high[r]);
  }
};

template <int kRows>
void product_of(const ProductTile& t) {
  const F32 d;
  Sums<kRows> sums;
  const float* b = t.b;
  for (std::int64_t tap = 0; tap < t.taps; ++tap) {
    const float* a[kRows];
    each_row<kRows>([&](auto r) HWY_ATTR { a[r] = t.rows[tap * kMostTileRows + r] + t.offset; });
    for (std::int64_t k = 0; k < t.depth; ++k, b += kTileColumns)
      sums.add(a, k, hn::Load(d, b), hn::Load(d, b + kLanes));
  }
  if (t.bias != nullptr) {
    const Vector low = load(t.bias, std::min(t.columns, kLanes)).v;
    const Vector high = t.columns > kLanes ? load(t.bias + kLanes, t.columns - kLanes).v : hn::Zero(d);
    each_row<kRows>([&](auto r) HWY_ATTR {
      sums.low[r] = hn::Add(sums.low[r], low);
      sums.high[r] = hn::Add(sums.high[r], high);
    });
  }
  each_row<kRows>([&](auto r) HWY_ATTR { store_row(sums.low[r], sums.high[r], t.y + r * t.y_row, t.columns); });
}

template <int kRows, bool kWhole>
void outer_of(const OuterTile& t) {
  const F32 d;
  Sums<kRows> sums;
  const std::int64_t first = std::min(t.columns, kLanes), second = t.columns - first;
  for (std::int64_t i = 0; i < t.lines; ++i) {
    const float* x = t.x + i * t.x_line;
    const float* dy = t.dy + i * t.dy_line;
    for (std::int64_t j = 0; j < t.pixels; ++j, x += t.x_pixel, dy += t.dy_pixel) {
      if constexpr (kWhole)
        sums.add(x, hn::LoadU(d, dy), hn::LoadU(d, dy + kLanes));
      else
        sums.add(x, load(dy, first).v, second > 0 ? load(dy + kLanes, second).v : hn::Zero(d));
    }
  }
  each_row<kRows>([&](auto r) HWY_ATTR {
    float* y = t.y + r * t.y_row;
    const Vector more = second > 0 ? load(y + kLanes, second).v : hn::Zero(d);
    store_row(hn::Add(load(y, first).v, sums.low[r]), hn::Add(more, sums.high[r]), y, t.columns);
  });
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
