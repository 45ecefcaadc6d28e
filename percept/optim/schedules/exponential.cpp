// exponential.cpp - the learning rate times gamma after each epoch.
#include "percept/optim/schedules/exponential.h"

#include <algorithm>
#include <cmath>

#include "percept/optim/schedule_record.h"
#include "percept/optim/slots.h"

namespace percept {

Exponential::Exponential(Options options) : options_(options) {
  check_number("exponential", "gamma", options.gamma, options.gamma > 0, "give a number above 0, as 0.95");
}

double Exponential::learning_rate(const SchedulePoint& at) const {
  const std::int64_t epoch = at.step / std::max<std::int64_t>(at.steps_per_epoch, 1);
  return at.base_learning_rate * std::pow(options_.gamma, static_cast<double>(epoch));
}

std::vector<ScheduleRecord> schedules_exponential();
std::vector<ScheduleRecord> schedules_exponential() {
  return {
      schedule_record<Exponential>("The optimizer's learning rate times gamma^epoch, epochs counted from 0: PyTorch's "
                                   "ExponentialLR, stepped per epoch.")};
}

}  // namespace percept
