// cosine_restarts.cpp - half cosines that start again.
#include "percept/optim/schedules/cosine_restarts.h"

#include <cmath>
#include <numbers>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {

CosineRestarts::CosineRestarts(Options options) : options_(std::move(options)) {
  check_whole("cosine_restarts", "t_0", options_.t_0, 1);
  check_whole("cosine_restarts", "t_mult", options_.t_mult, 1);
  check_not_negative("cosine_restarts", "eta_min", options_.eta_min);
  check_per("cosine_restarts", options_.per);
}

double CosineRestarts::learning_rate(const SchedulePoint& at) const {
  double t = units_done(at, options_.per), length = static_cast<double>(options_.t_0);
  if (options_.t_mult == 1) t = std::fmod(t, length);
  while (t >= length) {
    t -= length;
    length *= static_cast<double>(options_.t_mult);
  }
  const double lowest = options_.eta_min;
  return lowest + (at.base_learning_rate - lowest) * (1 + std::cos(std::numbers::pi * t / length)) / 2;
}

std::vector<ScheduleRecord> schedules_cosine_restarts();
std::vector<ScheduleRecord> schedules_cosine_restarts() {
  return {schedule_record<CosineRestarts>(
      "eta_min + (base - eta_min) (1 + cos(pi t / T)) / 2, t counted in epochs (or steps) since the last restart; T\n"
      "is t_0 at first and t_mult times as long after each restart. PyTorch's CosineAnnealingWarmRestarts. Source:\n"
      "Loshchilov and Hutter 2017.")};
}

}  // namespace percept
