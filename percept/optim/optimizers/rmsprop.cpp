// rmsprop.cpp - RMSprop.
#include "percept/optim/optimizers/rmsprop.h"

#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

RMSprop::RMSprop(Options options) : GroupedOptimizer(options) {
  check_learning_rate("RMSprop", options.learning_rate);
  check_not_negative("RMSprop", "alpha", options.alpha);
  check_not_negative("RMSprop", "eps", options.eps);
  check_not_negative("RMSprop", "weight_decay", options.weight_decay);
  check_not_negative("RMSprop", "momentum", options.momentum);
}

std::vector<Slots::Kind> RMSprop::kinds(const Options& options, const State&) {
  std::vector<Slots::Kind> all{{"square_avg", zeros_slot}};
  if (options.centered) all.push_back({"grad_avg", zeros_slot});
  if (options.momentum > 0) all.push_back({"momentum_buffer", zeros_slot});
  return all;
}

void RMSprop::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots,
                     double weight_decay) {
  rmsprop_update(parameter, slots[0], o.centered ? &slots[1] : nullptr, o.momentum > 0 ? &slots.back() : nullptr, grad,
                 scalar_for(parameter, [&o] { return o.learning_rate; }), o.alpha, o.eps, weight_decay, o.momentum);
}

std::vector<OptimizerRecord> optimizers_rmsprop();
std::vector<OptimizerRecord> optimizers_rmsprop() {
  return {optimizer_record<RMSprop>(
      "RMSprop",
      "s = alpha s + (1 - alpha) g^2, p -= learning_rate g / (sqrt(s) + eps). centered: s less the square of the mean\n"
      "gradient; momentum: of the steps. weight_decay is added to the gradient, or with decoupled_weight_decay taken "
      "off the parameter first.\n"
      "Source: Tieleman and Hinton 2012, lecture 6.5. Keras puts eps inside the root.")};
}

}  // namespace percept
