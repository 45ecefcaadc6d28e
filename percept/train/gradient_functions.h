// gradient_functions.h - what acts on the gradients between backward and the update, made of ops.
#pragma once
#include <functional>
#include <vector>

#include "percept/core/state.h"
#include "percept/core/tensor.h"

namespace percept {

// Takes the gradients of the trained parameters, in the model's order (undefined where none arrived), and gives what
// the optimizer shall apply: as many, or none at all, which leaves this update out.
using GradientFunction = std::function<std::vector<Tensor>(std::vector<Tensor>)>;

// Each value cut to -limit..limit (Keras's clipvalue, PyTorch's clip_grad_value_). ValueError unless limit > 0.
GradientFunction clip_value(double limit);
// Each parameter's gradient times max_norm / max(norm, max_norm), norm: the root of the sum of its squares (Keras's
// clipnorm). ValueError unless max_norm > 0.
GradientFunction clip_norm(double max_norm);
// The same with one norm over all gradients (Pascanu, Mikolov, Bengio 2013; Keras's global_clipnorm, PyTorch's
// clip_grad_norm_ up to its 1e-6 in the divisor).
GradientFunction clip_global_norm(double max_norm);
// Whether it is one of the three above, which decide nothing by values: it can be part of a captured step.
bool reads_no_values(const GradientFunction& change);
// Leaves the update out when a gradient holds NaN or infinity.
GradientFunction skip_unless_finite();

// In a loop of your own, between backward() and step(): scales the gradients in place as clip_global_norm, by PyTorch's
// max_norm / (norm + 1e-6), and gives the norm they had. `p` is that of the norm, also infinity; 0 without gradients.
// NaN and infinity stay as they are. ValueError unless max_norm > 0 and p > 0.
double clip_grad_norm(const std::vector<State*>& parameters, double max_norm, double p = 2);

}  // namespace percept
