// updates.h - one step of each optimizer, as an op that changes states in place; for the files of optimizers.
// Scalars that change from step to step are tensors of rank 0 of the parameter's dtype.
#pragma once
#include "percept/core/state.h"

namespace percept {

void sgd_update(State& parameter, State* velocity, const Tensor& grad, const Tensor& learning_rate, double momentum,
                double dampening, bool nesterov, double weight_decay);
void adam_update(State& parameter, State& m, State& v, const Tensor& grad, const Tensor& step_size,
                 const Tensor& correction2_sqrt, double beta1, double beta2, double eps, double weight_decay);
void adadelta_update(State& parameter, State& square_avg, State& delta_avg, const Tensor& grad,
                     const Tensor& learning_rate, double rho, double eps, double weight_decay);
void rmsprop_update(State& parameter, State& square_avg, const Tensor& grad, const Tensor& learning_rate, double alpha,
                    double eps, double weight_decay);

}  // namespace percept
