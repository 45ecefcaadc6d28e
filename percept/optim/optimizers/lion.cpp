// lion.cpp - Lion: steps by the sign of the momentum.
#include "percept/optim/optimizers/lion.h"

#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

Lion::Lion(Options options) : GroupedOptimizer(options) {
  check_learning_rate("Lion", options.learning_rate);
  check_fraction("Lion", "beta1", options.beta1);
  check_fraction("Lion", "beta2", options.beta2);
  check_not_negative("Lion", "weight_decay", options.weight_decay);
}

std::vector<Slots::Kind> Lion::kinds(const Options&, const State&) { return {{"exp_avg", zeros_slot}}; }

void Lion::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots,
                  double weight_decay) {
  lion_update(parameter, slots[0], grad, scalar_for(parameter, [&o] { return o.learning_rate; }), o.beta1, o.beta2,
              weight_decay);
}

std::vector<OptimizerRecord> optimizers_lion();
std::vector<OptimizerRecord> optimizers_lion() {
  return {optimizer_record<Lion>(
      "Lion",
      "p -= learning_rate (sign(beta1 m + (1 - beta1) g) + weight_decay p), m = beta2 m + (1 - beta2) g.\n"
      "Source: Chen et al. 2023, algorithm 2; the defaults are Keras's.")};
}

}  // namespace percept
