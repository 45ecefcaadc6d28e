// schedule_record.cpp - the list of schedules.
#include "percept/optim/schedule_record.h"

#include "percept/nn/record_list.h"

namespace percept {

const std::vector<ScheduleRecord>& all_schedules() {
  static const std::vector<ScheduleRecord> all = joined_records(generated_schedule_lists());
  return all;
}

const ScheduleRecord* find_schedule(std::string_view type) { return record_named(all_schedules(), type); }

}  // namespace percept
