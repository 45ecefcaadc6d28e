// _colour_chain.cpp - brightness, contrast, saturation and hue on tiles of floats that stay in the nearest cache.
//
// Bytes are floats without a fraction between the changes, so that every change rounds as it would alone. A contrast
// needs the mean of all that comes before it: there a new pass begins. Only single operations that round exactly and
// sums of whole numbers: the same bits under every instruction set.
#include "percept/data/augment/steps/_colour_chain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "percept/data/augment/steps/_grey.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/data/augment/steps/_colour_chain.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace percept::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using I32 = hn::Rebind<std::int32_t, F32>;
using Bytes = hn::Rebind<std::uint8_t, F32>;
using Vector = hn::Vec<F32>;
constexpr std::int64_t kLanes = HWY_LANES(float);
constexpr std::int64_t kTile = 512;  // pixels

// Some pixels of three planes, or values of one. What is behind `count` up to whole vectors is worked on and ignored.
struct Tile {
  HWY_ALIGN float plane[3][kTile];
  std::int64_t count;
};

// What a change needs to know of the picture.
struct Light {
  float low, high;
  float mean;  // of the grey before a contrast
};

// Bytes (kBytes) are rounded to nearest; a NaN of a float stays.
template <bool kBytes>
HWY_INLINE Vector settled(Vector v, Vector low, Vector high) {
  v = hn::Min(high, hn::Max(low, v));
  if constexpr (kBytes) v = hn::Floor(hn::Add(v, hn::Set(F32(), 0.5f)));
  return v;
}

// centre + factor (v - centre), of one plane.
template <bool kBytes>
void spread(float* plane, std::int64_t count, float centre, float factor, const Light& light) {
  const F32 d;
  const Vector c = hn::Set(d, centre), f = hn::Set(d, factor), low = hn::Set(d, light.low),
               high = hn::Set(d, light.high);
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const Vector moved = hn::Add(c, hn::Mul(f, hn::Sub(hn::Load(d, plane + i), c)));
    hn::Store(settled<kBytes>(moved, low, high), d, plane + i);
  }
}

// As grey_of. Of bytes all products and sums are whole numbers below 2^24, so exact.
template <bool kBytes>
HWY_INLINE Vector grey_of(Vector r, Vector g, Vector b) {
  const F32 d;
  const auto weigh = [&](float x, float y, float z) {
    return hn::Add(hn::Add(hn::Mul(hn::Set(d, x), r), hn::Mul(hn::Set(d, y), g)), hn::Mul(hn::Set(d, z), b));
  };
  if constexpr (!kBytes) return weigh(0.299f, 0.587f, 0.114f);
  return hn::Floor(hn::Mul(hn::Add(weigh(19595, 38470, 7471), hn::Set(d, 32768)), hn::Set(d, 1.0f / 65536)));
}

template <bool kBytes>
void saturate(Tile& tile, float factor, const Light& light) {
  const F32 d;
  const Vector f = hn::Set(d, factor), low = hn::Set(d, light.low), high = hn::Set(d, light.high);
  for (std::int64_t i = 0; i < tile.count; i += kLanes) {
    Vector v[3];
    for (int c = 0; c < 3; ++c) v[c] = hn::Load(d, tile.plane[c] + i);
    const Vector grey = grey_of<kBytes>(v[0], v[1], v[2]);
    for (int c = 0; c < 3; ++c)
      hn::Store(settled<kBytes>(hn::Add(grey, hn::Mul(f, hn::Sub(v[c], grey))), low, high), d, tile.plane[c] + i);
  }
}

// With V the largest of r, g, b, C = V - the smallest, and H the hue in sixths of a turn, -3..3 about red, the new
// channels are V - C clamp(x, 0, 1) with x = |H| - 1 for red, 2 - |H + 1| for green, 2 - |H - 1| for blue (Smith 1978,
// as formulas). Everything is kept times C, which needs no division. turn: sixths, in [0, 6).
template <bool kBytes>
void turn_hue(Tile& tile, float turn, const Light& light) {
  const F32 d;
  const Vector zero = hn::Zero(d), low = hn::Set(d, light.low), high = hn::Set(d, light.high), by = hn::Set(d, turn);
  for (std::int64_t i = 0; i < tile.count; i += kLanes) {
    const Vector r = hn::Load(d, tile.plane[0] + i), g = hn::Load(d, tile.plane[1] + i),
                 b = hn::Load(d, tile.plane[2] + i);
    const Vector v = hn::Max(hn::Max(r, g), b), c = hn::Sub(v, hn::Min(hn::Min(r, g), b));
    const Vector twice = hn::Add(c, c), half_turn = hn::Add(twice, c);
    const Vector of_green = hn::Add(twice, hn::Sub(b, r)), of_blue = hn::Sub(hn::Sub(r, g), twice);
    const Vector of_other = hn::IfThenElse(hn::Eq(v, g), of_green, of_blue);
    Vector h = hn::Add(hn::IfThenElse(hn::Eq(v, r), hn::Sub(g, b), of_other), hn::Mul(by, c));
    h = hn::IfThenElse(hn::Ge(h, half_turn), hn::Sub(h, hn::Add(half_turn, half_turn)), h);
    const Vector taken[3] = {hn::Sub(hn::Abs(h), c), hn::Sub(twice, hn::Abs(hn::Add(h, c))),
                             hn::Sub(twice, hn::Abs(hn::Sub(h, c)))};
    for (int k = 0; k < 3; ++k) {
      const Vector out = hn::Sub(v, hn::Min(hn::Max(taken[k], zero), c));
      hn::Store(settled<kBytes>(out, low, high), d, tile.plane[k] + i);
    }
  }
}

