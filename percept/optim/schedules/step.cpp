// step.cpp - the learning rate times gamma every step_size epochs.
#include "percept/optim/schedules/step.h"

#include <cmath>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {

StepDecay::StepDecay(Options options) : options_(std::move(options)) {
  check_whole("step", "step_size", options_.step_size, 1);
  check_number("step", "gamma", options_.gamma, options_.gamma > 0, "give a number above 0, as 0.1");
  check_per("step", options_.per);
}

double StepDecay::learning_rate(const SchedulePoint& at) const {
  const double t = units_done(at, options_.per);
  return at.base_learning_rate * std::pow(options_.gamma, std::floor(t / static_cast<double>(options_.step_size)));
}

std::vector<ScheduleRecord> schedules_step();
std::vector<ScheduleRecord> schedules_step() {
  return {schedule_record<StepDecay>(
      "base gamma^floor(t / step_size), t counted in epochs (or steps) from 0. PyTorch's StepLR.")};
}

}  // namespace percept
