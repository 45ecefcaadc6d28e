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
  const auto mu = [&o](double step) { return o.beta1 * (1 - 0.5 * std::pow(0.96, step * o.momentum_decay)); };
  const auto counted = [&counter = slots[2]] { return static_cast<double>(steps_counted(counter)); };
  State& product = slots[3];  // of mu(1) ... mu(t)
  const Tensor grad_size = scalar_for(parameter, [&o, &counter = slots[2], &product, mu] {
    const auto t = static_cast<double>(count_step(counter));
    product.impl().value = full({}, product.impl().value.item() * mu(t), DType::f64);
    return o.learning_rate * (1 - mu(t)) / (1 - product.impl().value.item());
  });
  const Tensor m_size = scalar_for(parameter, [&o, &product, mu, counted] {
    const double next = mu(counted() + 1);
    return o.learning_rate * next / (1 - product.impl().value.item() * next);
  });
  const Tensor correction = scalar_for(parameter, [&o, counted] { return 1 - std::pow(o.beta2, counted()); });
  nadam_update(parameter, slots[0], slots[1], grad, grad_size, m_size, correction, o.beta1, o.beta2, o.eps,
               weight_decay);
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
