// nadam.cpp - NAdam: Adam with Nesterov momentum.
#include "percept/optim/optimizers/nadam.h"

#include <cmath>

#include "percept/core/factories.h"
#include "percept/ops/updates.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

NAdam::NAdam(Options options) : GroupedOptimizer(options) {
  check_learning_rate("NAdam", options.learning_rate);
  check_fraction("NAdam", "beta1", options.beta1);
  check_fraction("NAdam", "beta2", options.beta2);
  check_not_negative("NAdam", "eps", options.eps);
  check_not_negative("NAdam", "weight_decay", options.weight_decay);
  check_not_negative("NAdam", "momentum_decay", options.momentum_decay);
}

std::vector<Slots::Kind> NAdam::kinds(const Options&, const State&) {
  return {{"exp_avg", zeros_slot}, {"exp_avg_sq", zeros_slot}, {"step", counter_slot}, {"mu_product", one_slot}};
}

void NAdam::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots,
                   double weight_decay) {
  const auto t = static_cast<double>(count_step(slots[2]));
  const auto mu = [&](double step) { return o.beta1 * (1 - 0.5 * std::pow(0.96, step * o.momentum_decay)); };
  const double product = slots[3].tensor().item() * mu(t);
  assign(slots[3], full({}, product, DType::f64));
  const double grad_size = o.learning_rate * (1 - mu(t)) / (1 - product);
  const double m_size = o.learning_rate * mu(t + 1) / (1 - product * mu(t + 1));
  nadam_update(parameter, slots[0], slots[1], grad, scalar_for(parameter, grad_size), scalar_for(parameter, m_size),
               scalar_for(parameter, 1 - std::pow(o.beta2, t)), o.beta1, o.beta2, o.eps, weight_decay);
}

std::vector<OptimizerRecord> optimizers_nadam();
std::vector<OptimizerRecord> optimizers_nadam() {
  return {optimizer_record<NAdam>(
      "NAdam",
      "Adam with Nesterov momentum: mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2), d = sqrt(v / (1 - beta2^t)) + "
      "eps,\n"
      "p -= learning_rate ((1 - mu_t) / (1 - mu_1..mu_t) g + mu_t+1 / (1 - mu_1..mu_t+1) m) / d.\n"
      "weight_decay is added to the gradient, or with decoupled_weight_decay taken off the parameter first.\n"
      "Source: Dozat 2016.")};
}

}  // namespace percept
