// rmsprop.cpp - RMSprop.
#include "percept/optim/optimizers/rmsprop.h"

#include "percept/ops/ops.h"
#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

RMSprop::RMSprop(Options options) : options_(options), slots_({{"square_avg", zeros_slot}}) {
  check_learning_rate("RMSprop", options.learning_rate);
  check_not_negative("RMSprop", "alpha", options.alpha);
  check_not_negative("RMSprop", "eps", options.eps);
  check_not_negative("RMSprop", "weight_decay", options.weight_decay);
}

void RMSprop::set_learning_rate(double value) {
  check_learning_rate("RMSprop", value);
  options_.learning_rate = value;
}

void RMSprop::prepare(const std::vector<State*>& parameters) {
  for (const State* parameter : parameters) slots_.of(*parameter);
}

void RMSprop::step(const std::vector<State*>& parameters) {
  step_parameters("RMSprop", parameters, [this](State& parameter, const Tensor& grad) {
    rmsprop_update(parameter, slots_.of(parameter)[0], grad, scalar_for(parameter, options_.learning_rate),
                   options_.alpha, options_.eps, options_.weight_decay);
  });
}

std::vector<OptimizerRecord> optimizers_rmsprop();
std::vector<OptimizerRecord> optimizers_rmsprop() {
  return {optimizer_record<RMSprop>(
      "RMSprop",
      "s = alpha s + (1 - alpha) g^2, p -= learning_rate g / (sqrt(s) + eps); weight_decay is added to the gradient.\n"
      "Source: Tieleman and Hinton 2012, lecture 6.5.")};
}

}  // namespace percept
