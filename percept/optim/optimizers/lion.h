// lion.h - Lion: steps by the sign of the momentum.
#pragma once
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// p -= learning_rate (sign(beta1 m + (1 - beta1) g) + weight_decay p), m = beta2 m + (1 - beta2) g. The decay is
// decoupled. State: exp_avg (m) per parameter. Source: Chen et al. 2023, algorithm 2; the defaults are Keras's.
struct LionOptions {
  double learning_rate = 1e-3;  // per step
  double beta1 = 0.9, beta2 = 0.99;
  double weight_decay = 0;
};

class Lion : public GroupedOptimizer<Lion, LionOptions> {
 public:
  static constexpr std::string_view kName = "Lion";
  explicit Lion(Options options);
  Lion() : Lion(Options{}) {}

 private:
  friend GroupedOptimizer<Lion, LionOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
