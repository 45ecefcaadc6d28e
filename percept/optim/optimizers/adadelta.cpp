// adadelta.cpp - Adadelta.
#include "percept/optim/optimizers/adadelta.h"

#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

Adadelta::Adadelta(Options options) : GroupedOptimizer(options) {
  check_learning_rate("Adadelta", options.learning_rate);
  check_number("Adadelta", "rho", options.rho, options.rho >= 0 && options.rho <= 1, "give a number from 0 to 1");
  check_not_negative("Adadelta", "eps", options.eps);
  check_not_negative("Adadelta", "weight_decay", options.weight_decay);
}

std::vector<Slots::Kind> Adadelta::kinds(const Options&, const State&) {
  return {{"square_avg", zeros_slot}, {"acc_delta", zeros_slot}};
}

void Adadelta::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots,
                      double weight_decay) {
  adadelta_update(parameter, slots[0], slots[1], grad, scalar_for(parameter, [&o] { return o.learning_rate; }), o.rho,
                  o.eps, weight_decay);
}

std::vector<OptimizerRecord> optimizers_adadelta();
std::vector<OptimizerRecord> optimizers_adadelta() {
  return {optimizer_record<Adadelta>(
      "Adadelta",
      "s = rho s + (1 - rho) g^2, d = sqrt(u + eps) / sqrt(s + eps) g, u = rho u + (1 - rho) d^2, p -= learning_rate "
      "d.\n"
      "weight_decay is added to the gradient, or with decoupled_weight_decay taken off the parameter first.\n"
      "Source: Zeiler 2012, algorithm 1.")};
}

}  // namespace percept
