// polynomial.h - the learning rate down to 0 along a power.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// base (1 - t / total_iters)^power, t counted in epochs (or steps) from 0, and 0 after total_iters. PyTorch's
// PolynomialLR.
class Polynomial {
 public:
  static constexpr std::string_view kType = "polynomial";
  struct Options {
    std::int64_t total_iters = 5;  // 0: the whole training
    double power = 1;
    std::string per = "epoch";  // or "step"
  };
  explicit Polynomial(Options options);
  Polynomial() : Polynomial(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
