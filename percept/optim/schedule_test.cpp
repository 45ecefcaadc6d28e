// schedule_test.cpp - schedules against values worked by hand.
#include "percept/optim/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/optim/schedule_record.h"
#include "percept/optim/schedules/constant.h"
#include "percept/optim/schedules/exponential.h"
#include "percept/optim/schedules/one_cycle.h"

namespace percept::schedule_test {

using testing::ElementsAre;

double at(const Schedule& schedule, std::int64_t step, std::int64_t total = 10, std::int64_t per_epoch = 5) {
  return schedule.learning_rate(
      {.base_learning_rate = 1, .step = step, .total_steps = total, .steps_per_epoch = per_epoch});
}

TEST(Schedule, OneCycle) {
  const Schedule schedule = OneCycle{};
  EXPECT_NEAR(at(schedule, 0), 0.04, 1e-12);  // 1 / 25
  EXPECT_NEAR(at(schedule, 1), 0.52, 1e-12);  // half way up to step 0.3 * 10 - 1 = 2: the mean of both ends
  EXPECT_NEAR(at(schedule, 2), 1, 1e-12);
  EXPECT_NEAR(at(schedule, 9), 4e-6, 1e-12);  // 0.04 / 1e4
  EXPECT_NEAR(at(schedule, 99), 4e-6, 1e-12);
  // Down over steps 2..9: at 2 + 7 / 3 a third of the way, (1 + cos(60 degrees)) / 2 = 0.75. With 11 steps and a peak
  // at 2, steps 2..10: step 6 is half way.
  const Schedule even = OneCycle{{.pct_start = 3.0 / 11}};
  EXPECT_NEAR(at(even, 6, 11), (1 + 4e-6) / 2, 1e-9);
  EXPECT_NEAR(at(OneCycle{{.max_learning_rate = 3}}, 2), 3, 1e-12);
  EXPECT_NEAR(at(schedule, 0, 1), 4e-6, 1e-12);                // one step is the last one
  EXPECT_NEAR(at(OneCycle{{.pct_start = 0.1}}, 0), 1, 1e-12);  // the rise takes no step
  for (std::int64_t step = 3; step < 10; ++step) EXPECT_LT(at(schedule, step), at(schedule, step - 1));
}

TEST(Schedule, ExponentialAndConstant) {
  const Schedule schedule = Exponential{{.gamma = 0.5}};
  EXPECT_EQ(at(schedule, 0), 1);
  EXPECT_EQ(at(schedule, 4), 1);
  EXPECT_EQ(at(schedule, 5), 0.5);
  EXPECT_EQ(at(schedule, 14), 0.25);
  EXPECT_EQ(at(Constant{}, 7), 1);
}

TEST(Schedule, ByName) {
  std::vector<std::string_view> types;
  for (const ScheduleRecord& record : all_schedules()) types.push_back(record.type);
  EXPECT_THAT(types, ElementsAre("constant", "exponential", "one_cycle"));
  Value options = Value::object();
  options.set("type", "exponential");
  options.set("gamma", 0.1);
  const Schedule made = find_schedule("exponential")->make(options, "schedule");
  EXPECT_EQ(made.type_name(), "exponential");
  EXPECT_EQ(at(made, 5), 0.1);
  EXPECT_THROW(Exponential({.gamma = 0}), ValueError);
  EXPECT_THROW(OneCycle({.pct_start = 1.5}), ValueError);
  EXPECT_THROW(OneCycle({.max_learning_rate = -1}), ValueError);
}

}  // namespace percept::schedule_test
