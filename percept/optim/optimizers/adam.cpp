// adam.cpp - Adam, and AMSGrad.
#include "percept/optim/optimizers/adam.h"

#include <cmath>

#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

namespace {
AdamStep step_of(const AdamOptions& o) { return {o.beta1, o.beta2, o.eps, o.amsgrad}; }
}  // namespace

std::vector<Slots::Kind> AdamStep::kinds() const {
  std::vector<Slots::Kind> all{{"exp_avg", zeros_slot}, {"exp_avg_sq", zeros_slot}, {"step", counter_slot}};
  if (amsgrad) all.push_back({"max_exp_avg_sq", zeros_slot});
  return all;
}

void AdamStep::update(State& parameter, const Tensor& grad, std::vector<Buffer>& slots, const double& learning_rate,
                      double weight_decay) const {
  // In double, as PyTorch does: 1 - beta2^t loses all its digits in f32.
  const auto missing = [&counter = slots[2]](double beta) {
    return 1 - std::pow(beta, static_cast<double>(steps_counted(counter)));
  };
  const Tensor size = scalar_for(parameter, [missing, &counter = slots[2], &learning_rate, beta = beta1] {
    count_step(counter);
    return learning_rate / missing(beta);
  });
  const Tensor correction = scalar_for(parameter, [missing, beta = beta2] { return std::sqrt(missing(beta)); });
  if (amsgrad)
    amsgrad_update(parameter, slots[0], slots[1], slots[3], grad, size, correction, beta1, beta2, eps, weight_decay);
  else
    adam_update(parameter, slots[0], slots[1], grad, size, correction, beta1, beta2, eps, weight_decay);
}

Adam::Adam(Options options) : GroupedOptimizer(options) { check_adam("Adam", options); }

std::vector<Slots::Kind> Adam::kinds(const Options& options, const State&) { return step_of(options).kinds(); }

void Adam::update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
                  double weight_decay) {
  step_of(options).update(parameter, grad, slots, options.learning_rate, weight_decay);
}

std::vector<OptimizerRecord> optimizers_adam();
std::vector<OptimizerRecord> optimizers_adam() {
  return {optimizer_record<Adam>(
      "Adam",
      "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,\n"
      "p -= learning_rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps); amsgrad: with the largest v so "
      "far.\n"
      "weight_decay is added to the gradient, or with decoupled_weight_decay taken off the parameter first.\n"
      "Source: Kingma and Ba 2015, algorithm 1; Reddi, Kale, Kumar 2018, algorithm 2. Keras puts eps elsewhere.")};
}

}  // namespace percept
