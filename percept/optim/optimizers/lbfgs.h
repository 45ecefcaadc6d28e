// lbfgs.h - L-BFGS: a quasi-Newton method that looks at the loss several times in each step.
#pragma once
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "percept/optim/slots.h"

namespace percept {

// Each step makes up to max_iter iterations: the direction from the last history_size changes of gradients, a length
// from learning_rate or by a line search to the strong Wolfe conditions. All parameters are one vector. Meant for whole
// data sets or large batches. Source: Nocedal and Wright 2006, algorithms 7.4, 7.5, 3.5 and 3.6, in the order of
// PyTorch's torch.optim.LBFGS. The history is not part of saved states: a resumed run begins it anew.
//
//   LBFGS optimizer{{.line_search_fn = "strong_wolfe"}};
//   optimizer.step(parameters(model), [&] {
//     const Tensor loss = mse_loss(model(x), y);
//     loss.backward();
//     return loss;
//   });
struct LBFGSOptions {
  double learning_rate = 1;
  std::int64_t max_iter = 20;
  std::int64_t max_eval = 0;  // of the closure in a step; 0: max_iter * 5 / 4
  double tolerance_grad = 1e-7;
  double tolerance_change = 1e-9;
  std::int64_t history_size = 100;
  std::string line_search_fn = "";  // "" or "strong_wolfe"
};

class LBFGS {
 public:
  using Options = LBFGSOptions;
  explicit LBFGS(Options options);
  LBFGS() : LBFGS(Options{}) {}

  // Calls `closure`, which runs forward and backward and gives the loss, several times, and moves the parameters.
  // Gradients are cleared before each call and at the end. Gives the first loss. ValueError outside a TrainingScope.
  Tensor step(const std::vector<State*>& parameters, const std::function<Tensor()>& closure);
  // UsageError: without a closure there is nothing to look at.
  void step(const std::vector<State*>& parameters);
  double learning_rate() const { return options_.learning_rate; }
  void set_learning_rate(double value);
  void prepare(const std::vector<State*>&) {}
  std::vector<NamedState> slots() { return {}; }
  const Options& options() const { return options_; }

 private:
  struct Change {
    Tensor gradient, step;  // y and s
    double ro;              // 1 / (y s)
  };
  Tensor direction(const Tensor& gradient);
  void forget_unless_same(const std::vector<State*>& parameters);

  Options options_;
  std::vector<std::uint64_t> ids_;  // of the parameters that the rest is about
  std::int64_t iterations_ = 0;
  std::deque<Change> history_;
  double scale_ = 1;  // of the first approximation of the inverse Hessian
  double length_ = 0;
  Tensor direction_, last_gradient_;
};

}  // namespace percept
