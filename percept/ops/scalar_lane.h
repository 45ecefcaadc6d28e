// scalar_lane.h - the lane of plain numbers: the arithmetic that pointwise rows are judged by.
#pragma once
#include <cmath>
#include <cstdint>

namespace percept {

// Floating rows, in double whatever the dtype: each row is rounded to its own dtype afterwards.
struct FloatLane {
  double value;
  explicit FloatLane(double v) : value(v) {}

  friend FloatLane operator+(FloatLane a, FloatLane b) { return FloatLane(a.value + b.value); }
  friend FloatLane operator-(FloatLane a, FloatLane b) { return FloatLane(a.value - b.value); }
  friend FloatLane operator*(FloatLane a, FloatLane b) { return FloatLane(a.value * b.value); }
  friend FloatLane operator/(FloatLane a, FloatLane b) { return FloatLane(a.value / b.value); }
  friend FloatLane operator-(FloatLane a) { return FloatLane(-a.value); }
  friend FloatLane operator<(FloatLane a, FloatLane b) { return FloatLane(a.value < b.value); }
  friend FloatLane operator<=(FloatLane a, FloatLane b) { return FloatLane(a.value <= b.value); }
  friend FloatLane operator>(FloatLane a, FloatLane b) { return FloatLane(a.value > b.value); }
  friend FloatLane operator>=(FloatLane a, FloatLane b) { return FloatLane(a.value >= b.value); }
  friend FloatLane operator==(FloatLane a, FloatLane b) { return FloatLane(a.value == b.value); }
  friend FloatLane operator!=(FloatLane a, FloatLane b) { return FloatLane(a.value != b.value); }
  friend FloatLane select(FloatLane mask, FloatLane a, FloatLane b) { return mask.value != 0 ? a : b; }
  friend FloatLane abs(FloatLane a) { return FloatLane(std::abs(a.value)); }
  friend FloatLane exp(FloatLane a) { return FloatLane(std::exp(a.value)); }
  friend FloatLane log(FloatLane a) { return FloatLane(std::log(a.value)); }
  friend FloatLane sqrt(FloatLane a) { return FloatLane(std::sqrt(a.value)); }
  friend FloatLane tanh(FloatLane a) { return FloatLane(std::tanh(a.value)); }
  friend FloatLane floor(FloatLane a) { return FloatLane(std::floor(a.value)); }
  friend FloatLane ceil(FloatLane a) { return FloatLane(std::ceil(a.value)); }
  friend FloatLane round(FloatLane a) { return FloatLane(std::nearbyint(a.value)); }  // halves to even
  friend FloatLane sin(FloatLane a) { return FloatLane(std::sin(a.value)); }
  friend FloatLane cos(FloatLane a) { return FloatLane(std::cos(a.value)); }
  friend FloatLane tan(FloatLane a) { return FloatLane(std::tan(a.value)); }
  friend FloatLane atan(FloatLane a) { return FloatLane(std::atan(a.value)); }
  friend FloatLane sinh(FloatLane a) { return FloatLane(std::sinh(a.value)); }
  friend FloatLane cosh(FloatLane a) { return FloatLane(std::cosh(a.value)); }
  friend FloatLane erf(FloatLane a) { return FloatLane(std::erf(a.value)); }
  friend FloatLane log1p(FloatLane a) { return FloatLane(std::log1p(a.value)); }
  friend FloatLane expm1(FloatLane a) { return FloatLane(std::expm1(a.value)); }
  friend FloatLane pow(FloatLane a, FloatLane b) { return FloatLane(std::pow(a.value, b.value)); }
};

// Integer rows, in 64 bits; overflow wraps, as PyTorch's does. Rows that only make sense for floats are refused by
// the op's `infer` before they get here.
struct IntLane {
  std::int64_t value;
  explicit IntLane(double v) : value(static_cast<std::int64_t>(v)) {}
  explicit IntLane(int v) : value(v) {}
  explicit IntLane(std::int64_t v) : value(v) {}
  static IntLane wrap(std::uint64_t v) { return IntLane(static_cast<std::int64_t>(v)); }
  std::uint64_t u() const { return static_cast<std::uint64_t>(value); }
  static IntLane truth(bool yes) { return IntLane(static_cast<std::int64_t>(yes)); }

  friend IntLane operator+(IntLane a, IntLane b) { return wrap(a.u() + b.u()); }
  friend IntLane operator-(IntLane a, IntLane b) { return wrap(a.u() - b.u()); }
  friend IntLane operator*(IntLane a, IntLane b) { return wrap(a.u() * b.u()); }
  friend IntLane operator/(IntLane a, IntLane b) {
    return b.value == 0 || b.value == -1 ? wrap(0 - a.u()) : IntLane(a.value / b.value);
  }
  friend IntLane operator-(IntLane a) { return wrap(0 - a.u()); }
  friend IntLane operator<(IntLane a, IntLane b) { return truth(a.value < b.value); }
  friend IntLane operator<=(IntLane a, IntLane b) { return truth(a.value <= b.value); }
  friend IntLane operator>(IntLane a, IntLane b) { return truth(a.value > b.value); }
  friend IntLane operator>=(IntLane a, IntLane b) { return truth(a.value >= b.value); }
  friend IntLane operator==(IntLane a, IntLane b) { return truth(a.value == b.value); }
  friend IntLane operator!=(IntLane a, IntLane b) { return truth(a.value != b.value); }
  friend IntLane select(IntLane mask, IntLane a, IntLane b) { return mask.value != 0 ? a : b; }
  friend IntLane abs(IntLane a) { return a.value < 0 ? -a : a; }
  friend IntLane floor(IntLane a) { return a; }
  friend IntLane ceil(IntLane a) { return a; }
  friend IntLane round(IntLane a) { return a; }
  friend IntLane exp(IntLane a) { return a; }
  friend IntLane log(IntLane a) { return a; }
  friend IntLane sqrt(IntLane a) { return a; }
  friend IntLane tanh(IntLane a) { return a; }
  friend IntLane sin(IntLane a) { return a; }
  friend IntLane cos(IntLane a) { return a; }
  friend IntLane tan(IntLane a) { return a; }
  friend IntLane atan(IntLane a) { return a; }
  friend IntLane sinh(IntLane a) { return a; }
  friend IntLane cosh(IntLane a) { return a; }
  friend IntLane erf(IntLane a) { return a; }
  friend IntLane log1p(IntLane a) { return a; }
  friend IntLane expm1(IntLane a) { return a; }
  friend IntLane pow(IntLane a, IntLane b) {  // by squaring; negative exponents are refused by `infer`'s doc: 0 or 1
    IntLane result(std::int64_t{1});
    if (b.value < 0) return a.value == 1 ? a : a.value == -1 ? (b.value % 2 ? a : result) : IntLane(std::int64_t{0});
    for (std::uint64_t e = b.u(); e != 0; e >>= 1, a = a * a)
      if (e & 1) result = result * a;
    return result;
  }
};

}  // namespace percept
