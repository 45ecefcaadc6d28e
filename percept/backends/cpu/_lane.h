// _lane.h - a vector of f32 with the operators ops/pointwise_rows.h asks for. Compiled once per instruction set:
// include it after foreach_target.h, inside no namespace.
#if defined(PERCEPT_BACKENDS_CPU_LANE_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PERCEPT_BACKENDS_CPU_LANE_H_
#undef PERCEPT_BACKENDS_CPU_LANE_H_
#else
#define PERCEPT_BACKENDS_CPU_LANE_H_
#endif

#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using I32 = hn::Rebind<std::int32_t, F32>;
using Vector = hn::Vec<F32>;
inline constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(F32()));

// Answers of comparisons; a lane of 0 and 1 where arithmetic is done with them.
struct Answer {
  hn::Mask<F32> mask;
};

struct Lane {
  Vector v;
  HWY_INLINE Lane(Vector vector) : v(vector) {}
  HWY_INLINE explicit Lane(double value) : v(hn::Set(F32(), static_cast<float>(value))) {}
  HWY_INLINE Lane(Answer answer) : v(hn::IfThenElseZero(answer.mask, hn::Set(F32(), 1.0f))) {}
};

HWY_INLINE Lane operator+(Lane a, Lane b) { return hn::Add(a.v, b.v); }
HWY_INLINE Lane operator-(Lane a, Lane b) { return hn::Sub(a.v, b.v); }
HWY_INLINE Lane operator*(Lane a, Lane b) { return hn::Mul(a.v, b.v); }
HWY_INLINE Lane operator/(Lane a, Lane b) { return hn::Div(a.v, b.v); }
HWY_INLINE Lane operator-(Lane a) { return hn::Neg(a.v); }

HWY_INLINE Answer operator==(Lane a, Lane b) { return {hn::Eq(a.v, b.v)}; }
// Not Highway's Ne: on AVX2 and AVX-512 that says NaN equals everything.
HWY_INLINE Answer operator!=(Lane a, Lane b) { return {hn::Not(hn::Eq(a.v, b.v))}; }
HWY_INLINE Answer operator<(Lane a, Lane b) { return {hn::Lt(a.v, b.v)}; }
HWY_INLINE Answer operator<=(Lane a, Lane b) { return {hn::Le(a.v, b.v)}; }
HWY_INLINE Answer operator>(Lane a, Lane b) { return {hn::Gt(a.v, b.v)}; }
HWY_INLINE Answer operator>=(Lane a, Lane b) { return {hn::Ge(a.v, b.v)}; }

HWY_INLINE Answer operator&(Answer a, Answer b) { return {hn::And(a.mask, b.mask)}; }
HWY_INLINE Answer operator|(Answer a, Answer b) { return {hn::Or(a.mask, b.mask)}; }
HWY_INLINE Answer operator!(Answer a) { return {hn::Not(a.mask)}; }

HWY_INLINE Lane select(Answer which, Lane yes, Lane no) { return hn::IfThenElse(which.mask, yes.v, no.v); }
HWY_INLINE Lane select(Lane which, Lane yes, Lane no) { return select(which != Lane(0), yes, no); }

HWY_INLINE Lane abs(Lane a) { return hn::Abs(a.v); }
HWY_INLINE Lane sqrt(Lane a) { return hn::Sqrt(a.v); }
HWY_INLINE Lane floor(Lane a) { return hn::Floor(a.v); }
HWY_INLINE Lane ceil(Lane a) { return hn::Ceil(a.v); }
HWY_INLINE Lane round(Lane a) { return hn::Round(a.v); }  // halves to even
// a * b + c, in one rounding where the instruction set has it.
HWY_INLINE Lane fused(Lane a, Lane b, Lane c) { return hn::MulAdd(a.v, b.v, c.v); }

// The greater (lesser) of the two, NaN once any has been met: what reductions and pooling accumulate with.
HWY_INLINE Lane greater_of(Lane best, Lane a) { return select((best > a) | (best != best), best, a); }
HWY_INLINE Lane lesser_of(Lane best, Lane a) { return select((best < a) | (best != best), best, a); }

template <class T>
using Tag = hn::Rebind<T, F32>;

// The first n < kLanes elements, the others 0. Highway's masked load reads beyond them on sets without masks.
template <class T>
HWY_INLINE hn::Vec<Tag<T>> load_first(const T* from, std::int64_t n) {
  const Tag<T> d;
#if HWY_TARGET <= HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(n)), d, from);
#else
  HWY_ALIGN T padded[kLanes] = {};
  std::memcpy(padded, from, static_cast<std::size_t>(n) * sizeof(T));
  return hn::Load(d, padded);
#endif
}

template <class T>
HWY_INLINE void store_first(hn::Vec<Tag<T>> v, T* to, std::int64_t n) {
  const Tag<T> d;
#if HWY_TARGET <= HWY_AVX2
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(n)), d, to);
#else
  HWY_ALIGN T padded[kLanes];
  hn::Store(v, d, padded);
  std::memcpy(to, padded, static_cast<std::size_t>(n) * sizeof(T));
#endif
}

HWY_INLINE Lane load(const float* from) { return hn::LoadU(F32(), from); }
HWY_INLINE void store(Lane a, float* to) { hn::StoreU(a.v, F32(), to); }
HWY_INLINE Lane load(const float* from, std::int64_t n) { return n < kLanes ? load_first(from, n) : load(from).v; }
HWY_INLINE void store(Lane a, float* to, std::int64_t n) {
  if (n < kLanes)
    store_first(a.v, to, n);
  else
    store(a, to);
}

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
