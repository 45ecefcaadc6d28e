// _lane_math.h - exp, log, tanh, sin, cos, erf, pow and kin of lanes: within 4 ULP, with the specials of <cmath>, no
// libm. Highway's own say exp(NaN) = 0, log(0) = -105 and lose sin beyond 39000: all are wrapped here.
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

// log(1 + a) from the rounded sum, put right by how far that is from 1 + a (W. Kahan).
HWY_INLINE Lane log1p(Lane a) {
  const Lane sum = Lane(1) + a, part = sum - Lane(1);
  const Lane y = log(sum) * (a / part);
  return select((part == Lane(0)) | (a == Lane(kInf)), a, y);
}

HWY_INLINE Lane expm1(Lane a) {
  const Lane top = select(a > Lane(104), Lane(104), a);
  return select((a != a) | (a == Lane(0)), a, Lane(hn::Expm1(F32(), top.v)));
}

// e^a / 2 where e^a itself overflows: e^(a - 235 log 2) * 2^234; the difference is exact near there (as in musl).
HWY_INLINE Lane half_exp_of_large(Lane a) { return exp(a - Lane(162.88958740234375)) * Lane(0x1p117) * Lane(0x1p117); }

HWY_INLINE Lane sinh(Lane a) {
  const Lane x = abs(a), e = expm1(x);
  const Lane small = Lane(0.5) * (e + e / (e + Lane(1)));
  const Lane y = select(x > Lane(88), half_exp_of_large(x), small);
  return select(a != a, a, Lane(hn::CopySign(y.v, a.v)));
}

HWY_INLINE Lane cosh(Lane a) {
  const Lane x = abs(a), e = exp(x);
  return select(x > Lane(88), half_exp_of_large(x), Lane(0.5) * (e + Lane(1) / e));
}

HWY_INLINE Lane tan(Lane a) { return sin(a) / cos(a); }

HWY_INLINE Lane atan(Lane a) { return select((a == Lane(0)) | (a != a), a, Lane(hn::Atan(F32(), a.v))); }

// a + a p(a^2) below 0.93, 1 - e^-(t + t q(t)) above: p and q fitted (minimax, weighted by the result) to erf in
// double.
HWY_INLINE Lane erf(Lane a) {
  const Lane t = abs(a), s = a * a;
  Lane p = Lane(-5.953736254014075e-4);
  p = fused(p, s, Lane(4.985939245671034e-3));
  p = fused(p, s, Lane(-0.026761718094348907));
  p = fused(p, s, Lane(0.11281682550907135));
  p = fused(p, s, Lane(-0.3761247992515564));
  p = fused(p, s, Lane(0.12837915122509003));
  const Lane near = fused(p, a, a);
  const Lane top = select(t > Lane(4), Lane(4), t);  // 1 from 3.92 on
  Lane q = Lane(1.1612776688707527e-05);
  q = fused(q, top, Lane(-3.266272251494229e-4));
  q = fused(q, top, Lane(3.658027620986104e-3));
  q = fused(q, top, Lane(-0.02379504218697548));
  q = fused(q, top, Lane(0.10627523064613342));
  q = fused(q, top, Lane(0.6351280808448792));
  q = fused(q, top, Lane(0.12865422666072845));
  const Lane far = Lane(1) - exp(-fused(q, top, top));
  const Lane y = select(t < Lane(0.93), near, Lane(hn::CopySign(far.v, a.v)));
  return select(a != a, a, y);
}

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
