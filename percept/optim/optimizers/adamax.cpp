// adamax.cpp - Adamax: Adam by the largest gradient.
#include "percept/optim/optimizers/adamax.h"

#include <cmath>

#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

Adamax::Adamax(Options options) : GroupedOptimizer(options) {
  check_learning_rate("Adamax", options.learning_rate);
  check_fraction("Adamax", "beta1", options.beta1);
  check_fraction("Adamax", "beta2", options.beta2);
  check_not_negative("Adamax", "eps", options.eps);
  check_not_negative("Adamax", "weight_decay", options.weight_decay);
}

std::vector<Slots::Kind> Adamax::kinds(const Options&, const State&) {
  return {{"exp_avg", zeros_slot}, {"exp_inf", zeros_slot}, {"step", counter_slot}};
}

void Adamax::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots,
                    double weight_decay) {
  const auto size = [&o, &counter = slots[2]] {
    return o.learning_rate / (1 - std::pow(o.beta1, static_cast<double>(count_step(counter))));
  };
  adamax_update(parameter, slots[0], slots[1], grad, scalar_for(parameter, size), o.beta1, o.beta2, o.eps,
                weight_decay);
}

std::vector<OptimizerRecord> optimizers_adamax();
std::vector<OptimizerRecord> optimizers_adamax() {
  return {optimizer_record<Adamax>(
      "Adamax",
      "m = beta1 m + (1 - beta1) g, u = max(beta2 u, |g| + eps), p -= learning_rate / (1 - beta1^t) m / u.\n"
      "weight_decay is added to the gradient, or with decoupled_weight_decay taken off the parameter first.\n"
      "Source: Kingma and Ba 2015, algorithm 2.")};
}

}  // namespace percept
