// schedule_units.h - counting in epochs or in steps, for the files of schedules.
#pragma once
#include <string>

#include "percept/optim/schedule.h"
#include "percept/optim/slots.h"

namespace percept {

// ValueError unless "epoch" or "step".
void check_per(std::string_view who, const std::string& per);
// ValueError unless the number is at least `least`.
void check_whole(std::string_view who, std::string_view name, std::int64_t value, std::int64_t least);
// at.total_steps. ValueError where it is not known.
std::int64_t steps_in_all(const SchedulePoint& at);
// Epochs done (the whole ones), or steps; and those of the whole training.
double units_done(const SchedulePoint& at, const std::string& per);
double units_in_all(const SchedulePoint& at, const std::string& per);
// Steps in so many units.
std::int64_t steps_in(std::int64_t units, const SchedulePoint& at, const std::string& per);

}  // namespace percept
