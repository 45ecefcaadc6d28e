// sgd.cpp - stochastic gradient descent, with momentum.
#include "percept/optim/optimizers/sgd.h"

#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

SGD::SGD(Options options) : GroupedOptimizer(options) {
  check_learning_rate("SGD", options.learning_rate);
  check_not_negative("SGD", "momentum", options.momentum);
  check_number("SGD", "dampening", options.dampening, true, "give a finite number");
  check_not_negative("SGD", "weight_decay", options.weight_decay);
  if (options.nesterov) {
    check_number("SGD", "nesterov is true and momentum", options.momentum, options.momentum > 0,
                 "nesterov needs a momentum above 0");
    check_number("SGD", "nesterov is true and dampening", options.dampening, options.dampening == 0,
                 "nesterov needs no dampening");
  }
}

std::vector<Slots::Kind> SGD::kinds(const Options& options, const State&) {
  if (options.momentum == 0) return {};
  return {{"momentum_buffer", unset_slot}};
}

void SGD::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots,
                 double weight_decay) {
  sgd_update(parameter, slots.empty() ? nullptr : &slots[0], grad,
             scalar_for(parameter, [&o] { return o.learning_rate; }), o.momentum, o.dampening, o.nesterov,
             weight_decay);
}

std::vector<OptimizerRecord> optimizers_sgd();
std::vector<OptimizerRecord> optimizers_sgd() {
  return {optimizer_record<SGD>(
      "SGD",
      "g = grad + weight_decay p; p -= learning_rate g. With momentum v = momentum v + (1 - dampening) g (v = g at "
      "the\n"
      "first step), and p -= learning_rate v, or learning_rate (g + momentum v) with nesterov. maximize climbs "
      "instead.\n"
      "weight_decay is added to the gradient, or with decoupled_weight_decay taken off the parameter first.\n"
      "Source: PyTorch's SGD.")};
}

}  // namespace percept
