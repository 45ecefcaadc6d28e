// multi_step.cpp - the learning rate times gamma at each milestone.
#include "percept/optim/schedules/multi_step.h"

#include <cmath>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {

MultiStepDecay::MultiStepDecay(Options options) : options_(std::move(options)) {
  check_whole("multi_step", "the number of milestones", static_cast<std::int64_t>(options_.milestones.size()), 1);
  for (std::size_t i = 0; i < options_.milestones.size(); ++i)
    check_whole("multi_step", "milestones[" + number(i) + "]", options_.milestones[i],
                i == 0 ? 0 : options_.milestones[i - 1]);
  check_number("multi_step", "gamma", options_.gamma, options_.gamma > 0, "give a number above 0, as 0.1");
  check_per("multi_step", options_.per);
}

double MultiStepDecay::learning_rate(const SchedulePoint& at) const {
  const double t = units_done(at, options_.per);
  double reached = 0;
  for (const std::int64_t milestone : options_.milestones) reached += t >= static_cast<double>(milestone) ? 1 : 0;
  return at.base_learning_rate * std::pow(options_.gamma, reached);
}

std::vector<ScheduleRecord> schedules_multi_step();
std::vector<ScheduleRecord> schedules_multi_step() {
  return {schedule_record<MultiStepDecay>(
      "base gamma^(number of milestones reached), t counted in epochs (or steps) from 0. PyTorch's MultiStepLR.")};
}

}  // namespace percept
