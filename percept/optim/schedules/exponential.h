// exponential.h - the learning rate times gamma after each epoch.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// base * gamma^epoch, epochs counted from 0: constant within an epoch, as PyTorch's ExponentialLR stepped once per
// epoch.
class Exponential {
 public:
  static constexpr std::string_view kType = "exponential";
  struct Options {
    double gamma = 0.95;
  };
  explicit Exponential(Options options);
  Exponential() : Exponential(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
