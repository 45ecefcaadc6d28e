// precision.h - how exactly convolutions and matrix products of f32 are computed: a mode, as a scope.
#pragma once
#include <array>
#include <cstdint>

#include "percept/base/enum_names.h"

namespace percept {

enum class ProductPrecision : std::uint8_t {
  f32,
  bf16,          // both operands are rounded to bf16, to nearest even; products and sums are f32, and so is the result
  bf16_rounded,  // the same numbers up to the order of sums, on any processor, slower than f32
};
constexpr auto enum_names(ProductPrecision) {
  return std::to_array<EnumName<ProductPrecision>>({{ProductPrecision::f32, "f32"},
                                                    {ProductPrecision::bf16, "bf16"},
                                                    {ProductPrecision::bf16_rounded, "bf16_rounded"}});
}

// Inside, convolutions and matrix products (conv1d, conv2d, conv_transpose2d, matmul, linear, einsum: what PyTorch's
// autocast computes in bf16) have this precision where their operands are f32. Everything else, weights, statistics,
// losses, gradients and what lies between layers, is f32 as ever. Gradients of a call are computed as the call was,
// wherever `backward` is called. Scopes nest; the innermost counts, on the thread that opened it.
// A call within ProductPrecision::bf16 throws DeviceError where the processor has no bf16 instructions: see
// has_bf16_products() (ops/products.h).
class PrecisionScope {
 public:
  explicit PrecisionScope(ProductPrecision precision);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  ProductPrecision before_;
};
ProductPrecision product_precision();  // of this thread: f32 outside of all scopes

}  // namespace percept
