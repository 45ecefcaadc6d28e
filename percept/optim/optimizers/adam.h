// adam.h - Adam, and AMSGrad.
#pragma once
#include <string_view>
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, p -= learning_rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1
// - beta2^t) + eps), t counted for each parameter. With amsgrad the largest v so far in the place of v. State:
// exp_avg, exp_avg_sq, step and with amsgrad max_exp_avg_sq per parameter. Source: Kingma and Ba 2015, algorithm 1
// (Reddi, Kale, Kumar 2018, algorithm 2), in PyTorch's order of operations. Keras puts eps elsewhere.
struct AdamOptions {
  double learning_rate = 1e-3;  // per step
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool decoupled_weight_decay = false;  // false: added to the gradient (L2); true: as AdamW
};

// Adam's step, for the optimizers that take it in part: AdamW, Muon.
struct AdamStep {
  double beta1, beta2, eps;
  bool amsgrad = false;

  std::vector<Slots::Kind> kinds() const;
  // `weight_decay` is added to the gradient; the rate is read where it lives whenever the step runs.
  void update(State& parameter, const Tensor& grad, std::vector<Buffer>& slots, const double& learning_rate,
              double weight_decay = 0) const;
};
// ValueError for options of Adam or AdamW that are out of range.
template <class Options>
void check_adam(std::string_view who, const Options& options) {
  check_learning_rate(who, options.learning_rate);
  check_fraction(who, "beta1", options.beta1);
  check_fraction(who, "beta2", options.beta2);
  check_not_negative(who, "eps", options.eps);
  check_not_negative(who, "weight_decay", options.weight_decay);
}

class Adam : public GroupedOptimizer<Adam, AdamOptions> {
 public:
  static constexpr std::string_view kName = "Adam";
  explicit Adam(Options options);
  Adam() : Adam(Options{}) {}

 private:
  friend GroupedOptimizer<Adam, AdamOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
