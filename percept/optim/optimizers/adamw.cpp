// adamw.cpp - Adam with decoupled weight decay.
#include "percept/optim/optimizers/adamw.h"

#include "percept/optim/optimizer_record.h"
#include "percept/optim/optimizers/adam.h"

namespace percept {

namespace {
AdamStep step_of(const AdamWOptions& o) { return {o.beta1, o.beta2, o.eps, o.amsgrad}; }
}  // namespace

AdamW::AdamW(Options options) : GroupedOptimizer(options) { check_adam("AdamW", options); }

std::vector<Slots::Kind> AdamW::kinds(const Options& options, const State&) { return step_of(options).kinds(); }

void AdamW::update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
                   double weight_decay) {
  step_of(options).update(parameter, grad, slots, options.learning_rate, weight_decay);
}

std::vector<OptimizerRecord> optimizers_adamw();
std::vector<OptimizerRecord> optimizers_adamw() {
  return {optimizer_record<AdamW>("AdamW",
                                  "p -= learning_rate weight_decay p, then Adam's step without decay. Source: "
                                  "Loshchilov and Hutter 2019, algorithm 2.")};
}

}  // namespace percept
