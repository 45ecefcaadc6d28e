// sgd.h - stochastic gradient descent, with momentum.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/optim/slots.h"

namespace percept {

// g = grad + weight_decay p; without momentum p -= learning_rate g. With it v = momentum v + (1 - dampening) g (v = g
// at the first step), and p -= learning_rate v, or learning_rate (g + momentum v) with nesterov. State: one tensor per
// parameter (momentum_buffer) where momentum is not 0. Source: PyTorch's torch.optim.SGD.
class SGD {
 public:
  struct Options {
    double learning_rate = 1e-3;  // per step
    double momentum = 0;
    double dampening = 0;
    double weight_decay = 0;
    bool nesterov = false;
  };
  explicit SGD(Options options);
  SGD() : SGD(Options{}) {}

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
