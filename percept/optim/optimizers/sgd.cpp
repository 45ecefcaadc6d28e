// sgd.cpp - stochastic gradient descent, with momentum.
#include "percept/optim/optimizers/sgd.h"

#include "percept/ops/ops.h"
#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

SGD::SGD(Options options)
    : options_(options),
      slots_(options.momentum != 0 ? std::vector<Slots::Kind>{{"momentum_buffer", unset_slot}}
                                   : std::vector<Slots::Kind>{}) {
  check_learning_rate("SGD", options.learning_rate);
  check_not_negative("SGD", "momentum", options.momentum);
  check_number("SGD", "dampening", options.dampening, true, "give a finite number");
  check_not_negative("SGD", "weight_decay", options.weight_decay);
  if (options.nesterov)
    check_number("SGD", "nesterov is true and momentum", options.momentum,
                 options.momentum > 0 && options.dampening == 0, "nesterov needs a momentum above 0 and no dampening");
}

void SGD::set_learning_rate(double value) {
  check_learning_rate("SGD", value);
  options_.learning_rate = value;
}

void SGD::prepare(const std::vector<State*>& parameters) {
  for (const State* parameter : parameters) slots_.of(*parameter);
}

void SGD::step(const std::vector<State*>& parameters) {
  step_parameters("SGD", parameters, [this](State& parameter, const Tensor& grad) {
    std::vector<Buffer>& slots = slots_.of(parameter);
    sgd_update(parameter, slots.empty() ? nullptr : &slots[0], grad, scalar_for(parameter, options_.learning_rate),
               options_.momentum, options_.dampening, options_.nesterov, options_.weight_decay);
  });
}

std::vector<OptimizerRecord> optimizers_sgd();
std::vector<OptimizerRecord> optimizers_sgd() {
  return {optimizer_record<SGD>(
      "SGD",
      "g = grad + weight_decay p; p -= learning_rate g. With momentum v = momentum v + (1 - dampening) g (v = g at the "
      "first\n"
      "step), and p -= learning_rate v, or learning_rate (g + momentum v) with nesterov. Source: PyTorch's SGD.")};
}

}  // namespace percept
