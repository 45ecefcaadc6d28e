// adamw.cpp - Adam with decoupled weight decay.
#include "percept/optim/optimizers/adamw.h"

#include <cmath>

#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

AdamW::AdamW(Options options) : GroupedOptimizer(options) {
  check_learning_rate("AdamW", options.learning_rate);
  check_fraction("AdamW", "beta1", options.beta1);
  check_fraction("AdamW", "beta2", options.beta2);
  check_not_negative("AdamW", "eps", options.eps);
  check_not_negative("AdamW", "weight_decay", options.weight_decay);
}

std::vector<Slots::Kind> AdamW::kinds(const Options& options, const State&) {
  std::vector<Slots::Kind> all{{"exp_avg", zeros_slot}, {"exp_avg_sq", zeros_slot}, {"step", counter_slot}};
  if (options.amsgrad) all.push_back({"max_exp_avg_sq", zeros_slot});
  return all;
}

void AdamW::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots,
                   double weight_decay) {
  const auto t = static_cast<double>(count_step(slots[2]));
  // In double, as PyTorch does: 1 - beta2^t loses all its digits in f32.
  const Tensor size = scalar_for(parameter, o.learning_rate / (1 - std::pow(o.beta1, t)));
  const Tensor correction = scalar_for(parameter, std::sqrt(1 - std::pow(o.beta2, t)));
  if (o.amsgrad)
    amsgrad_update(parameter, slots[0], slots[1], slots[3], grad, size, correction, o.beta1, o.beta2, o.eps,
                   weight_decay);
  else
    adam_update(parameter, slots[0], slots[1], grad, size, correction, o.beta1, o.beta2, o.eps, weight_decay);
}

std::vector<OptimizerRecord> optimizers_adamw();
std::vector<OptimizerRecord> optimizers_adamw() {
  return {optimizer_record<AdamW>("AdamW",
                                  "p -= learning_rate weight_decay p, then Adam's step without decay. Source: "
                                  "Loshchilov and Hutter 2019, algorithm 2.")};
}

}  // namespace percept
