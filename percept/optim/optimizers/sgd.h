// sgd.h - stochastic gradient descent, with momentum.
#pragma once
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// g = grad + weight_decay p; without momentum p -= learning_rate g. With it v = momentum v + (1 - dampening) g (v = g
// at the first step), and p -= learning_rate v, or learning_rate (g + momentum v) with nesterov. maximize climbs
// instead. State: momentum_buffer per parameter where momentum is not 0. Source: PyTorch's torch.optim.SGD.
struct SGDOptions {
  double learning_rate = 1e-3;  // per step
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool decoupled_weight_decay = false;  // false: added to the gradient (L2); true: p -= learning_rate weight_decay p
  bool maximize = false;
};

class SGD : public GroupedOptimizer<SGD, SGDOptions> {
 public:
  static constexpr std::string_view kName = "SGD";
  explicit SGD(Options options);
  SGD() : SGD(Options{}) {}

 private:
  friend GroupedOptimizer<SGD, SGDOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
