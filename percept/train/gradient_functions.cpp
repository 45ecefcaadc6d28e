// gradient_functions.cpp - clipping, and leaving out what is not finite.
#include "percept/train/gradient_functions.h"

#include <algorithm>
#include <cmath>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

void require_positive(const char* who, double value) {
  if (!(value > 0)) throw ValueError(std::string(who) + ": limit " + number(value), "the limit must be above 0");
}

// Half floats are squared as f32: their squares overflow early.
Tensor squares_of(const Tensor& gradient) {
  return sum(square(gradient.dtype() == DType::f64 ? gradient : cast(gradient, DType::f32)));
}

Tensor scaled(const Tensor& gradient, const Tensor& squares, double max_norm) {
  return cast(gradient * (max_norm / maximum(sqrt(squares), max_norm)), gradient.dtype());
}

// The p-norm of one gradient.
double norm_of(const Tensor& gradient, double p) {
  if (gradient.numel() == 0) return 0;
  const Tensor size = abs(gradient.dtype() == DType::f64 ? gradient : cast(gradient, DType::f32));
  if (std::isinf(p)) return max(size).item();
  return p == 2 ? std::sqrt(squares_of(gradient).item()) : std::pow(sum(pow(size, p)).item(), 1 / p);
}

// Functions that may be captured have a name, so that they can be known again.

struct ClipNorm {
  double max_norm;
  std::vector<Tensor> operator()(std::vector<Tensor> gradients) const {
    for (Tensor& gradient : gradients)
      if (gradient.defined()) gradient = scaled(gradient, squares_of(gradient), max_norm);
    return gradients;
  }
};

struct ClipGlobalNorm {
  double max_norm;
  std::vector<Tensor> operator()(std::vector<Tensor> gradients) const {
    Tensor squares;
    for (const Tensor& gradient : gradients)
      if (gradient.defined()) squares = squares.defined() ? squares + squares_of(gradient) : squares_of(gradient);
    if (!squares.defined()) return gradients;
    for (Tensor& gradient : gradients)
      if (gradient.defined()) gradient = scaled(gradient, squares, max_norm);
    return gradients;
  }
};

struct ClipValue {
  double limit;
  std::vector<Tensor> operator()(std::vector<Tensor> gradients) const {
    for (Tensor& gradient : gradients)
      if (gradient.defined()) gradient = minimum(maximum(gradient, -limit), limit);
    return gradients;
  }
};

}  // namespace

GradientFunction clip_norm(double max_norm) {
  require_positive("clip_norm", max_norm);
  return ClipNorm{max_norm};
}

GradientFunction clip_global_norm(double max_norm) {
  require_positive("clip_global_norm", max_norm);
  return ClipGlobalNorm{max_norm};
}

GradientFunction clip_value(double limit) {
  require_positive("clip_value", limit);
  return ClipValue{limit};
}

bool reads_no_values(const GradientFunction& change) {
  return change.target<ClipNorm>() != nullptr || change.target<ClipGlobalNorm>() != nullptr ||
         change.target<ClipValue>() != nullptr;
}

GradientFunction skip_unless_finite() {
  return [](std::vector<Tensor> gradients) {
    for (const Tensor& gradient : gradients) {
      if (!gradient.defined()) continue;
      // The sum of |g| is finite only if all are: one pass. Magnitudes that overflow f32 are as useless as infinity;
      // sums of healthy halves would overflow in f16.
      const bool half = gradient.dtype() == DType::f16 || gradient.dtype() == DType::bf16;
      if (!std::isfinite(sum(abs(half ? cast(gradient, DType::f32) : gradient)).item())) return std::vector<Tensor>{};
    }
    return gradients;
  };
}

double clip_grad_norm(const std::vector<State*>& parameters, double max_norm, double p) {
  require_positive("clip_grad_norm", max_norm);
  require_positive("clip_grad_norm: p", p);
  const NoGrad no_grad;
  double total = 0;
  for (const State* parameter : parameters) {
    if (!parameter->grad().defined()) continue;
    const double own = norm_of(parameter->grad(), p);
    total = std::isinf(p) ? std::max(total, own) : total + std::pow(own, p);
  }
  const double norm = std::isinf(p) ? total : std::pow(total, 1 / p), factor = max_norm / (norm + 1e-6);
  if (!(factor < 1)) return norm;
  for (State* parameter : parameters) {
    if (!parameter->grad().defined()) continue;
    const Tensor smaller = parameter->grad() * factor;
    set_grad(*parameter, {});
    set_grad(*parameter, smaller);
  }
  return norm;
}

}  // namespace percept
