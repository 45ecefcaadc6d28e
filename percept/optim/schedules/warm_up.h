// warm_up.h - a smaller learning rate at first.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// mode "linear": base times a factor that goes from start_factor to end_factor over total_iters epochs (or steps) and
// stays there; PyTorch's LinearLR. mode "constant": base start_factor before total_iters, base afterwards; PyTorch's
// ConstantLR.
class WarmUp {
 public:
  static constexpr std::string_view kType = "warm_up";
  struct Options {
    std::string mode = "linear";  // or "constant"
    double start_factor = 1.0 / 3;
    double end_factor = 1;  // of "linear"
    std::int64_t total_iters = 5;
    std::string per = "epoch";  // or "step"
  };
  explicit WarmUp(Options options);
  WarmUp() : WarmUp(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
