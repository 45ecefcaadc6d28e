// adagrad.h - Adagrad.
#pragma once
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// s = s + g^2 from initial_accumulator_value, p -= learning_rate / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps). State:
// sum (s) and step per parameter. Source: Duchi, Hazan, Singer 2011, in PyTorch's order of operations.
struct AdagradOptions {
  double learning_rate = 1e-2;  // per step
  double lr_decay = 0;
  double weight_decay = 0;
  double initial_accumulator_value = 0;
  double eps = 1e-10;
  bool decoupled_weight_decay = false;  // false: added to the gradient (L2); true: p -= learning_rate weight_decay p
};

class Adagrad : public GroupedOptimizer<Adagrad, AdagradOptions> {
 public:
  static constexpr std::string_view kName = "Adagrad";
  explicit Adagrad(Options options);
  Adagrad() : Adagrad(Options{}) {}

 private:
  friend GroupedOptimizer<Adagrad, AdagradOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
