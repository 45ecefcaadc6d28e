// schedule_units.cpp - counting in epochs or in steps.
#include "percept/optim/schedule_units.h"

#include <algorithm>

#include "percept/base/checked.h"

namespace percept {
namespace {

std::int64_t per_epoch(const SchedulePoint& at) { return std::max<std::int64_t>(at.steps_per_epoch, 1); }

}  // namespace

void check_per(std::string_view who, const std::string& per) {
  if (per != "epoch" && per != "step")
    throw ValueError(std::string(who) + ": per is \"" + per + "\"", "use \"epoch\" or \"step\"");
}

void check_whole(std::string_view who, std::string_view name, std::int64_t value, std::int64_t least) {
  if (value < least)
    throw ValueError(std::string(who) + ": " + std::string(name) + " is " + number(value),
                     "give a whole number of at least " + number(least));
}

double units_done(const SchedulePoint& at, const std::string& per) {
  return static_cast<double>(per == "step" ? at.step : at.step / per_epoch(at));
}

std::int64_t steps_in_all(const SchedulePoint& at) {
  if (at.total_steps < 1)
    throw ValueError(
        "the schedule's end depends on the length of the training, total_steps is " + number(at.total_steps),
        "give it: schedule.learning_rate({.base_learning_rate = 0.1, .step = step, .total_steps = steps})");
  return at.total_steps;
}

double units_in_all(const SchedulePoint& at, const std::string& per) {
  const std::int64_t steps = steps_in_all(at);
  return static_cast<double>(per == "step" ? steps : (steps - 1) / per_epoch(at) + 1);
}

std::int64_t steps_in(std::int64_t units, const SchedulePoint& at, const std::string& per) {
  return per == "step" ? units : checked_mul(units, per_epoch(at));
}

}  // namespace percept
