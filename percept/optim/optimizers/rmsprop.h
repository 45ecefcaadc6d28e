// rmsprop.h - RMSprop.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/optim/slots.h"

namespace percept {

// s = alpha s + (1 - alpha) g^2, p -= learning_rate g / (sqrt(s) + eps).
// weight_decay is added to the gradient (L2). State: square_avg per parameter.
// Source: Tieleman and Hinton 2012, lecture 6.5, in PyTorch's order of operations.
class RMSprop {
 public:
  struct Options {
    double learning_rate = 1e-2;  // per step
    double alpha = 0.99;
    double eps = 1e-8;
    double weight_decay = 0;
  };
  explicit RMSprop(Options options);
  RMSprop() : RMSprop(Options{}) {}

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
