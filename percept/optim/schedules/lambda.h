// lambda.h - the learning rate by a function of your own.
#pragma once
#include <functional>

#include "percept/optim/schedule.h"

namespace percept {

// base factor(t), t counted in epochs (or steps) from 0. PyTorch's LambdaLR. From C++ only: a recipe holds no code.
class LambdaSchedule {
 public:
  static constexpr std::string_view kType = "lambda";
  struct Options {
    std::string per = "epoch";  // or "step"
  };
  explicit LambdaSchedule(std::function<double(std::int64_t)> factor, Options options);
  explicit LambdaSchedule(std::function<double(std::int64_t)> factor) : LambdaSchedule(std::move(factor), Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  const Options& options() const { return options_; }

 private:
  std::function<double(std::int64_t)> factor_;
  Options options_;
};

}  // namespace percept