template <bool kBytes>
void change_tile(Tile& tile, int planes, const ColourChange& change, const Light& light) {
  const auto amount = static_cast<float>(change.amount);
  if (change.kind == ColourKind::brightness || change.kind == ColourKind::contrast) {
    const float centre = change.kind == ColourKind::brightness ? light.low : light.mean;
    for (int c = 0; c < planes; ++c) spread<kBytes>(tile.plane[c], tile.count, centre, amount, light);
  } else if (planes == 3 && change.kind == ColourKind::saturation) {
    saturate<kBytes>(tile, amount, light);
  } else if (planes == 3) {
    turn_hue<kBytes>(tile, static_cast<float>(6 * (change.amount - std::floor(change.amount))), light);
  }
}

inline void load(const std::uint8_t* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    hn::Store(hn::ConvertTo(F32(), hn::PromoteTo(I32(), hn::LoadU(Bytes(), from + i))), F32(), to + i);
  for (; i < count; ++i) to[i] = static_cast<float>(from[i]);
}
inline void store(const float* from, std::int64_t count, std::uint8_t* to) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    hn::StoreU(hn::DemoteTo(Bytes(), hn::ConvertTo(I32(), hn::Load(F32(), from + i))), Bytes(), to + i);
  for (; i < count; ++i) to[i] = static_cast<std::uint8_t>(from[i]);
}
inline void load(const float* from, std::int64_t count, float* to) { std::copy_n(from, count, to); }
inline void store(const float* from, std::int64_t count, float* to) { std::copy_n(from, count, to); }

// Of the grey of a tile's pixels. Of bytes a whole number; floats are added in the order of the pixels.
template <bool kBytes>
double grey_sum(Tile& tile, int planes) {
  if constexpr (kBytes) {
    const F32 d;
    for (int c = 0; c < planes; ++c)
      std::fill(tile.plane[c] + tile.count, tile.plane[c] + (tile.count + kLanes - 1) / kLanes * kLanes, 0.0f);
    Vector sum = hn::Zero(d);
    for (std::int64_t i = 0; i < tile.count; i += kLanes) {
      const Vector first = hn::Load(d, tile.plane[0] + i);
      sum = hn::Add(sum, planes == 1
                             ? first
                             : grey_of<true>(first, hn::Load(d, tile.plane[1] + i), hn::Load(d, tile.plane[2] + i)));
    }
    return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
  }
  double sum = 0;
  for (std::int64_t i = 0; i < tile.count; ++i)
    sum += static_cast<double>(planes == 1 ? tile.plane[0][i]
                                           : percept::grey_of(tile.plane[0][i], tile.plane[1][i], tile.plane[2][i]));
  return sum;
}

// The planes that change together, or all values as one plane.
template <class T>
struct Planes {
  T* first;
  std::int64_t count;  // values of a plane
  int planes;
};

// One pass; with `sums` the sum of the grey picture that comes out, else 0.
template <class T>
double pass(const Planes<T>& picture, std::span<const ColourChange> changes, const Light& light, bool sums) {
  constexpr bool kBytes = sizeof(T) == 1;
  Tile tile{};
  double sum = 0;
  for (std::int64_t begin = 0; begin < picture.count; begin += kTile) {
    tile.count = std::min(kTile, picture.count - begin);
    for (int c = 0; c < picture.planes; ++c) load(picture.first + c * picture.count + begin, tile.count, tile.plane[c]);
    for (const ColourChange& change : changes) change_tile<kBytes>(tile, picture.planes, change, light);
    if (!changes.empty())
      for (int c = 0; c < picture.planes; ++c)
        store(tile.plane[c], tile.count, picture.first + c * picture.count + begin);
    if (sums) sum += grey_sum<kBytes>(tile, picture.planes);
  }
  return sum;
}

}  // namespace

void run_changes(const Picture& picture, std::span<const ColourChange> changes) {
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    const bool colour = has_colour(picture);
    const Planes<T> planes{picture.plane<T>(0).data(), colour ? picture.pixels() : picture.channels * picture.pixels(),
                           colour ? 3 : 1};
    Light light{low, high, 0};
    for (bool first = true; !changes.empty(); first = false) {
      const auto after = changes.begin() + (first ? 0 : 1);  // passes but the first begin with a contrast
      const auto contrast =
          std::find_if(after, changes.end(), [](const ColourChange& c) { return c.kind == ColourKind::contrast; });
      const auto here = static_cast<std::size_t>(contrast - changes.begin());
      const double sum = pass(planes, changes.first(here), light, contrast != changes.end());
      const double mean = sum / static_cast<double>(planes.count);
      light.mean = static_cast<float>(sizeof(T) == 1 ? std::floor(mean + 0.5) : mean);  // a whole level, as Pillow's
      changes = changes.subspan(here);
    }
  });
}

}  // namespace percept::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept {
HWY_EXPORT(run_changes);
void change_colours(const Picture& picture, std::span<const ColourChange> changes) {
  HWY_DYNAMIC_DISPATCH(run_changes)(picture, changes);
}
}  // namespace percept
#endif
