// constant.cpp - the learning rate as it is.
#include "percept/optim/schedules/constant.h"

#include "percept/optim/schedule_record.h"

namespace percept {

std::vector<ScheduleRecord> schedules_constant();
std::vector<ScheduleRecord> schedules_constant() {
  return {schedule_record<Constant>("The optimizer's own learning rate at every step.")};
}

}  // namespace percept
