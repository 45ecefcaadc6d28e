// adam.h - Adam.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/optim/slots.h"

namespace percept {

// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
// p -= learning_rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps), t counted for each parameter.
// weight_decay is added to the gradient (L2). State: exp_avg, exp_avg_sq and step per parameter.
// Source: Kingma and Ba 2015, algorithm 1, in PyTorch's order of operations.
class Adam {
 public:
  struct Options {
    double learning_rate = 1e-3;  // per step
    double beta1 = 0.9, beta2 = 0.999;
    double eps = 1e-8;
    double weight_decay = 0;
  };
  explicit Adam(Options options);
  Adam() : Adam(Options{}) {}

  // Applies the gradients to the parameters that have one and clears them. ValueError outside a TrainingScope.
  void step(const std::vector<State*>& parameters);
  double learning_rate() const { return options_.learning_rate; }
  void set_learning_rate(double value);
  void prepare(const std::vector<State*>& parameters);
  std::vector<NamedState> slots() { return slots_.named(); }
  const Options& options() const { return options_; }

 private:
  Options options_;
  Slots slots_;
};

}  // namespace percept
