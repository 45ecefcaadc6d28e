// products.h - what convolutions and matrix products multiply, by the precision of the call.
#pragma once
#include <type_traits>

#include "percept/core/precision.h"
#include "percept/core/spec.h"

namespace percept {

// Whether ProductPrecision::bf16 can be computed here: the processor has the instructions, and oneDNN is compiled in.
bool has_bf16_products();
// DeviceError for bf16 where it cannot be: before a training begins.
void require_precision(ProductPrecision wanted);

// Of a call from outside: its own setting where that is not f32, else the scope's.
inline ProductPrecision precision_of_call(ProductPrecision own) {
  return own != ProductPrecision::f32 ? own : product_precision();
}
// What becomes of it for these operands: other dtypes than f32 are never rounded.
inline ProductPrecision precision_for(ProductPrecision wanted, const Spec& operand) {
  return operand.dtype == DType::f32 ? wanted : ProductPrecision::f32;
}
// In `infer`: DeviceError for bf16 where no kernel computes in bf16.
void check_precision(const char* who, ProductPrecision wanted, const Spec& operand);
// For samples: the fastest below f32 that this machine has.
inline ProductPrecision sample_precision() {
  return has_bf16_products() ? ProductPrecision::bf16 : ProductPrecision::bf16_rounded;
}

// Of reference kernels: an operand as it enters the products.
template <class T>
double operand(T value, ProductPrecision wanted) {
  if constexpr (std::is_same_v<T, float>)
    if (wanted != ProductPrecision::f32) return static_cast<double>(static_cast<float>(BFloat16(value)));
  return static_cast<double>(value);
}

}  // namespace percept
