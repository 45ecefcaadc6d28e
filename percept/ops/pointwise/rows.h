// rows.h - what the pointwise families share: the record of a row's op, and bringing operands to one dtype.
#pragma once
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {

// Whether the row only makes sense for floats (integers are cast to f32 first, as in PyTorch).
constexpr bool is_real_row(Row row) {
  switch (row) {
    case Row::exp:
    case Row::log:
    case Row::sqrt:
    case Row::rsqrt:
    case Row::reciprocal:
    case Row::sigmoid:
    case Row::tanh:
    case Row::sin:
    case Row::cos:
    case Row::tan:
    case Row::atan:
    case Row::sinh:
    case Row::cosh:
    case Row::erf:
    case Row::log1p:
    case Row::expm1:
    case Row::div:
      return true;
    default:
      return false;
  }
}

// The result of a pointwise op: broadcast shape, memory order of the first input that has the whole shape.
Spec pointwise_result(Specs inputs, DType dtype, const char* who);

// dx from dy and the result y.
Tensor relu_grad(const Tensor& dy, const Tensor& y);
Tensor sigmoid_grad(const Tensor& dy, const Tensor& y);
Tensor tanh_grad(const Tensor& dy, const Tensor& y);

// The sum of `grad` over the axes along which a tensor of `shape` was repeated.
Tensor unbroadcast(const Tensor& grad, const Shape& shape);

}  // namespace percept
