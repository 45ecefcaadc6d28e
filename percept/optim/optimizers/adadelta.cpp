// adadelta.cpp - Adadelta.
#include "percept/optim/optimizers/adadelta.h"

#include "percept/ops/ops.h"
#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

Adadelta::Adadelta(Options options)
    : options_(options), slots_({{"square_avg", zeros_slot}, {"acc_delta", zeros_slot}}) {
  check_learning_rate("Adadelta", options.learning_rate);
  check_number("Adadelta", "rho", options.rho, options.rho >= 0 && options.rho <= 1, "give a number from 0 to 1");
  check_not_negative("Adadelta", "eps", options.eps);
  check_not_negative("Adadelta", "weight_decay", options.weight_decay);
}

void Adadelta::set_learning_rate(double value) {
  check_learning_rate("Adadelta", value);
  options_.learning_rate = value;
}

void Adadelta::prepare(const std::vector<State*>& parameters) {
  for (const State* parameter : parameters) slots_.of(*parameter);
}

void Adadelta::step(const std::vector<State*>& parameters) {
  step_parameters("Adadelta", parameters, [this](State& parameter, const Tensor& grad) {
    std::vector<Buffer>& slots = slots_.of(parameter);
    adadelta_update(parameter, slots[0], slots[1], grad, scalar_for(parameter, options_.learning_rate), options_.rho,
                    options_.eps, options_.weight_decay);
  });
}

std::vector<OptimizerRecord> optimizers_adadelta();
std::vector<OptimizerRecord> optimizers_adadelta() {
  return {optimizer_record<Adadelta>("Adadelta",
                                     "s = rho s + (1 - rho) g^2, d = sqrt(u + eps) / sqrt(s + eps) g, u = rho u + (1 - "
                                     "rho) d^2, p -= learning_rate d;\n"
                                     "weight_decay is added to the gradient. Source: Zeiler 2012, algorithm 1.")};
}

}  // namespace percept
