// schedule_record.cpp - the list of schedules.
#include "percept/optim/schedule_record.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/nn/record_list.h"

namespace percept {

const std::vector<ScheduleRecord>& all_schedules() {
  static const std::vector<ScheduleRecord> all = joined_records(generated_schedule_lists());
  return all;
}

const ScheduleRecord* find_schedule(std::string_view type) { return record_named(all_schedules(), type); }

Schedule schedule_of(const Value& table, std::string_view context) {
  std::vector<std::string> names;
  for (const ScheduleRecord& record : all_schedules()) names.emplace_back(record.type);
  const Value* type = table.is_object() ? table.find("type") : nullptr;
  if (type == nullptr || !type->is_string())
    throw UsageError(std::string(context) + " has no type: " + to_text(table),
                     "write { type = \"...\" } with one of: " + join(names, ", "));
  if (const ScheduleRecord* record = find_schedule(type->as_string())) return record->make(table, context);
  const std::string close = nearest(type->as_string(), names);
  throw UsageError("unknown schedule '" + type->as_string() + "' in " + std::string(context),
                   (close.empty() ? "" : "did you mean '" + close + "'? ") + "known: " + join(names, ", "));
}

Value to_value(const Schedule& schedule) {
  Value table = Value::object();
  table.set("type", schedule.type_name());
  const Value options = schedule.options();
  for (const auto& [key, value] : options.as_object()) table.set(key, value);
  return table;
}

void from_value(const Value& value, std::vector<Schedule>& out, std::string_view context) {
  out.clear();
  for (const Value& table : options_detail::read_array(value, context))
    out.push_back(schedule_of(table, options_detail::inside(context, out.size())));
}

}  // namespace percept
