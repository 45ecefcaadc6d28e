// dtype.cpp - names, sizes, half conversions and promotion.
#include "percept/core/dtype.h"

#include <algorithm>
#include <array>
#include <string>

#include "percept/base/error.h"

namespace percept {
namespace {

struct Row {
  std::string_view name;
  std::size_t size;
};
constexpr std::array<Row, kDTypes> kRows = {
    {{"f32", 4}, {"f64", 8}, {"f16", 2}, {"bf16", 2}, {"i8", 1}, {"u8", 1}, {"i32", 4}, {"i64", 8}, {"bool", 1}}};

// A DType that was a number before (an option, a cast) may be none.
const Row& row_of(DType dtype) {
  const auto i = static_cast<std::size_t>(dtype);
  if (i >= kRows.size())
    throw DTypeError("dtype number " + std::to_string(static_cast<int>(dtype)) + " is none",
                     "use one of f32 f64 f16 bf16 i8 u8 i32 i64 bool");
  return kRows[i];
}

}  // namespace

std::size_t size_of(DType dtype) { return row_of(dtype).size; }
std::string_view name_of(DType dtype) { return row_of(dtype).name; }

DType dtype_named(std::string_view name) {
  for (int i = 0; i < kDTypes; ++i)
    if (kRows[static_cast<std::size_t>(i)].name == name) return static_cast<DType>(i);
  throw ValueError("unknown dtype '" + std::string(name) + "'", "use one of f32 f64 f16 bf16 i8 u8 i32 i64 bool");
}

// Round to nearest even; subnormals and infinities as IEEE 754 asks.
Half::Half(float value) {
  const auto f = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (f >> 16) & 0x8000u;
  const std::uint32_t magnitude = f & 0x7fffffffu;
  std::uint32_t half = 0;
  if (magnitude > 0x7f800000u) {
    half = 0x7e00u;  // a quiet NaN
  } else if (magnitude >= 0x477ff000u) {
    half = 0x7c00u;  // rounds to infinity
  } else if (magnitude < 0x38800000u) {
    // Adding 0.5 makes the float unit round the mantissa at the subnormal position.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    half = std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u;
  } else {
    const std::uint32_t odd = (magnitude >> 13) & 1u;
    half = (magnitude - 0x38000000u + 0xfffu + odd) >> 13;
  }
  bits = static_cast<std::uint16_t>(sign | half);
}

Half::operator float() const {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  const float value = static_cast<float>(mantissa) * 0x1p-24f;
  return sign ? -value : value;
}

BFloat16::BFloat16(float value) {
  const auto f = std::bit_cast<std::uint32_t>(value);
  if ((f & 0x7fffffffu) > 0x7f800000u) {
    bits = static_cast<std::uint16_t>((f >> 16) | 0x40u);  // keep NaN a NaN
  } else {
    bits = static_cast<std::uint16_t>((f + 0x7fffu + ((f >> 16) & 1u)) >> 16);
  }
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a == DType::boolean) return b;
  if (b == DType::boolean) return a;
  if (is_floating(a) != is_floating(b)) return is_floating(a) ? a : b;
  if (is_floating(a)) {
    if (a == DType::f64 || b == DType::f64) return DType::f64;
    return DType::f32;  // f32 with a half, or f16 with bf16
  }
  if (a == DType::i64 || b == DType::i64) return DType::i64;
  if (a == DType::i32 || b == DType::i32) return DType::i32;
  return std::max(size_of(a), size_of(b)) == 1 ? DType::i32 : DType::i64;  // i8 with u8; PyTorch has i16 here
}

DType promote_with_number(DType tensor, bool number_is_floating) {
  if (number_is_floating) return is_floating(tensor) ? tensor : DType::f32;
  return tensor == DType::boolean ? DType::i64 : tensor;
}

}  // namespace percept
