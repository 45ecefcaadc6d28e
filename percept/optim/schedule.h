// schedule.h - the learning rate as a pure function of where training is: nothing to save, nothing to resume.
#pragma once
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/options.h"
#include "percept/nn/module_walk.h"

namespace percept {

// Where training is. Steps count optimizer steps from 0.
struct SchedulePoint {
  double base_learning_rate = 0;  // the optimizer's own
  std::int64_t step = 0;
  std::int64_t total_steps = 0;      // of the whole training; 0: not known, which some schedules refuse
  std::int64_t steps_per_epoch = 1;  // what "epoch" means in a schedule's options
  std::vector<double> metric = {};   // what `monitor` names, at the ends of the epochs so far; for Plateau
};

template <class S>
concept ConcreteSchedule = requires(const S& schedule, const SchedulePoint& at) {
  { schedule.learning_rate(at) } -> std::convertible_to<double>;
  to_value(schedule.options());
};

// Holds any schedule by value.
class Schedule {
 public:
  template <ConcreteSchedule S>
    requires(!std::same_as<S, Schedule>)
  Schedule(S schedule)  // NOLINT: implicit on purpose
      : held_(std::make_shared<const Held<S>>(std::move(schedule))) {}

  // The rate to use for the step `at.step`.
  double learning_rate(const SchedulePoint& at) const { return held_->learning_rate(at); }
  // The name among the epoch's logs whose values it wants to know ("val_loss"); empty for most.
  std::string monitor() const { return held_->monitor(); }
  Value options() const { return held_->options(); }
  std::string_view type_name() const { return held_->type_name(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::string monitor() const = 0;
    virtual double learning_rate(const SchedulePoint& at) const = 0;
    virtual Value options() const = 0;
    virtual std::string_view type_name() const = 0;
  };
  template <class S>
  struct Held final : Base {
    explicit Held(S given) : schedule(std::move(given)) {}
    double learning_rate(const SchedulePoint& at) const override { return schedule.learning_rate(at); }
    std::string monitor() const override {
      if constexpr (requires { schedule.monitor(); })
        return schedule.monitor();
      else
        return "";
    }
    Value options() const override { return to_value(schedule.options()); }
    std::string_view type_name() const override { return S::kType; }
    S schedule;
  };
  std::shared_ptr<const Base> held_;  // immutable: copies share it
};

// Inside options of other schedules: a table with a `type`, as [schedule] of a recipe.
Value to_value(const Schedule& schedule);
void from_value(const Value& value, std::vector<Schedule>& out, std::string_view context);

}  // namespace percept
