// warm_up.cpp - a smaller learning rate at first.
#include "percept/optim/schedules/warm_up.h"

#include <algorithm>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {

WarmUp::WarmUp(Options options) : options_(std::move(options)) {
  if (options_.mode != "linear" && options_.mode != "constant")
    throw ValueError("warm_up: mode is \"" + options_.mode + "\"", "use \"linear\" or \"constant\"");
  check_number("warm_up", "start_factor", options_.start_factor,
               options_.start_factor >= 0 && options_.start_factor <= 1, "give a factor from 0 to 1");
  check_number("warm_up", "end_factor", options_.end_factor, options_.end_factor >= 0 && options_.end_factor <= 1,
               "give a factor from 0 to 1");
  check_whole("warm_up", "total_iters", options_.total_iters, 1);
  check_per("warm_up", options_.per);
}

double WarmUp::learning_rate(const SchedulePoint& at) const {
  const double t = units_done(at, options_.per), length = static_cast<double>(options_.total_iters);
  if (options_.mode == "constant") return at.base_learning_rate * (t < length ? options_.start_factor : 1);
  const double share = std::min(t / length, 1.0);
  return at.base_learning_rate * (options_.start_factor + (options_.end_factor - options_.start_factor) * share);
}

std::vector<ScheduleRecord> schedules_warm_up();
std::vector<ScheduleRecord> schedules_warm_up() {
  return {schedule_record<WarmUp>(
      "mode \"linear\": base times a factor that goes from start_factor to end_factor over total_iters epochs (or\n"
      "steps) and stays there; PyTorch's LinearLR. mode \"constant\": base start_factor before total_iters, base\n"
      "afterwards; PyTorch's ConstantLR.")};
}

}  // namespace percept
