// multi_step.h - the learning rate times gamma at each milestone.
#pragma once
#include <vector>

#include "percept/optim/schedule.h"

namespace percept {

// base gamma^(number of milestones reached), t counted in epochs (or steps) from 0. PyTorch's MultiStepLR.
class MultiStepDecay {
 public:
  static constexpr std::string_view kType = "multi_step";
  struct Options {
    std::vector<std::int64_t> milestones = {};  // increasing
    double gamma = 0.1;
    std::string per = "epoch";  // or "step"
  };
  explicit MultiStepDecay(Options options);
  MultiStepDecay() : MultiStepDecay(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
