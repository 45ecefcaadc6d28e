// dtype.h - element types, the half types, and PyTorch's promotion table.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace percept {

enum class DType : std::uint8_t { f32, f64, f16, bf16, i8, u8, i32, i64, boolean };
inline constexpr int kDTypes = 9;

// IEEE binary16, stored as bits; arithmetic goes through float.
struct Half {
  std::uint16_t bits = 0;
  Half() = default;
  explicit Half(float value);
  operator float() const;
};
// The upper half of a float, rounded to nearest even.
struct BFloat16 {
  std::uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value);
  operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};

std::size_t size_of(DType dtype);          // bytes per element
std::string_view name_of(DType dtype);     // "f32", ..., "bool"
DType dtype_named(std::string_view name);  // ValueError for an unknown name
constexpr bool is_floating(DType d) { return d <= DType::bf16; }
constexpr bool is_integer(DType d) { return d >= DType::i8 && d <= DType::i64; }

// The result type of mixing two tensors (PyTorch's table; bool < integers < floats, f16 with bf16 gives f32).
DType promote(DType a, DType b);
// The result type of a tensor with a plain number: the number never widens within its category.
DType promote_with_number(DType tensor, bool number_is_floating);

template <class T>
constexpr DType dtype_of() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, float>)
    return DType::f32;
  else if constexpr (std::is_same_v<U, double>)
    return DType::f64;
  else if constexpr (std::is_same_v<U, Half>)
    return DType::f16;
  else if constexpr (std::is_same_v<U, BFloat16>)
    return DType::bf16;
  else if constexpr (std::is_same_v<U, std::int8_t>)
    return DType::i8;
  else if constexpr (std::is_same_v<U, std::uint8_t>)
    return DType::u8;
  else if constexpr (std::is_same_v<U, std::int32_t>)
    return DType::i32;
  else if constexpr (std::is_same_v<U, std::int64_t> || std::is_same_v<U, long long>)
    return DType::i64;
  else {
    static_assert(std::is_same_v<U, bool>, "not an element type: float double Half BFloat16 int8..int64 uint8 bool");
    return DType::boolean;
  }
}

// Calls f with a value-initialised element of the C++ type of `dtype`: visit_dtype(d, [&]<class T>(T) { ... }).
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32:
      return f(float{});
    case DType::f64:
      return f(double{});
    case DType::f16:
      return f(Half{});
    case DType::bf16:
      return f(BFloat16{});
    case DType::i8:
      return f(std::int8_t{});
    case DType::u8:
      return f(std::uint8_t{});
    case DType::i32:
      return f(std::int32_t{});
    case DType::i64:
      return f(std::int64_t{});
    case DType::boolean:
      break;
  }
  return f(bool{});
}

// Only the floating types; the caller has refused the others in `infer`.
template <class F>
decltype(auto) visit_floating(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f64:
      return f(double{});
    case DType::f16:
      return f(Half{});
    case DType::bf16:
      return f(BFloat16{});
    default:
      return f(float{});
  }
}

}  // namespace percept
