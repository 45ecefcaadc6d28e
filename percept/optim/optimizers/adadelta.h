// adadelta.h - Adadelta.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/optim/slots.h"

namespace percept {

// s = rho s + (1 - rho) g^2, d = sqrt(u + eps) / sqrt(s + eps) g, u = rho u + (1 - rho) d^2, p -= learning_rate d.
// weight_decay is added to the gradient (L2). State: square_avg (s) and acc_delta (u) per parameter.
// Source: Zeiler 2012, algorithm 1, in PyTorch's order of operations.
class Adadelta {
 public:
  struct Options {
    double learning_rate = 1;  // per step
    double rho = 0.9;
    double eps = 1e-6;
    double weight_decay = 0;
  };
  explicit Adadelta(Options options);
  Adadelta() : Adadelta(Options{}) {}

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
