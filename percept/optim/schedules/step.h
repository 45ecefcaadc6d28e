// step.h - the learning rate times gamma every step_size epochs.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// base gamma^floor(t / step_size), t counted in epochs (or steps) from 0. PyTorch's StepLR.
class StepDecay {
 public:
  static constexpr std::string_view kType = "step";
  struct Options {
    std::int64_t step_size = 0;  // to be given
    double gamma = 0.1;
    std::string per = "epoch";  // or "step"
  };
  explicit StepDecay(Options options);
  StepDecay() : StepDecay(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
