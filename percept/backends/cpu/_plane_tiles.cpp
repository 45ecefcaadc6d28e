// _plane_tiles.cpp - vectors of pixels, one sum per channel: all lanes work where vectors of channels would be mostly
// empty. The sums of a tile stay in registers and are woven into pixels when they are whole.
#include "percept/backends/cpu/_plane_tiles.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_plane_tiles.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

// Vectors of a tile: enough sums to hide the latency of a multiply-add, as many as registers hold (32, else 16).
template <int kChannels>
inline constexpr int kTile = (HWY_TARGET <= HWY_AVX3 ? 2 : 1) * (kChannels > 4   ? 1
                                                                 : kChannels > 2 ? 2
                                                                                 : 4);

// Up to four sums of as many pixels as a vector has lanes, pixel by pixel; or up to four pairs of sums.
template <int kChannels, class D>
HWY_INLINE void weave(D d, const hn::Vec<D>* v, hn::TFromD<D>* to) {
  if constexpr (kChannels == 1) hn::StoreU(v[0], d, to);
  if constexpr (kChannels == 2) hn::StoreInterleaved2(v[0], v[1], d, to);
  if constexpr (kChannels == 3) hn::StoreInterleaved3(v[0], v[1], v[2], d, to);
  if constexpr (kChannels == 4) hn::StoreInterleaved4(v[0], v[1], v[2], v[3], d, to);
}

// Six or eight sums: woven by twos, then the pairs are.
template <int kChannels>
HWY_INLINE void weave_pairs(const Vector* sums, float* to) {
  constexpr hn::ScalableTag<double> pair;  // two floats that are only moved
  constexpr int kPairs = kChannels / 2;
  HWY_ALIGN float pairs[kPairs][2 * kLanes];
  for (int p = 0; p < kPairs; ++p) hn::StoreInterleaved2(sums[2 * p], sums[2 * p + 1], F32(), pairs[p]);
  for (int half = 0; half < 2; ++half) {
    hn::Vec<decltype(pair)> v[kPairs];
    for (int p = 0; p < kPairs; ++p) v[p] = hn::BitCast(pair, hn::Load(F32(), pairs[p] + half * kLanes));
    HWY_ALIGN double woven[kPairs * kLanes / 2];
    weave<kPairs>(pair, v, woven);
    std::memcpy(to + half * kChannels * kLanes / 2, woven, sizeof(woven));
  }
}

// kLanes pixels.
template <int kChannels>
HWY_INLINE void put_all(const Vector* sums, float* to) {
  if constexpr (kChannels <= 4) {
    weave<kChannels>(F32(), sums, to);
  } else if constexpr (kChannels % 2 == 0) {
    weave_pairs<kChannels>(sums, to);
  } else {
    constexpr int kSecond = kChannels - 4;
    HWY_ALIGN float first[kLanes * 4], second[kLanes * kSecond];
    weave<4>(F32(), sums, first);
    weave<kSecond>(F32(), sums + 4, second);
    for (std::int64_t p = 0; p < kLanes; ++p, to += kChannels) {
      std::memcpy(to, first + 4 * p, 4 * sizeof(float));
      std::memcpy(to + 4, second + kSecond * p, kSecond * sizeof(float));
    }
  }
}

// The first `pixels` of them.
template <int kChannels>
HWY_INLINE void put(const Vector* sums, float* to, std::int64_t pixels) {
  if (pixels >= kLanes) return put_all<kChannels>(sums, to);
  HWY_ALIGN float all[kLanes * kChannels];
  put_all<kChannels>(sums, all);
  std::memcpy(to, all, static_cast<std::size_t>(pixels * kChannels) * sizeof(float));
}

template <int kChannels>
void planes(const PlaneTile& t) {
  constexpr int kVectors = kTile<kChannels>;
  const F32 d;
  const std::int64_t of_row = (t.columns + kLanes - 1) / kLanes, all = t.rows * of_row;
  for (std::int64_t first = 0; first < all; first += kVectors) {
    const float* from[kVectors];
    Vector sums[kVectors][kChannels];
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t at = std::min(first + v, all - 1);  // the last tile works on its last vector again
      from[v] = t.source + at / of_row * t.row + at % of_row * kLanes;
      for (int o = 0; o < kChannels; ++o) sums[v][o] = hn::Zero(d);
    }
    // Taps that meet a line of the source in any of the tile's rows.
    const std::int64_t begin = std::max<std::int64_t>(t.first_line - (std::min(first + kVectors, all) - 1) / of_row, 0);
    const std::int64_t end = std::min(t.kernel_h, t.last_line - first / of_row);
    for (std::int64_t c = 0; c < t.planes; ++c) {
      const float* weight = t.weight + (c * t.kernel_h + begin) * t.kernel_w * kChannels;
      for (std::int64_t k = begin; k < end; ++k) {
        const std::int64_t line = c * t.plane + k * t.row;
        for (std::int64_t l = 0; l < t.kernel_w; ++l, weight += kChannels) {
          Vector x[kVectors];
          for (int v = 0; v < kVectors; ++v) x[v] = hn::LoadU(d, from[v] + line + l);
          for (int o = 0; o < kChannels; ++o) {
            const Vector w = hn::Set(d, weight[o]);
            for (int v = 0; v < kVectors; ++v) sums[v][o] = hn::MulAdd(x[v], w, sums[v][o]);
          }
        }
      }
    }
    if (t.bias != nullptr)
      for (int v = 0; v < kVectors; ++v)
        for (int o = 0; o < kChannels; ++o) sums[v][o] = hn::Add(sums[v][o], hn::Set(d, t.bias[o]));
    for (int v = 0; v < kVectors && first + v < all; ++v) {
      const std::int64_t row = (first + v) / of_row, column = (first + v) % of_row * kLanes;
      put<kChannels>(sums[v], t.y + row * t.y_row + column * kChannels, t.columns - column);
    }
  }
}

template <int kChannels = 8>
PlaneLoop loop_for(std::int64_t channels) {
  if (channels == kChannels) return planes<kChannels>;
  if constexpr (kChannels > 1) return loop_for<kChannels - 1>(channels);
  return nullptr;
}

}  // namespace

PlaneLoop find_plane_loop(std::int64_t channels) {
  static_assert(kLanes <= kMostPlaneLanes);
  return loop_for<>(channels);
}

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept::cpu {
HWY_EXPORT(find_plane_loop);
PlaneLoop plane_loop(std::int64_t channels) { return HWY_DYNAMIC_DISPATCH(find_plane_loop)(channels); }
}  // namespace percept::cpu
#endif
