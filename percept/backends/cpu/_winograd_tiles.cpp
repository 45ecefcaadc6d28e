// _winograd_tiles.cpp - Winograd's transforms: along the columns of a square, then along its rows.
#include "percept/backends/cpu/_winograd_tiles.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_winograd_tiles.cpp"
#include "hwy/foreach_target.h"  // before highway.h

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

HWY_INLINE bool inside(const ImageSquare& s, std::int64_t i, std::int64_t j) {
  return s.top + i >= 0 && s.top + i < s.height && s.left + j >= 0 && s.left + j < s.width;
}
HWY_INLINE std::int64_t place(const ImageSquare& s, std::int64_t i, std::int64_t j) {
  return ((s.top + i) * s.width + s.left + j) * s.channels;
}
HWY_INLINE bool whole(const ImageSquare& s, int side) { return inside(s, 0, 0) && inside(s, side - 1, side - 1); }

// T of the square's pixels; the last channels fewer than a vector.
template <class T>
void from_image(const float* image, const ImageSquare& square, float* points, std::int64_t step) {
  const F32 d;
  const std::int64_t vectors = square.channels / kLanes * kLanes;
  const bool all = whole(square, T::kFrom);
  const auto run = [&](std::int64_t c, const auto& get, const auto& put) {
    both_axes<T>(
        [&](int i, int j) { return all || inside(square, i, j) ? get(image + place(square, i, j) + c) : hn::Zero(d); },
        [&](int i, int j, Vector v) { put(v, points + (i * T::kTo + j) * step + c); });
  };
  for (std::int64_t c = 0; c < vectors; c += kLanes)
    run(c, [&](const float* at) { return hn::LoadU(d, at); }, [&](Vector v, float* at) { hn::StoreU(v, d, at); });
  if (const std::int64_t rest = square.channels - vectors; rest > 0)
    run(
        vectors, [&](const float* at) { return load_first(at, rest); },
        [&](Vector v, float* at) { store_first<float>(v, at, rest); });
}

template <class T>
void to_image(const float* points, std::int64_t step, const float* bias, float* image, const ImageSquare& square) {
  const F32 d;
  const std::int64_t vectors = square.channels / kLanes * kLanes;
  const bool all = whole(square, T::kTo);
  const auto run = [&](std::int64_t c, const auto& get, const auto& put) {
    const Vector add = bias != nullptr ? get(bias + c) : hn::Zero(d);
    both_axes<T>([&](int i, int j) { return get(points + (i * T::kFrom + j) * step + c); },
                 [&](int i, int j, Vector v) {
                   if (all || inside(square, i, j)) put(hn::Add(v, add), image + place(square, i, j) + c);
                 });
  };
  for (std::int64_t c = 0; c < vectors; c += kLanes)
    run(c, [&](const float* at) { return hn::LoadU(d, at); }, [&](Vector v, float* at) { hn::StoreU(v, d, at); });
  if (const std::int64_t rest = square.channels - vectors; rest > 0)
    run(
        vectors, [&](const float* at) { return load_first(at, rest); },
        [&](Vector v, float* at) { store_first<float>(v, at, rest); });
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
void weight(const float* taps, std::int64_t count, float* points, std::int64_t step) {
  of_filters<EvaluateTaps<kTaps>>(taps, count, count, points, step);
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
