// chained.cpp - schedules made of others.
#include "percept/optim/schedules/chained.h"

#include <algorithm>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {
namespace {

void check_parts(std::string_view who, const std::vector<Schedule>& parts) {
  check_whole(who, "the number of schedules", static_cast<std::int64_t>(parts.size()), 1);
}

// What the parts want to know; they may only want the same.
std::string monitor_of(std::string_view who, const std::vector<Schedule>& parts) {
  std::string found;
  for (const Schedule& part : parts) {
    const std::string one = part.monitor();
    if (!found.empty() && !one.empty() && one != found)
      throw ValueError(std::string(who) + ": its schedules monitor both " + found + " and " + one,
                       "let them monitor the same value");
    if (!one.empty()) found = one;
  }
  return found;
}

}  // namespace

Chained::Chained(Options options) : options_(std::move(options)) {
  check_parts(kType, options_.schedules);
  monitor();
}

std::string Chained::monitor() const { return monitor_of(kType, options_.schedules); }

double Chained::learning_rate(const SchedulePoint& at) const {
  SchedulePoint point = at;
  for (const Schedule& part : options_.schedules) point.base_learning_rate = part.learning_rate(point);
  return point.base_learning_rate;
}

InSequence::InSequence(Options options) : options_(std::move(options)) {
  check_parts(kType, options_.schedules);
  check_per(kType, options_.per);
  if (options_.milestones.size() + 1 != options_.schedules.size())
    throw ValueError("sequential: " + number(options_.schedules.size()) + " schedules and " +
                         number(options_.milestones.size()) + " milestones",
                     "give one milestone fewer: those at which the next schedule begins");
  for (std::size_t i = 0; i < options_.milestones.size(); ++i)
    check_whole(kType, "milestones[" + number(i) + "]", options_.milestones[i],
                i == 0 ? 1 : options_.milestones[i - 1] + 1);
  monitor();
}

std::string InSequence::monitor() const { return monitor_of(kType, options_.schedules); }

double InSequence::learning_rate(const SchedulePoint& at) const {
  std::size_t part = 0;
  std::int64_t begin = 0, end = at.total_steps;
  for (const std::int64_t milestone : options_.milestones) {
    const std::int64_t step = steps_in(milestone, at, options_.per);
    if (at.step < step) {
      end = end > 0 ? std::min(end, step) : step;
      break;
    }
    begin = step;
    ++part;
  }
  SchedulePoint point = at;
  point.step = at.step - begin;
  if (end > 0) point.total_steps = std::max<std::int64_t>(end - begin, 1);  // else it stays unknown
  const auto epochs = static_cast<std::size_t>(begin / std::max<std::int64_t>(at.steps_per_epoch, 1));
  point.metric.erase(point.metric.begin(),
                     point.metric.begin() + static_cast<std::ptrdiff_t>(std::min(epochs, point.metric.size())));
  return options_.schedules[part].learning_rate(point);
}

std::vector<ScheduleRecord> schedules_chained();
std::vector<ScheduleRecord> schedules_chained() {
  return {schedule_record<Chained>(
              "schedules = [{ type = ... }, ...] all at once: each takes the rate of the one before it as its base, so "
              "that\n"
              "factors multiply. PyTorch's ChainedScheduler."),
          schedule_record<InSequence>(
              "schedules = [{ type = ... }, ...] one after the other: at each of the milestones, one fewer, counted "
              "in\n"
              "epochs (or steps), the next begins at its own step 0. PyTorch's SequentialLR.")};
}

}  // namespace percept
