// norm_checks.h - what normalisations refuse alike, and the dtype they compute in.
#pragma once
#include <cmath>
#include <string>

#include "percept/base/text.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {

inline void check_eps(const char* who, double eps) {
  if (!(eps >= 0) || std::isinf(eps))
    throw ValueError(std::string(who) + ": eps is " + number(eps), "use a small number above 0, such as 1e-5");
}

// One number per channel of x [B, C, ...], of x's dtype.
inline void check_per_channel(const char* who, const char* what, const Tensor& value, const Tensor& x) {
  if (value.shape() != Shape{x.shape()[1]})
    throw ShapeError(std::string(who) + ": x is " + str(x.shape()) + ", " + what + " is " + str(value.shape()),
                     std::string(what) + " must be [" + std::to_string(x.shape()[1]) + "], one number per channel");
  check_same_dtype(who, "x", x.dtype(), what, value.dtype());
}

// f16 and bf16 as f32: sums of their squares need more range and digits than they have.
inline Tensor widened(const Tensor& x) {
  return x.dtype() == DType::f16 || x.dtype() == DType::bf16 ? cast(x, DType::f32) : x;
}

// x, weight and bias of a call; without weight but with a bias, the weight is 1 (exact).
inline std::vector<Tensor> norm_inputs(const Tensor& x, const std::optional<Arg>& weight,
                                       const std::optional<Arg>& bias) {
  std::vector<Tensor> inputs{x};
  if (weight)
    inputs.push_back(weight->tensor());
  else if (bias && bias->tensor().defined())
    inputs.push_back(ones(bias->tensor().shape(), bias->tensor().dtype()));
  if (bias) inputs.push_back(bias->tensor());
  return inputs;
}

}  // namespace percept
