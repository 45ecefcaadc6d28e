// schedule_test.cpp - schedules against values worked by hand.
#include "percept/optim/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/optim/schedule_record.h"
#include "percept/optim/schedules/chained.h"
#include "percept/optim/schedules/constant.h"
#include "percept/optim/schedules/cosine.h"
#include "percept/optim/schedules/cosine_restarts.h"
#include "percept/optim/schedules/exponential.h"
#include "percept/optim/schedules/lambda.h"
#include "percept/optim/schedules/multi_step.h"
#include "percept/optim/schedules/one_cycle.h"
#include "percept/optim/schedules/plateau.h"
#include "percept/optim/schedules/polynomial.h"
#include "percept/optim/schedules/step.h"
#include "percept/optim/schedules/warm_up.h"

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

TEST(Schedule, AnUnknownLengthIsRefusedWhereItMatters) {
  const SchedulePoint at{.base_learning_rate = 1, .step = 2};
  for (const Schedule& schedule : {Schedule(OneCycle{}), Schedule(Cosine{}), Schedule(Polynomial{{.total_iters = 0}}),
                                   Schedule(InSequence{{.schedules = {Constant{}, Cosine{}}, .milestones = {1}}})})
    EXPECT_THROW(schedule.learning_rate(at), ValueError) << schedule.type_name();
  EXPECT_EQ(Schedule(Cosine{{.t_max = 4}}).learning_rate(at), 0.5);
  EXPECT_EQ(Schedule(StepDecay{{.step_size = 2, .gamma = 0.5}}).learning_rate(at), 0.5);  // an epoch of one step
  // The first of two ends where the second begins: after 4 steps.
  const Schedule two = InSequence{{.schedules = {Cosine{}, Constant{}}, .milestones = {4}}};
  EXPECT_EQ(two.learning_rate(at), 0.5);
}

TEST(Schedule, ExponentialAndConstant) {
  const Schedule schedule = Exponential{{.gamma = 0.5}};
  EXPECT_EQ(at(schedule, 0), 1);
  EXPECT_EQ(at(schedule, 4), 1);
  EXPECT_EQ(at(schedule, 5), 0.5);
  EXPECT_EQ(at(schedule, 14), 0.25);
  EXPECT_EQ(at(Constant{}, 7), 1);
}

TEST(Schedule, DecaysByHand) {
  const Schedule step = StepDecay{{.step_size = 2, .gamma = 0.5}};  // 5 steps per epoch
  EXPECT_EQ(at(step, 9), 1);
  EXPECT_EQ(at(step, 10), 0.5);
  EXPECT_EQ(at(step, 20), 0.25);
  EXPECT_EQ(at(StepDecay{{.step_size = 3, .gamma = 0.5, .per = "step"}}, 6), 0.25);
  const Schedule milestones = MultiStepDecay{{.milestones = {1, 3}, .gamma = 0.1}};
  EXPECT_EQ(at(milestones, 4), 1);
  EXPECT_EQ(at(milestones, 5), 0.1);
  EXPECT_NEAR(at(milestones, 15), 0.01, 1e-15);
  EXPECT_EQ(at(Exponential{{.gamma = 0.5, .per = "step"}}, 3), 0.125);
  const Schedule cosine = Cosine{{.eta_min = 0.2, .per = "step"}};  // over 10 steps
  EXPECT_EQ(at(cosine, 0), 1);
  EXPECT_NEAR(at(cosine, 5), 0.6, 1e-12);
  EXPECT_NEAR(at(cosine, 10), 0.2, 1e-12);
  EXPECT_NEAR(at(Cosine{{.t_max = 4}}, 10), 0.5, 1e-12);                             // epoch 2 of 4
  const Schedule restarts = CosineRestarts{{.t_0 = 2, .t_mult = 2, .per = "step"}};  // 0..1, 2..5, 6..13
  EXPECT_NEAR(at(restarts, 1), 0.5, 1e-12);
  EXPECT_EQ(at(restarts, 2), 1);
  EXPECT_NEAR(at(restarts, 4), 0.5, 1e-12);
  EXPECT_EQ(at(restarts, 6), 1);
  EXPECT_NEAR(at(restarts, 10), 0.5, 1e-12);
  const Schedule warm = WarmUp{{.start_factor = 0.5, .total_iters = 4, .per = "step"}};
  EXPECT_EQ(at(warm, 0), 0.5);
  EXPECT_EQ(at(warm, 2), 0.75);
  EXPECT_EQ(at(warm, 9), 1);
  EXPECT_EQ(at(WarmUp{{.mode = "constant", .start_factor = 0.5, .total_iters = 1}}, 4), 0.5);
  EXPECT_EQ(at(WarmUp{{.mode = "constant", .start_factor = 0.5, .total_iters = 1}}, 5), 1);
  EXPECT_EQ(at(Polynomial{{.total_iters = 4, .power = 2, .per = "step"}}, 2), 0.25);
  EXPECT_EQ(at(Polynomial{{.total_iters = 0, .per = "step"}}, 5), 0.5);
  EXPECT_EQ(at(Polynomial{}, 99), 0);
  EXPECT_EQ(at(LambdaSchedule([](std::int64_t epoch) { return 1.0 / static_cast<double>(1 + epoch); }), 15), 0.25);
}

