// _winograd_tiles.cpp - Winograd's transforms: along the columns of a square, then along its rows.
#include "percept/backends/cpu/_winograd_tiles.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_winograd_tiles.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "hwy/cache_control.h"
#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

HWY_INLINE Vector times(double factor, Vector v) { return hn::Mul(hn::Set(F32(), static_cast<float>(factor)), v); }
HWY_INLINE Vector plus_times(Vector sum, double factor, Vector v) {
  return hn::MulAdd(hn::Set(F32(), static_cast<float>(factor)), v, sum);
}

// B^T: the polynomial of six coefficients, reduced by the others' roots at each point.
struct Reduce {
  static constexpr int kFrom = 6, kTo = 6;
  HWY_INLINE static void run(const Vector* x, Vector* to) {
    const Vector even = plus_times(x[4], -4, x[2]), odd = plus_times(x[3], -4, x[1]);
    const Vector near = hn::Sub(x[4], x[2]), far = times(2, hn::Sub(x[3], x[1]));
    to[0] = plus_times(plus_times(x[4], -5, x[2]), 4, x[0]);
    to[1] = hn::Add(even, odd);
    to[2] = hn::Sub(even, odd);
    to[3] = hn::Add(near, far);
    to[4] = hn::Sub(near, far);
    to[5] = plus_times(plus_times(x[5], -5, x[3]), 4, x[1]);
  }
};

// The polynomial with kFrom coefficients at the six points: A, and G but for its factors.
template <int kCoefficients>
struct Evaluate {
  static constexpr int kFrom = kCoefficients, kTo = 6;
  HWY_INLINE static void run(const Vector* x, Vector* to) {
    Vector even1 = x[0], even2 = x[0], odd1 = x[1], odd2 = times(2, x[1]);
    for (int j = 2; j < kFrom; ++j) {
      Vector &one = j % 2 == 0 ? even1 : odd1, &two = j % 2 == 0 ? even2 : odd2;
      one = hn::Add(one, x[j]);
      two = plus_times(two, 1 << j, x[j]);
    }
    to[0] = x[0];
    to[1] = hn::Add(even1, odd1);
    to[2] = hn::Sub(even1, odd1);
    to[3] = hn::Add(even2, odd2);
    to[4] = hn::Sub(even2, odd2);
    to[5] = x[kFrom - 1];
  }
};

// Its transpose: A^T, and G^T but for its factors.
template <int kCoefficients>
struct Collect {
  static constexpr int kFrom = 6, kTo = kCoefficients;
  HWY_INLINE static void run(const Vector* x, Vector* to) {
    const Vector sum1 = hn::Add(x[1], x[2]), difference1 = hn::Sub(x[1], x[2]);
    const Vector sum2 = hn::Add(x[3], x[4]), difference2 = hn::Sub(x[3], x[4]);
    to[0] = hn::Add(x[0], hn::Add(sum1, sum2));
    for (int j = 1; j < kTo; ++j)
      to[j] = plus_times(j % 2 == 0 ? sum1 : difference1, 1 << j, j % 2 == 0 ? sum2 : difference2);
    to[kTo - 1] = hn::Add(to[kTo - 1], x[5]);
  }
};

// G has these factors at its points.
HWY_INLINE void scale_points(Vector* x) {
  constexpr double kFactors[] = {1.0 / 4, -1.0 / 6, -1.0 / 6, 1.0 / 24, 1.0 / 24, 1};
  for (int p = 0; p < 5; ++p) x[p] = times(kFactors[p], x[p]);
}
template <int kTaps>
struct EvaluateTaps {
  static constexpr int kFrom = kTaps, kTo = 6;
  HWY_INLINE static void run(const Vector* x, Vector* to) {
    Evaluate<kTaps>::run(x, to);
    scale_points(to);
  }
};
template <int kTaps>
struct CollectTaps {
  static constexpr int kFrom = 6, kTo = kTaps;
  HWY_INLINE static void run(const Vector* x, Vector* to) {
    Vector scaled[6];
    std::copy_n(x, 6, scaled);
    scale_points(scaled);
    Collect<kTaps>::run(scaled, to);
  }
};

// put(i, j, T x T^T) with x = get(i, j).
template <class T, class Get, class Put>
HWY_INLINE void both_axes(const Get& get, const Put& put) {
  Vector columns[T::kFrom][T::kTo];  // of T x, transposed
  for (int j = 0; j < T::kFrom; ++j) {
    Vector x[T::kFrom];
    for (int i = 0; i < T::kFrom; ++i) x[i] = get(i, j);
    T::run(x, columns[j]);
  }
  for (int i = 0; i < T::kTo; ++i) {
    Vector x[T::kFrom], to[T::kTo];
    for (int j = 0; j < T::kFrom; ++j) x[j] = columns[j][i];
    T::run(x, to);
    for (int j = 0; j < T::kTo; ++j) put(i, j, to[j]);
  }
}

// Where the pixels of a square lie, and 0 for the channel of those outside, which stand for one vector of zeros.
template <int kSide>
struct Pixels {
  std::int64_t row, column;  // floats from pixel to pixel
  std::int64_t first = 0;    // of an image's floats
  bool whole;
  bool inside[kSide * kSide];

