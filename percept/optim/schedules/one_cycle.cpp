// one_cycle.cpp - the learning rate up and down once.
#include "percept/optim/schedules/one_cycle.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"
#include "percept/optim/slots.h"

namespace percept {
namespace {

// Half a cosine from `start` (share 0) to `end` (share 1).
double anneal(double start, double end, double share) {
  return end + (start - end) / 2 * (std::cos(std::numbers::pi * share) + 1);
}

}  // namespace

OneCycle::OneCycle(Options options) : options_(options) {
  check_not_negative("one_cycle", "max_learning_rate", options.max_learning_rate);
  check_number("one_cycle", "pct_start", options.pct_start, options.pct_start >= 0 && options.pct_start <= 1,
               "give the share of all steps that the rise takes, 0 to 1");
  check_number("one_cycle", "div_factor", options.div_factor, options.div_factor > 0, "give a number above 0");
  check_number("one_cycle", "final_div_factor", options.final_div_factor, options.final_div_factor > 0,
               "give a number above 0");
}

double OneCycle::learning_rate(const SchedulePoint& at) const {
  const double highest = options_.max_learning_rate > 0 ? options_.max_learning_rate : at.base_learning_rate;
  const double first = highest / options_.div_factor, lowest = first / options_.final_div_factor;
  const double last_step = static_cast<double>(steps_in_all(at)) - 1;
  const double peak = options_.pct_start * (last_step + 1) - 1;  // the step that has the highest rate, as PyTorch's
  const double step = std::min(static_cast<double>(at.step), last_step);
  if (step <= peak) return anneal(first, highest, peak > 0 ? step / peak : 1);
  return anneal(highest, lowest, (step - peak) / (last_step - peak));
}

std::vector<ScheduleRecord> schedules_one_cycle();
std::vector<ScheduleRecord> schedules_one_cycle() {
  return {schedule_record<OneCycle>(
      "From max_learning_rate / div_factor up to max_learning_rate in the first pct_start of all steps, then down to\n"
      "max_learning_rate / div_factor / final_div_factor, both along half a cosine. max_learning_rate = 0: the "
      "optimizer's.\n"
      "PyTorch's OneCycleLR, without its cycle of the momentum. Source: Smith and Topin 2018.")};
}

}  // namespace percept
