// exponential.cpp - the learning rate times gamma after each epoch.
#include "percept/optim/schedules/exponential.h"

#include <cmath>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {

Exponential::Exponential(Options options) : options_(std::move(options)) {
  check_number("exponential", "gamma", options_.gamma, options_.gamma > 0, "give a number above 0, as 0.95");
  check_per("exponential", options_.per);
}

double Exponential::learning_rate(const SchedulePoint& at) const {
  return at.base_learning_rate * std::pow(options_.gamma, units_done(at, options_.per));
}

std::vector<ScheduleRecord> schedules_exponential();
std::vector<ScheduleRecord> schedules_exponential() {
  return {schedule_record<Exponential>(
      "base gamma^t, t counted in epochs (or steps) from 0: constant within an epoch. PyTorch's ExponentialLR.")};
}

}  // namespace percept
