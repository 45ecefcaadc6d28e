// adamax.h - Adamax: Adam by the largest gradient.
#pragma once
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// m = beta1 m + (1 - beta1) g, u = max(beta2 u, |g| + eps), p -= learning_rate / (1 - beta1^t) m / u. State: exp_avg,
// exp_inf and step per parameter. Source: Kingma and Ba 2015, algorithm 2, in PyTorch's order of operations.
struct AdamaxOptions {
  double learning_rate = 2e-3;  // per step
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;  // false: added to the gradient (L2); true: p -= learning_rate weight_decay p
};

class Adamax : public GroupedOptimizer<Adamax, AdamaxOptions> {
 public:
  static constexpr std::string_view kName = "Adamax";
  explicit Adamax(Options options);
  Adamax() : Adamax(Options{}) {}

 private:
  friend GroupedOptimizer<Adamax, AdamaxOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
