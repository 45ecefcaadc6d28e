// cosine.cpp - the learning rate along half a cosine.
#include "percept/optim/schedules/cosine.h"

#include <cmath>
#include <numbers>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {

Cosine::Cosine(Options options) : options_(std::move(options)) {
  check_whole("cosine", "t_max", options_.t_max, 0);
  check_not_negative("cosine", "eta_min", options_.eta_min);
  check_per("cosine", options_.per);
}

double Cosine::learning_rate(const SchedulePoint& at) const {
  const double t = units_done(at, options_.per), lowest = options_.eta_min;
  const double length = options_.t_max > 0 ? static_cast<double>(options_.t_max) : units_in_all(at, options_.per);
  return lowest + (at.base_learning_rate - lowest) * (1 + std::cos(std::numbers::pi * t / length)) / 2;
}

std::vector<ScheduleRecord> schedules_cosine();
std::vector<ScheduleRecord> schedules_cosine() {
  return {schedule_record<Cosine>(
      "eta_min + (base - eta_min) (1 + cos(pi t / t_max)) / 2, t counted in epochs (or steps) from 0; it rises\n"
      "again after t_max. PyTorch's CosineAnnealingLR. Source: Loshchilov and Hutter 2017, equation 5.")};
}

}  // namespace percept
