// polynomial.cpp - the learning rate down to 0 along a power.
#include "percept/optim/schedules/polynomial.h"

#include <algorithm>
#include <cmath>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {

Polynomial::Polynomial(Options options) : options_(std::move(options)) {
  check_whole("polynomial", "total_iters", options_.total_iters, 0);
  check_not_negative("polynomial", "power", options_.power);
  check_per("polynomial", options_.per);
}

double Polynomial::learning_rate(const SchedulePoint& at) const {
  const double length =
      options_.total_iters > 0 ? static_cast<double>(options_.total_iters) : units_in_all(at, options_.per);
  return at.base_learning_rate * std::pow(1 - std::min(units_done(at, options_.per) / length, 1.0), options_.power);
}

std::vector<ScheduleRecord> schedules_polynomial();
std::vector<ScheduleRecord> schedules_polynomial() {
  return {schedule_record<Polynomial>(
      "base (1 - t / total_iters)^power, t counted in epochs (or steps) from 0, and 0 after total_iters. PyTorch's\n"
      "PolynomialLR.")};
}

}  // namespace percept