TEST(Schedule, PlateauFollowsAMetric) {
  const Schedule schedule = Plateau{{.factor = 0.5, .patience = 1, .cooldown = 1, .min_lr = 0.2}};
  EXPECT_EQ(schedule.monitor(), "val_loss");
  const auto after = [&](std::vector<double> metric) {
    return schedule.learning_rate({.base_learning_rate = 1, .metric = std::move(metric)});
  };
  EXPECT_EQ(after({}), 1);
  EXPECT_EQ(after({3, 2, 2}), 1);               // one bad epoch: patience
  EXPECT_EQ(after({3, 2, 2, 2}), 0.5);          // the second
  EXPECT_EQ(after({3, 2, 2, 1.9999, 2}), 0.5);  // better by less than a share of 1e-4 is not better
  EXPECT_EQ(after({3, 2, 2, 2, 2, 2}), 0.5);    // the first of them cools down
  EXPECT_EQ(after({3, 2, 2, 2, 2, 2, 2}), 0.25);
  EXPECT_EQ(after({3, 2, 2, 2, 2, 2, 2, 2, 2, 2}), 0.2);
  const Schedule up =
      Plateau{{.monitor = "accuracy", .mode = "max", .patience = 0, .threshold = 0.1, .threshold_mode = "abs"}};
  EXPECT_EQ(up.learning_rate({.base_learning_rate = 1, .metric = {0.5, 0.7}}), 1);
  EXPECT_EQ(up.learning_rate({.base_learning_rate = 1, .metric = {0.5, 0.55}}), 0.1);
}

TEST(Schedule, MadeOfOthers) {
  const Schedule chained =
      Chained{{.schedules = {WarmUp{{.start_factor = 0.5, .total_iters = 1}}, Exponential{{.gamma = 0.5}}}}};
  EXPECT_EQ(at(chained, 0), 0.5);
  EXPECT_EQ(at(chained, 5), 0.5);
  EXPECT_EQ(at(chained, 10), 0.25);
  const Schedule sequence = InSequence{
      {.schedules = {WarmUp{{.start_factor = 0.5, .total_iters = 2, .per = "step"}}, Cosine{{.per = "step"}}},
       .milestones = {2},
       .per = "step"}};
  EXPECT_EQ(at(sequence, 1), 0.75);
  EXPECT_EQ(at(sequence, 2), 1);
  EXPECT_NEAR(at(sequence, 6), 0.5, 1e-12);  // half of the 8 steps left
  const Value table = to_value(sequence);
  EXPECT_EQ(schedule_of(table, "schedule").learning_rate({1, 6, 10, 5}), at(sequence, 6));
  const Schedule plateau = Chained{{.schedules = {Constant{}, Plateau{}}}};
  EXPECT_EQ(plateau.monitor(), "val_loss");
  EXPECT_THROW(Chained(Chained::Options{}), ValueError);
  EXPECT_THROW(Chained({.schedules = {Plateau{}, Plateau{{.monitor = "loss"}}}}), ValueError);
  EXPECT_THROW(InSequence({.schedules = {Constant{}, Constant{}}}), ValueError);
  EXPECT_THROW(InSequence({.schedules = {Constant{}, Constant{}}, .milestones = {0}}), ValueError);
}

TEST(Schedule, RefuseBadOptions) {
  EXPECT_THROW(StepDecay(StepDecay::Options{}), ValueError);
  EXPECT_THROW(StepDecay({.step_size = 1, .gamma = 0}), ValueError);
  EXPECT_THROW(StepDecay({.step_size = 1, .per = "batch"}), ValueError);
  EXPECT_THROW(MultiStepDecay(MultiStepDecay::Options{}), ValueError);
  EXPECT_THROW(MultiStepDecay({.milestones = {3, 2}}), ValueError);
  EXPECT_THROW(Exponential({.per = ""}), ValueError);
  EXPECT_THROW(Cosine({.t_max = -1}), ValueError);
  EXPECT_THROW(Cosine({.eta_min = -1}), ValueError);
  EXPECT_THROW(CosineRestarts(CosineRestarts::Options{}), ValueError);
  EXPECT_THROW(CosineRestarts({.t_0 = 1, .t_mult = 0}), ValueError);
  EXPECT_THROW(WarmUp({.mode = "cubic"}), ValueError);
  EXPECT_THROW(WarmUp({.start_factor = 2}), ValueError);
  EXPECT_THROW(WarmUp({.end_factor = -1}), ValueError);
  EXPECT_THROW(WarmUp({.total_iters = 0}), ValueError);
  EXPECT_THROW(Polynomial({.total_iters = -1}), ValueError);
  EXPECT_THROW(Polynomial({.power = -1}), ValueError);
  EXPECT_THROW(Plateau({.mode = "auto"}), ValueError);
  EXPECT_THROW(Plateau({.factor = 1}), ValueError);
  EXPECT_THROW(Plateau({.patience = -1}), ValueError);
  EXPECT_THROW(Plateau({.threshold_mode = "r"}), ValueError);
  EXPECT_THROW(Plateau({.monitor = ""}), ValueError);
  EXPECT_THROW(LambdaSchedule(nullptr), ValueError);
}

TEST(Schedule, ByName) {
  std::vector<std::string_view> types;
  for (const ScheduleRecord& record : all_schedules()) types.push_back(record.type);
  EXPECT_THAT(types, ElementsAre("chained", "constant", "cosine", "cosine_restarts", "exponential", "multi_step",
                                 "one_cycle", "plateau", "polynomial", "sequential", "step", "warm_up"));
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
