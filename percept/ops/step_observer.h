// step_observer.h - somebody who looks on while kernels run: profilers.
#pragma once
#include <chrono>

#include "percept/ops/apply.h"

namespace percept {

using StepClock = std::chrono::steady_clock;

class StepObserver {
 public:
  virtual ~StepObserver() = default;
  // After each kernel that a call of this thread ran, eager or planned. `path`: of the layer, or null.
  virtual void ran(const Step& step, const Attrs& attrs, const std::string* path, StepClock::time_point begin,
                   StepClock::time_point end) = 0;
};

// Tells `observer` of the thread's kernels while it lives. The inner of two is told.
class ObserveSteps {
 public:
  explicit ObserveSteps(StepObserver& observer);
  ~ObserveSteps();
  ObserveSteps(const ObserveSteps&) = delete;
  ObserveSteps& operator=(const ObserveSteps&) = delete;

 private:
  StepObserver* before_;
};

}  // namespace percept
