// cosine_restarts.h - half cosines that start again.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// eta_min + (base - eta_min) (1 + cos(pi t / T)) / 2, t counted in epochs (or steps) since the last restart; T is t_0
// at first and t_mult times as long after each restart. PyTorch's CosineAnnealingWarmRestarts. Source: Loshchilov and
// Hutter 2017.
class CosineRestarts {
 public:
  static constexpr std::string_view kType = "cosine_restarts";
  struct Options {
    std::int64_t t_0 = 0;  // to be given
    std::int64_t t_mult = 1;
    double eta_min = 0;
    std::string per = "epoch";  // or "step"
  };
  explicit CosineRestarts(Options options);
  CosineRestarts() : CosineRestarts(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
