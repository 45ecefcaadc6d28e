// exponential.h - the learning rate times gamma after each epoch.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// base gamma^t, t counted in epochs (or steps) from 0: constant within an epoch. PyTorch's ExponentialLR.
class Exponential {
 public:
  static constexpr std::string_view kType = "exponential";
  struct Options {
    double gamma = 0.95;
    std::string per = "epoch";  // or "step"
  };
  explicit Exponential(Options options);
  Exponential() : Exponential(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
