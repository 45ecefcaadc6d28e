// _trig.h - sine and cosine of floats too large for a polynomial after Cody-Waite reduction.
#pragma once
#include <bit>
#include <cstdint>
#include <limits>

namespace percept::cpu {

__extension__ typedef unsigned __int128 UInt128;
__extension__ typedef __int128 Int128;

// Payne and Hanek, "Radian reduction for trigonometric functions", 1983: only the bits of 2/pi that decide the
// quadrant and the fraction are multiplied. |x| >= 2^10; NaN for NaN and infinities.
inline float far_sin_cos(float x, bool cosine) {
  static constexpr std::uint32_t kTwoOverPi[] = {0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0,
                                                 0xDB629599, 0x3C439041, 0xFE5163AB};
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const int exponent = static_cast<int>(bits >> 23 & 255) - 150;  // |x| = mantissa * 2^exponent
  if (exponent == 105) return std::numeric_limits<float>::quiet_NaN();
  const std::uint32_t mantissa = (bits & 0x7FFFFF) | 0x800000;
  const int skipped = exponent > 2 ? exponent - 2 : 0;  // leading bits of 2/pi that make whole turns
  UInt128 window = 0;
  for (int i = 0; i < 4; ++i) window = window << 32 | kTwoOverPi[skipped / 32 + i];
  window = window << (skipped % 32) >> 32;
  const UInt128 product = window * mantissa;
  const int fraction_bits = 96 - (exponent - skipped);
  auto quadrant = static_cast<unsigned>(product >> fraction_bits);
  const auto fraction = static_cast<std::int64_t>(product << (128 - fraction_bits) >> 64);  // signed: -1/2 .. 1/2
  if (fraction < 0) ++quadrant;
  const double r = static_cast<double>(fraction) * 0x1p-64 * 1.5707963267948966, s = r * r;
  const double sine =
      r * (1 + s * (-1. / 6 + s * (1. / 120 + s * (-1. / 5040 + s * (1. / 362880 + s * (-1. / 39916800))))));
  const double cosine_of_r =
      1 + s * (-1. / 2 + s * (1. / 24 + s * (-1. / 720 + s * (1. / 40320 + s * (-1. / 3628800 + s / 479001600)))));
  const bool negative = !cosine && x < 0;
  if (cosine) ++quadrant;
  const double value = (quadrant & 1) ? cosine_of_r : sine;
  return static_cast<float>(((quadrant & 2) != 0) != negative ? -value : value);
}

}  // namespace percept::cpu
