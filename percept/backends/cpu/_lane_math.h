// _lane_math.h - exp, log, tanh, sin, cos and pow of lanes: within 4 ULP, with the specials of <cmath>, no libm.
// Highway's own say exp(NaN) = 0, log(0) = -105 and lose sin beyond 39000: all are wrapped here.
#if defined(PERCEPT_BACKENDS_CPU_LANE_MATH_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PERCEPT_BACKENDS_CPU_LANE_MATH_H_
#undef PERCEPT_BACKENDS_CPU_LANE_MATH_H_
#else
#define PERCEPT_BACKENDS_CPU_LANE_MATH_H_
#endif

#include <limits>

#include "hwy/contrib/math/math-inl.h"
#include "percept/backends/cpu/_lane.h"
#include "percept/backends/cpu/_trig.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {

inline constexpr double kInf = std::numeric_limits<double>::infinity();

HWY_INLINE Lane exp(Lane a) {
  const Lane top = select(a > Lane(104), Lane(104), a);  // overflows all the same, and by the right path
  return select(a != a, a, Lane(hn::Exp(F32(), top.v)));
}

HWY_INLINE Lane log(Lane a) {
  Lane y = hn::Log(F32(), a.v);
  y = select(a == Lane(0), Lane(-kInf), y);
  y = select(a == Lane(kInf), a, y);
  return select(a >= Lane(0), y, Lane(std::numeric_limits<double>::quiet_NaN()));
}

HWY_INLINE Lane tanh(Lane a) { return hn::Tanh(F32(), a.v); }

// Lanes beyond the polynomial's reach are reduced one by one (_trig.h).
template <bool kCosine>
HWY_NOINLINE void far_trig(const float* x, float* y) {
  for (std::int64_t i = 0; i < kLanes; ++i)
    if (!(x[i] <= 30000 && x[i] >= -30000)) y[i] = far_sin_cos(x[i], kCosine);
}

template <bool kCosine>
HWY_INLINE Lane with_far_lanes(Lane a, Lane near) {
  if (HWY_LIKELY(hn::AllTrue(F32(), (abs(a) <= Lane(30000)).mask))) return near;
  HWY_ALIGN float x[kLanes];
  HWY_ALIGN float y[kLanes];
  hn::Store(a.v, F32(), x);
  hn::Store(near.v, F32(), y);
  far_trig<kCosine>(x, y);
  return hn::Load(F32(), y);
}
HWY_INLINE Lane sin(Lane a) { return with_far_lanes<false>(a, select(a == Lane(0), a, Lane(hn::Sin(F32(), a.v)))); }
HWY_INLINE Lane cos(Lane a) { return with_far_lanes<true>(a, Lane(hn::Cos(F32(), a.v))); }

// |a|^b in double, where an error of exp(b * log|a|) is far below half a unit of f32.
template <class Half>
HWY_INLINE Half magnitude_of_power(Half a, Half b) {
  const hn::Rebind<double, hn::DFromV<Half>> d;
  const auto x = hn::PromoteTo(d, a), y = hn::PromoteTo(d, b);
  auto log = hn::Log(d, x);
  log = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Set(d, -kInf), log);
  log = hn::IfThenElse(hn::Eq(x, hn::Set(d, kInf)), x, log);
  auto t = hn::Mul(y, log);
  t = hn::IfThenElse(hn::Eq(x, hn::Set(d, 1.0)), hn::Zero(d), t);  // 1^inf
  t = hn::IfThenElse(hn::Gt(t, hn::Set(d, 200.0)), hn::Set(d, 200.0), t);
  t = hn::IfThenElse(hn::Lt(t, hn::Set(d, -200.0)), hn::Set(d, -200.0), t);
  return hn::DemoteTo(hn::DFromV<Half>(), hn::Exp(d, t));
}

HWY_INLINE Lane pow(Lane a, Lane b) {
  const hn::Half<F32> half;
  const Lane x = abs(a);
  const auto low = magnitude_of_power(hn::LowerHalf(half, x.v), hn::LowerHalf(half, b.v));
  const auto high = magnitude_of_power(hn::UpperHalf(half, x.v), hn::UpperHalf(half, b.v));
  Lane y = hn::Combine(F32(), high, low);
  const Answer whole = floor(b) == b;
  const Answer odd = whole & (floor(b * Lane(0.5)) * Lane(2) != b);
  y = select(odd, Lane(hn::CopySign(y.v, a.v)), y);
  y = select((a < Lane(0)) & (a > Lane(-kInf)) & !whole, Lane(std::numeric_limits<double>::quiet_NaN()), y);
  y = select((a != a) | (b != b), a + b, y);
  return select((a == Lane(1)) | (b == Lane(0)), Lane(1), y);
}

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
