// constant.h - the learning rate as it is.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// The optimizer's own learning rate at every step.
class Constant {
 public:
  static constexpr std::string_view kType = "constant";
  struct Options {};
  explicit Constant(Options) {}
  Constant() = default;

  double learning_rate(const SchedulePoint& at) const { return at.base_learning_rate; }
  Options options() const { return {}; }
};

}  // namespace percept
