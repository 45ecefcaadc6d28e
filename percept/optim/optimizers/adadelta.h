// adadelta.h - Adadelta.
#pragma once
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// s = rho s + (1 - rho) g^2, d = sqrt(u + eps) / sqrt(s + eps) g, u = rho u + (1 - rho) d^2, p -= learning_rate d.
// State: square_avg (s) and acc_delta (u) per parameter. Source: Zeiler 2012, algorithm 1, in PyTorch's order of
// operations.
struct AdadeltaOptions {
  double learning_rate = 1;  // per step
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;  // false: added to the gradient (L2); true: p -= learning_rate weight_decay p
};

class Adadelta : public GroupedOptimizer<Adadelta, AdadeltaOptions> {
 public:
  static constexpr std::string_view kName = "Adadelta";
  explicit Adadelta(Options options);
  Adadelta() : Adadelta(Options{}) {}

 private:
  friend GroupedOptimizer<Adadelta, AdadeltaOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
