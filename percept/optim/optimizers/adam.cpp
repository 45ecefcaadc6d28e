// adam.cpp - Adam.
#include "percept/optim/optimizers/adam.h"

#include <cmath>

#include "percept/ops/ops.h"
#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

Adam::Adam(Options options)
    : options_(options), slots_({{"exp_avg", zeros_slot}, {"exp_avg_sq", zeros_slot}, {"step", counter_slot}}) {
  check_learning_rate("Adam", options.learning_rate);
  check_fraction("Adam", "beta1", options.beta1);
  check_fraction("Adam", "beta2", options.beta2);
  check_not_negative("Adam", "eps", options.eps);
  check_not_negative("Adam", "weight_decay", options.weight_decay);
}

void Adam::set_learning_rate(double value) {
  check_learning_rate("Adam", value);
  options_.learning_rate = value;
}

void Adam::prepare(const std::vector<State*>& parameters) {
  for (const State* parameter : parameters) slots_.of(*parameter);
}

void Adam::step(const std::vector<State*>& parameters) {
  step_parameters("Adam", parameters, [this](State& parameter, const Tensor& grad) {
    std::vector<Buffer>& slots = slots_.of(parameter);
    const auto t = static_cast<double>(count_step(slots[2]));
    // In double, as PyTorch does: 1 - beta2^t loses all its digits in f32.
    const double step_size = options_.learning_rate / (1 - std::pow(options_.beta1, t));
    const double correction = std::sqrt(1 - std::pow(options_.beta2, t));
    adam_update(parameter, slots[0], slots[1], grad, scalar_for(parameter, step_size),
                scalar_for(parameter, correction), options_.beta1, options_.beta2, options_.eps, options_.weight_decay);
  });
}

std::vector<OptimizerRecord> optimizers_adam();
std::vector<OptimizerRecord> optimizers_adam() {
  return {optimizer_record<Adam>("Adam",
                                 "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,\n"
                                 "p -= learning_rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps); "
                                 "weight_decay is added to the gradient.\n"
                                 "Source: Kingma and Ba 2015, algorithm 1.")};
}

}  // namespace percept
