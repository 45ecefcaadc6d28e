// nadam.h - NAdam: Adam with Nesterov momentum.
#pragma once
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// Adam with mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2): m and v as Adam's, d = sqrt(v / (1 - beta2^t)) + eps, p -=
// learning_rate (1 - mu_t) / (1 - mu_1..mu_t) g / d + learning_rate mu_t+1 / (1 - mu_1..mu_t+1) m / d. State: exp_avg,
// exp_avg_sq, step and mu_product per parameter. Source: Dozat 2016, in PyTorch's order of operations.
struct NAdamOptions {
  double learning_rate = 2e-3;  // per step
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum_decay = 4e-3;
  bool decoupled_weight_decay = false;  // false: added to the gradient (L2); true: p -= learning_rate weight_decay p
};

class NAdam : public GroupedOptimizer<NAdam, NAdamOptions> {
 public:
  static constexpr std::string_view kName = "NAdam";
  explicit NAdam(Options options);
  NAdam() : NAdam(Options{}) {}

 private:
  friend GroupedOptimizer<NAdam, NAdamOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
