// adagrad.cpp - Adagrad.
#include "percept/optim/optimizers/adagrad.h"

#include "percept/core/trace.h"
#include "percept/ops/ops.h"
#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

Adagrad::Adagrad(Options options) : GroupedOptimizer(options) {
  check_learning_rate("Adagrad", options.learning_rate);
  check_not_negative("Adagrad", "lr_decay", options.lr_decay);
  check_not_negative("Adagrad", "weight_decay", options.weight_decay);
  check_not_negative("Adagrad", "initial_accumulator_value", options.initial_accumulator_value);
  check_not_negative("Adagrad", "eps", options.eps);
}

std::vector<Slots::Kind> Adagrad::kinds(const Options&, const State&) {
  return {{"sum", zeros_slot}, {"step", counter_slot}};
}

void Adagrad::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots,
                     double weight_decay) {
  // A saved sum comes with a step above 0 and is left as it is.
  if (steps_counted(slots[1]) == 0 && o.initial_accumulator_value != 0) {
    differs_next_time();
    assign(slots[0], slots[0].tensor() + o.initial_accumulator_value);
  }
  const auto rate = [&o, &counter = slots[1]] {
    return o.learning_rate / (1 + static_cast<double>(count_step(counter) - 1) * o.lr_decay);
  };
  adagrad_update(parameter, slots[0], grad, scalar_for(parameter, rate), o.eps, weight_decay);
}

std::vector<OptimizerRecord> optimizers_adagrad();
std::vector<OptimizerRecord> optimizers_adagrad() {
  return {optimizer_record<Adagrad>(
      "Adagrad",
      "s = s + g^2 from initial_accumulator_value, p -= learning_rate / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps).\n"
      "weight_decay is added to the gradient, or with decoupled_weight_decay taken off the parameter first.\n"
      "Source: Duchi, Hazan, Singer 2011. Keras puts eps inside the root.")};
}

}  // namespace percept
