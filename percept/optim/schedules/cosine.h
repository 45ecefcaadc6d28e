// cosine.h - the learning rate along half a cosine.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// eta_min + (base - eta_min) (1 + cos(pi t / t_max)) / 2, t counted in epochs (or steps) from 0; it rises again after
// t_max. PyTorch's CosineAnnealingLR. Source: Loshchilov and Hutter 2017, equation 5.
class Cosine {
 public:
  static constexpr std::string_view kType = "cosine";
  struct Options {
    std::int64_t t_max = 0;  // 0: the whole training
    double eta_min = 0;
    std::string per = "epoch";  // or "step"
  };
  explicit Cosine(Options options);
  Cosine() : Cosine(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
