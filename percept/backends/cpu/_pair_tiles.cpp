// _pair_tiles.cpp - with AVX-512's own bf16 products, which Highway 1.0 has no name for.
#include "percept/backends/cpu/_pair_tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <array>
#include <utility>

#include "percept/backends/cpu/_product_tiles.h"

#define PERCEPT_PAIRS __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

namespace percept::cpu {
namespace {

constexpr std::int64_t kLanes = 16, kCacheLine = 16;  // floats
constexpr int kMostVectors = 4;
constexpr std::array<int, kMostVectors> kMostPixels = {16, 12, 8, 6};  // of a tile with so many vectors: 32 registers

// Where the pairs of up to 16 pixels lie, in few registers: those that addresses are made of.
struct Pixels {
  const char *low, *high;  // pixels 0 and 8
  std::ptrdiff_t step, three, five, seven;
};
PERCEPT_PAIRS __attribute__((always_inline)) inline const char* address(const Pixels& x, int pixel) {
  const char* eight = pixel < 8 ? x.low : x.high;
  switch (pixel % 8) {
    case 0:
      return eight;
    case 3:
      return eight + x.three;
    case 5:
      return eight + x.five;
    case 6:
      return eight + 2 * x.three;
    case 7:
      return eight + x.seven;
    default:
      return eight + pixel % 8 * x.step;
  }
}

// y[p, n] of kPixels pixels and kVectors * 16 channels; of the last 16 only those in `last`.
template <int kPixels, int kVectors>
PERCEPT_PAIRS void multiply_tile(const PairRow& row, const std::uint32_t* source, const std::uint32_t* weight,
                                 const float* bias, float* y, std::uint16_t last) {
  __m512 sums[kPixels][kVectors];
#pragma GCC unroll 16
  for (int p = 0; p < kPixels; ++p)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sums[p][v] = _mm512_setzero_ps();
  const std::ptrdiff_t step = row.pairs * 4;
  for (std::int64_t k = 0; k < row.kernel_h; ++k) {
    // The taps of a line lie side by side: a pixel's pairs follow its neighbour's.
    const char* line = reinterpret_cast<const char*>(source + k * row.line);
    Pixels x{line, line + 8 * step, step, 3 * step, 5 * step, 7 * step};
    for (std::int64_t i = row.kernel_w * row.pairs; i > 0; --i) {
      __m512i w[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) w[v] = _mm512_loadu_si512(weight + v * kLanes);
#pragma GCC unroll 16
      for (int p = 0; p < kPixels; ++p) {
        const __m512i pair = _mm512_set1_epi32(*reinterpret_cast<const int*>(address(x, p)));
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[p][v] = _mm512_dpbf16_ps(sums[p][v], (__m512bh)w[v], (__m512bh)pair);
      }
      x.low += 4, x.high += 4;
      weight += kVectors * kLanes;
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    const __mmask16 here = v + 1 == kVectors ? last : 0xFFFF;
    const __m512 b = bias != nullptr ? _mm512_maskz_loadu_ps(here, bias + v * kLanes) : _mm512_setzero_ps();
#pragma GCC unroll 16
    for (int p = 0; p < kPixels; ++p) {
      const __m512 sum = bias != nullptr ? _mm512_add_ps(sums[p][v], b) : sums[p][v];
      float* to = y + p * row.targets + v * kLanes;
      here == 0xFFFF ? _mm512_storeu_ps(to, sum) : _mm512_mask_storeu_ps(to, here, sum);  // masks take their time
    }
  }
}

using Tile = void (*)(const PairRow&, const std::uint32_t*, const std::uint32_t*, const float*, float*, std::uint16_t);
template <int kVectors, int... kPixels>
constexpr std::array<Tile, kMostPixels[0]> tiles_of(std::integer_sequence<int, kPixels...>) {
  return {multiply_tile<kPixels + 1, kVectors>...};
}
template <int kVectors>
constexpr auto kTiles = tiles_of<kVectors>(std::make_integer_sequence<int, kMostPixels[kVectors - 1]>());
constexpr std::array<std::array<Tile, kMostPixels[0]>, kMostVectors> kAllTiles = {kTiles<1>, kTiles<2>, kTiles<3>,
                                                                                  kTiles<4>};

// Share `i` of `parts` of a run of floats is fetched, to be read or written. Inlined: GCC takes a function that only
// fetches for one that does nothing, and leaves its calls out.
template <bool kWrite>
__attribute__((always_inline)) inline void fetch(const float* floats, std::int64_t count, std::int64_t i,
                                                 std::int64_t parts) {
  const float* end = floats + count * (i + 1) / parts;
  for (const float* at = floats + count * i / parts / kCacheLine * kCacheLine; at < end; at += kCacheLine)
    __builtin_prefetch(at, kWrite, 2);
}

// Two vectors of bf16 numbers, one in the lower halves of the pairs and one in the upper.
PERCEPT_PAIRS __attribute__((always_inline)) inline __m512i paired(__m512 lower, __m512 upper) {
  alignas(64) static constexpr std::uint16_t kOrder[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                           21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                           11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  return _mm512_permutexvar_epi16(_mm512_load_si512(kOrder), (__m512i)_mm512_cvtne2ps_pbh(upper, lower));
}

// A row of round_neighbours. A pixel's vectors follow one another, so that memory is read in order.
template <bool kOdd>
PERCEPT_PAIRS void round_row(const float* row, std::int64_t pixels, std::int64_t channels, std::int64_t before,
                             std::int64_t places, std::uint32_t* even, std::uint32_t* odd) {
  const __m512 zero = _mm512_setzero_ps();
  for (std::int64_t i = 0; i < places; ++i) {
    const std::int64_t pixel = 2 * (i - before);
    const bool has_last = pixel > 0 && pixel <= pixels, has_first = pixel >= 0 && pixel < pixels;
    const bool has_second = pixel >= 0 && pixel + 1 < pixels;
    const float* from = row + pixel * channels;
    for (std::int64_t c = 0; c < channels; c += kLanes, even += kLanes) {
      const __m512 first = has_first ? _mm512_loadu_ps(from + c) : zero;
      const __m512 second = has_second ? _mm512_loadu_ps(from + channels + c) : zero;
      _mm512_storeu_si512(even, paired(first, second));
      if constexpr (kOdd) {
        const __m512 last = has_last ? _mm512_loadu_ps(from - channels + c) : zero;
        _mm512_storeu_si512(odd, paired(last, first));
        odd += kLanes;
      }
    }
  }
}

// kTaps x kIn x kVectors * 16 sums of the channels from `c` and `o` on.
template <int kTaps, int kIn, int kVectors>
PERCEPT_PAIRS void add_outer_tile(const PairOuter& a, std::int64_t c, std::int64_t o, std::int64_t tile,
                                  std::int64_t tiles) {
  __m512 sums[kTaps][kIn][kVectors];
#pragma GCC unroll 3
  for (int t = 0; t < kTaps; ++t)
#pragma GCC unroll 8
    for (int i = 0; i < kIn; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sums[t][i][v] = _mm512_setzero_ps();
  for (std::int64_t line = 0; line < a.lines; ++line) {
    fetch<false>(a.read_source, a.source_floats, tile * a.lines + line, tiles * a.lines);
    fetch<false>(a.read_gradient, a.gradient_floats, tile * a.lines + line, tiles * a.lines);
    const std::uint32_t* x[kTaps];
#pragma GCC unroll 3
    for (int t = 0; t < kTaps; ++t) x[t] = a.source[t] + line * a.source_line + c;
    const std::uint32_t* dy = a.gradient + line * a.gradient_line + o;
    for (std::int64_t j = a.pairs; j > 0; --j, dy += a.out) {
      __m512i d[kVectors];
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) d[v] = _mm512_loadu_si512(dy + v * kLanes);
#pragma GCC unroll 3
      for (int t = 0; t < kTaps; ++t) {
#pragma GCC unroll 8
        for (int i = 0; i < kIn; ++i) {
          const __m512i pair = _mm512_set1_epi32(static_cast<int>(x[t][i]));
#pragma GCC unroll 2
          for (int v = 0; v < kVectors; ++v)
            sums[t][i][v] = _mm512_dpbf16_ps(sums[t][i][v], (__m512bh)d[v], (__m512bh)pair);
        }
        x[t] += a.in;
      }
    }
  }
#pragma GCC unroll 3
  for (int t = 0; t < kTaps; ++t)
#pragma GCC unroll 8
    for (int i = 0; i < kIn; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) {
        float* y = a.y + (t * a.in + c + i) * a.out + o + v * kLanes;
        _mm512_storeu_ps(y, _mm512_add_ps(_mm512_loadu_ps(y), sums[t][i][v]));
      }
}

using OuterTile = void (*)(const PairOuter&, std::int64_t, std::int64_t, std::int64_t, std::int64_t);
template <int kIn, int kVectors>
constexpr std::array<OuterTile, PairOuter::kMostTaps> kOuterTiles = {
    add_outer_tile<1, kIn, kVectors>, add_outer_tile<2, kIn, kVectors>, add_outer_tile<3, kIn, kVectors>};

}  // namespace

bool has_pairs() {
  static const bool found = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
  return found;
}

PERCEPT_PAIRS void round_pairs(const float* from, std::int64_t count, std::uint32_t* to) {
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes, to += kLanes)
    _mm512_storeu_si512(to,
                        (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + i + kLanes), _mm512_loadu_ps(from + i)));
  if (i == count) return;
  const std::uint32_t rest = (std::uint32_t{1} << (count - i)) - 1;
  const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(rest), from + i);
  const __m512 high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(rest >> kLanes), from + i + kLanes);
  const auto pairs = static_cast<__mmask16>((std::uint32_t{1} << (count - i) / 2) - 1);
  _mm512_mask_storeu_epi32(to, pairs, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

void multiply_pairs(const PairRow& row) {
  const std::int64_t panel = pair_panel(row.targets), vectors = panel / kLanes;
  const int most = kMostPixels[static_cast<std::size_t>(vectors - 1)];
  const std::int64_t tiles = (row.columns + most - 1) / most;
  for (std::int64_t j = 0, count = 0, tile = 0; j < row.columns; j += count) {
    count = rows_of_next(row.columns - j, most);
    fetch<false>(row.read_next, row.read_floats, tile, tiles);
    fetch<true>(row.write_next, row.write_floats, tile++, tiles);
    const std::uint32_t* weight = row.weight;
    for (std::int64_t n = 0; n < row.targets; n += panel) {
      // Vectors of the last panel without any channel are left out: their weights are not even there.
      const std::int64_t left = std::min(panel, row.targets - n), whole = (left + kLanes - 1) / kLanes;
      const auto last = static_cast<std::uint16_t>((1u << (left - (whole - 1) * kLanes)) - 1);
      kAllTiles[static_cast<std::size_t>(whole - 1)][static_cast<std::size_t>(count - 1)](
          row, row.source + j * row.pairs, weight, row.bias != nullptr ? row.bias + n : nullptr,
          row.target + j * row.targets + n, last);
      weight += row.kernel_h * row.kernel_w * row.pairs * whole * kLanes;
    }
  }
}

void round_neighbours(const float* row, std::int64_t pixels, std::int64_t channels, std::int64_t before,
                      std::int64_t places, std::uint32_t* even, std::uint32_t* odd) {
  (odd != nullptr ? round_row<true> : round_row<false>)(row, pixels, channels, before, places, even, odd);
}

void add_outer(const PairOuter& a) {
  // Tiles of 24 sums: of 4 channels of x with two vectors of dy, or of 8 with the last.
  const std::int64_t pairs = a.out / (2 * kLanes),
                     tiles = pairs * (a.in / 4) + (a.out / kLanes - 2 * pairs) * (a.in / 8);
  std::int64_t tile = 0;
  for (std::int64_t o = 0; o < a.out; o += 2 * kLanes) {
    const bool two = o + kLanes < a.out;
    const auto& shapes = two ? kOuterTiles<4, 2> : kOuterTiles<8, 1>;
    for (std::int64_t c = 0; c < a.in; c += two ? 4 : 8, ++tile)
      shapes[static_cast<std::size_t>(a.taps - 1)](a, c, o, tile, tiles);
  }
}

}  // namespace percept::cpu

#else

namespace percept::cpu {
bool has_pairs() { return false; }
void round_pairs(const float*, std::int64_t, std::uint32_t*) {}
void multiply_pairs(const PairRow&) {}
void round_neighbours(const float*, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::uint32_t*,
                      std::uint32_t*) {}
void add_outer(const PairOuter&) {}
}  // namespace percept::cpu

#endif
