// gradient_functions.h - what acts on the gradients between backward and the update, made of ops.
#pragma once
#include <functional>
#include <vector>

#include "percept/core/tensor.h"

namespace percept {

// Takes the gradients of the trained parameters, in the model's order (undefined where none arrived), and gives what
// the optimizer shall apply: as many, or none at all, which leaves this update out.
using GradientFunction = std::function<std::vector<Tensor>(std::vector<Tensor>)>;

// All gradients times max_norm / max(norm, max_norm), norm: the root of the sum of all their squares (Pascanu,
// Mikolov, Bengio 2013; Keras's global_clipnorm). ValueError unless max_norm > 0.
GradientFunction clip_by_norm(double max_norm);
// Each value cut to -limit..limit (Keras's clipvalue). ValueError unless limit > 0.
GradientFunction clip_by_value(double limit);
// Leaves the update out when a gradient holds NaN or infinity.
GradientFunction skip_unless_finite();

}  // namespace percept
