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
// grad_avg: where centered, momentum_buffer: where there is a momentum; else null.
void rmsprop_update(State& parameter, State& square_avg, State* grad_avg, State* momentum_buffer, const Tensor& grad,
                    const Tensor& learning_rate, double alpha, double eps, double weight_decay, double momentum);
void amsgrad_update(State& parameter, State& m, State& v, State& v_max, const Tensor& grad, const Tensor& step_size,
                    const Tensor& correction2_sqrt, double beta1, double beta2, double eps, double weight_decay);
void adagrad_update(State& parameter, State& square_sum, const Tensor& grad, const Tensor& learning_rate, double eps,
                    double weight_decay);
void adamax_update(State& parameter, State& m, State& u, const Tensor& grad, const Tensor& step_size, double beta1,
                   double beta2, double eps, double weight_decay);
void nadam_update(State& parameter, State& m, State& v, const Tensor& grad, const Tensor& grad_size,
                  const Tensor& m_size, const Tensor& correction2, double beta1, double beta2, double eps,
                  double weight_decay);
void lion_update(State& parameter, State& m, const Tensor& grad, const Tensor& learning_rate, double beta1,
                 double beta2, double weight_decay);
// Decoupled weight decay: the parameter times `factor`.
void decay_update(State& parameter, const Tensor& factor);

}  // namespace percept
