// gradient_functions.cpp - clipping, and leaving out what is not finite.
#include "percept/train/gradient_functions.h"

#include <cmath>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

void require_positive(const char* who, double value) {
  if (!(value > 0)) throw ValueError(std::string(who) + ": limit " + number(value), "the limit must be above 0");
}

}  // namespace

GradientFunction clip_by_norm(double max_norm) {
  require_positive("clip_by_norm", max_norm);
  return [max_norm](std::vector<Tensor> gradients) {
    Tensor squares;
    for (const Tensor& gradient : gradients)
      if (gradient.defined()) {
        const Tensor own = sum(square(gradient.dtype() == DType::f64 ? gradient : cast(gradient, DType::f32)));
        squares = squares.defined() ? squares + own : own;
      }
    if (!squares.defined()) return gradients;
    const Tensor factor = max_norm / maximum(sqrt(squares), max_norm);
    for (Tensor& gradient : gradients)
      if (gradient.defined()) gradient = cast(gradient * factor, gradient.dtype());
    return gradients;
  };
}

GradientFunction clip_by_value(double limit) {
  require_positive("clip_by_value", limit);
  return [limit](std::vector<Tensor> gradients) {
    for (Tensor& gradient : gradients)
      if (gradient.defined()) gradient = minimum(maximum(gradient, -limit), limit);
    return gradients;
  };
}

GradientFunction skip_unless_finite() {
  return [](std::vector<Tensor> gradients) {
    for (const Tensor& gradient : gradients) {
      // The sum of |g| is finite only if all are: one pass. Magnitudes that overflow f32 are as useless as infinity.
      if (gradient.defined() && !std::isfinite(sum(abs(gradient)).item())) return std::vector<Tensor>{};
    }
    return gradients;
  };
}

}  // namespace percept