  explicit Pixels(const ImageSquare& s) : row(s.width * s.all_channels), column(s.all_channels) {
    first = s.top * row + s.left * column;
    whole = s.top >= 0 && s.left >= 0 && s.top + kSide <= s.height && s.left + kSide <= s.width;
    if (whole) return;
    for (int i = 0; i < kSide; ++i)
      for (int j = 0; j < kSide; ++j)
        inside[i * kSide + j] = s.top + i >= 0 && s.top + i < s.height && s.left + j >= 0 && s.left + j < s.width;
  }
};

// run(c, lanes) for every vector of channels; lanes: kLanes as a constant, or the rest.
template <class Run>
HWY_INLINE void for_channels(std::int64_t channels, const Run& run) {
  std::int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) run(c, std::integral_constant<std::int64_t, kLanes>());
  if (c < channels) run(c, channels - c);
}

// T of the square's pixels.
template <class T>
void from_image(const float* image, const ImageSquare& square, float* points, std::int64_t step) {
  const Pixels<T::kFrom> pixels(square);
  const auto put = [&](std::int64_t c, auto lanes) {
    return [=](int i, int j, Vector v) { store(v, points + (i * T::kTo + j) * step + c, lanes); };
  };
  const std::int64_t ahead = 4 * pixels.column;  // the pixels of the next tile, to the right (3 x 3)
  if (pixels.whole) {
    const float* const first = image + pixels.first;
    for_channels(square.channels, [&](std::int64_t c, auto lanes) {
      both_axes<T>(
          [=](int i, int j) {
            const float* const pixel = first + i * pixels.row + j * pixels.column + c;
            hwy::Prefetch(pixel + ahead);
            return load(pixel, lanes).v;
          },
          put(c, lanes));
    });
    return;
  }
  HWY_ALIGN static constexpr float kZeros[kLanes] = {};
  const float* at[T::kFrom * T::kFrom];
  std::int64_t channel[T::kFrom * T::kFrom];  // all ones, or none: of kZeros
  for (int i = 0; i < T::kFrom; ++i)
    for (int j = 0; j < T::kFrom; ++j) {
      const int k = i * T::kFrom + j;
      at[k] = pixels.inside[k] ? image + pixels.first + i * pixels.row + j * pixels.column : kZeros;
      channel[k] = pixels.inside[k] ? -1 : 0;
    }
  for_channels(square.channels, [&](std::int64_t c, auto lanes) {
    both_axes<T>(
        [&](int i, int j) {
          const float* const pixel = at[i * T::kFrom + j] + (c & channel[i * T::kFrom + j]);
          hwy::Prefetch(pixel + ahead);
          return load(pixel, lanes).v;
        },
        put(c, lanes));
  });
}

template <class T>
void to_image(const float* points, std::int64_t step, const float* bias, float* image, const ImageSquare& square) {
  const Pixels<T::kTo> pixels(square);
  for_channels(square.channels, [&](std::int64_t c, auto lanes) {
    const Vector add = bias != nullptr ? load(bias + c, lanes).v : hn::Zero(F32());
    const auto get = [&](int i, int j) { return load(points + (i * T::kFrom + j) * step + c, lanes).v; };
    const auto put = [&](int i, int j, Vector v) {
      store(hn::Add(v, add), image + pixels.first + i * pixels.row + j * pixels.column + c, lanes);
    };
    if (pixels.whole)
      both_axes<T>(get, put);
    else
      both_axes<T>(get, [&](int i, int j, Vector v) {
        if (pixels.inside[i * T::kTo + j]) put(i, j, v);
      });
  });
}

template <class T>
void of_filters(const float* from, std::int64_t from_step, std::int64_t count, float* to, std::int64_t to_step) {
  for (std::int64_t c = 0; c < count; c += kLanes) {
    const std::int64_t lanes = std::min(count - c, kLanes);
    both_axes<T>([&](int i, int j) { return load(from + (i * T::kFrom + j) * from_step + c, lanes).v; },
                 [&](int i, int j, Vector v) { store(v, to + (i * T::kTo + j) * to_step + c, lanes); });
  }
}
template <int kTaps>
void weight(const float* taps, std::int64_t taps_step, std::int64_t count, float* points, std::int64_t step) {
  of_filters<EvaluateTaps<kTaps>>(taps, taps_step, count, points, step);
}
template <int kTaps>
void weight_grad(const float* points, std::int64_t step, std::int64_t count, float* taps) {
  of_filters<CollectTaps<kTaps>>(points, step, count, taps, count);
}

template <int kTaps>
WinogradLoops loops() {
  constexpr int kOutputs = 7 - kTaps;
  return {from_image<Reduce>, to_image<Collect<kOutputs>>, from_image<Evaluate<kOutputs>>, weight<kTaps>,
          weight_grad<kTaps>};
}

}  // namespace

WinogradLoops find_winograd_loops(std::int64_t kernel) { return kernel == 3 ? loops<3>() : loops<5>(); }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept::cpu {
HWY_EXPORT(find_winograd_loops);
WinogradLoops winograd_loops(std::int64_t kernel) { return HWY_DYNAMIC_DISPATCH(find_winograd_loops)(kernel); }
}  // namespace percept::cpu
#endif
