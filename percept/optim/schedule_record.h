// schedule_record.h - every schedule by name, for recipes and `percept explain`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/nn/layer_record.h"
#include "percept/optim/schedule.h"

namespace percept {

struct ScheduleRecord {
  std::string_view type;  // "one_cycle"
  std::string_view doc;
  Value (*default_options)() = nullptr;
  // As LayerRecord::make.
  Schedule (*make)(const Value& options, std::string_view context) = nullptr;
  std::vector<std::string> (*option_names)() = nullptr;
};

template <class S>
ScheduleRecord schedule_record(std::string_view doc) {
  return {S::kType, doc, [] { return to_value(typename S::Options{}); },
          [](const Value& options, std::string_view context) { return Schedule(S(options_of<S>(options, context))); },
          option_names_of<S>};
}

// One per file of percept/optim/schedules, `std::vector<ScheduleRecord> schedules_<stem>()`; generated.
const std::vector<std::vector<ScheduleRecord> (*)()>& generated_schedule_lists();

const std::vector<ScheduleRecord>& all_schedules();          // by name
const ScheduleRecord* find_schedule(std::string_view type);  // null when there is none
// From a table with a `type`. UsageError with the nearest name for an unknown one.
Schedule schedule_of(const Value& table, std::string_view context);

}  // namespace percept
