// one_cycle.h - the learning rate up and down once, over the whole training.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// From max / div_factor up to max in the first pct_start of all steps, then down to max / div_factor /
// final_div_factor, both along half a cosine. PyTorch's OneCycleLR, without its cycle of the momentum. Source: Smith
// and Topin 2018, "Super-convergence".
class OneCycle {
 public:
  static constexpr std::string_view kType = "one_cycle";
  struct Options {
    double max_learning_rate = 0;  // 0: the optimizer's
    double pct_start = 0.3;
    double div_factor = 25;
    double final_div_factor = 1e4;
  };
  explicit OneCycle(Options options);
  OneCycle() : OneCycle(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
