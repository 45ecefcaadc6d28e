// rmsprop.h - RMSprop.
#pragma once
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// s = alpha s + (1 - alpha) g^2, d = g / (sqrt(s) + eps), p -= learning_rate d. centered: s less the square of the
// mean gradient. momentum: b = momentum b + d in the place of d. State: square_avg, and where they are used grad_avg
// and momentum_buffer. Source: Tieleman and Hinton 2012, lecture 6.5, in PyTorch's order of operations.
struct RMSpropOptions {
  double learning_rate = 1e-2;  // per step
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
  bool decoupled_weight_decay = false;  // false: added to the gradient (L2); true: p -= learning_rate weight_decay p
};

class RMSprop : public GroupedOptimizer<RMSprop, RMSpropOptions> {
 public:
  static constexpr std::string_view kName = "RMSprop";
  explicit RMSprop(Options options);
  RMSprop() : RMSprop(Options{}) {}

 private:
  friend GroupedOptimizer<RMSprop, RMSpropOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
