// lambda.cpp - the learning rate by a function of your own.
#include "percept/optim/schedules/lambda.h"

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {

LambdaSchedule::LambdaSchedule(std::function<double(std::int64_t)> factor, Options options)
    : factor_(std::move(factor)), options_(std::move(options)) {
  check_per("lambda", options_.per);
  if (!factor_) throw ValueError("lambda: the function is empty", "give a function of the epoch or step");
}

double LambdaSchedule::learning_rate(const SchedulePoint& at) const {
  return at.base_learning_rate * factor_(static_cast<std::int64_t>(units_done(at, options_.per)));
}

// No record: code has no place in a recipe.
std::vector<ScheduleRecord> schedules_lambda();
std::vector<ScheduleRecord> schedules_lambda() { return {}; }

}  // namespace percept
