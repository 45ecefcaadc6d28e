// fit_optim_test.cpp - fit with schedules that follow a metric, an optimizer that looks several times, and warnings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "percept/base/log.h"
#include "percept/core/mode.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/softmax.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizers/lbfgs.h"
#include "percept/optim/optimizers/sgd.h"
#include "percept/optim/schedules/cosine.h"
#include "percept/optim/schedules/plateau.h"
#include "percept/train/fit.h"

namespace percept {
namespace {

using testing::HasSubstr;

// y = 2 x - 1 at 32 points
TensorDataset line() {
  const Tensor x = uniform({32, 1}, -1, 1, RandomKey{7, 8});
  return TensorDataset(x, 2 * x - 1);
}

TEST(FitOptim, PlateauFollowsTheLogs) {
  Linear model{{.in_features = 1, .out_features = 1}};
  FitOptions options{.loss = MSELoss{}, .optimizer = SGD{{.learning_rate = 0.4}}, .epochs = 4};
  // No loss is better than the first by 1e9: each epoch after the second is bad
  const Plateau::Options each{
      .monitor = "loss", .factor = 0.5, .patience = 0, .threshold = 1e9, .threshold_mode = "abs"};
  options.schedule = Plateau{each};
  const History history = fit(model, line(), options);
  EXPECT_EQ(history.at("learning_rate"), (std::vector<double>{0.4, 0.4, 0.2, 0.1}));
  options.validation_split = 0.25;
  Plateau::Options late = each;
  late.monitor = "val_loss";
  options.schedule = Plateau{late};
  EXPECT_EQ(fit(model, line(), options).at("learning_rate"), (std::vector<double>{0.4, 0.4, 0.2, 0.1}));
  options.validation_split = 0;
  try {
    fit(model, line(), options);
    ADD_FAILURE() << "was not refused";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the schedule plateau monitors val_loss, which is not among"));
    EXPECT_THAT(error.what(), HasSubstr("give fit validation data"));
  }
}

TEST(FitOptim, LBFGSFitsALineInOneStep) {
  Linear model{{.in_features = 1, .out_features = 1}};
  const History history =
      fit(model, line(),
          {.loss = MSELoss{}, .optimizer = LBFGS{{.line_search_fn = "strong_wolfe"}}, .epochs = 2, .batch_size = 32});
  EXPECT_NEAR(model.weight.tensor().item(), 2, 1e-3);
  EXPECT_NEAR(model.bias->tensor().item(), -1, 1e-3);
  EXPECT_GT(history.at("loss")[0], 0.1);
  EXPECT_LT(history.at("loss")[1], 1e-6);
  EXPECT_EQ(history.steps, 2);
}

TEST(FitOptim, WarnsAboutALossThatDoesNotFit) {
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  Sequential model{Linear{{.in_features = 1, .out_features = 2}}, Softmax{}};
  const TensorDataset data(zeros({4, 1}), zeros({4}, DType::i64));
  fit(model, data, {.loss = CrossEntropyLoss{}, .optimizer = SGD{}});
  EXPECT_THAT(said, HasSubstr("the model ends in Softmax, but cross_entropy takes logits"));
  said.clear();
  Sequential right{Linear{{.in_features = 1, .out_features = 2}}};
  fit(right, data, {.loss = CrossEntropyLoss{{.label_smoothing = 0.1}}, .optimizer = SGD{}});
  set_log_sink({});
  EXPECT_EQ(said, "");
}

TEST(FitOptim, ClipsEachAndAll) {
  const std::vector<Tensor> two{from_vector(std::vector<double>{3, 4}, {2}), Tensor(),
                                from_vector(std::vector<double>{0, 12}, {2})};
  const auto values = [](const std::vector<Tensor>& all) {
    std::vector<double> flat = all[0].to_vector<double>();
    for (const double value : all[2].to_vector<double>()) flat.push_back(value);
    return flat;
  };
  using testing::ElementsAre;
  EXPECT_THAT(values(clip_norm(6)(two)), ElementsAre(3, 4, 0, 6));
  EXPECT_THAT(values(clip_global_norm(6.5)(two)), ElementsAre(1.5, 2, 0, 6));
  EXPECT_THAT(values(clip_value(3.5)(two)), ElementsAre(3, 3.5, 0, 3.5));
  // Each half is healthy; their sum would leave f16's range.
  EXPECT_EQ(skip_unless_finite()({full({1000}, 100, DType::f16)}).size(), 1u);
  EXPECT_EQ(skip_unless_finite()({full({2}, INFINITY, DType::f16)}).size(), 0u);
  EXPECT_THROW(clip_norm(0), ValueError);
  EXPECT_THROW(clip_value(-1), ValueError);
  EXPECT_THROW(clip_global_norm(0), ValueError);
  EXPECT_THROW(clip_grad_norm({}, 1, 0), ValueError);
  EXPECT_EQ(clip_grad_norm({}, 1), 0);
}

struct StopAtOnce {
  void on_step(Progress& at) { at.stop = true; }
};

TEST(FitOptim, AnyNumberOfStepsIsCounted) {
  Sequential model{Linear{{.in_features = 1, .out_features = 2}}};
  const TensorDataset data(zeros({7, 1}), zeros({7}, DType::i64));
  const History history = fit(model, data,
                              {.loss = CrossEntropyLoss{},
                               .optimizer = SGD{},
                               .steps = std::numeric_limits<std::int64_t>::max(),
                               .batch_size = 2,
                               .callbacks = {StopAtOnce{}},
                               .schedule = Cosine{}});
  EXPECT_EQ(history.steps, 1);
  EXPECT_EQ(history.params.epochs, std::numeric_limits<std::int64_t>::max() / 4 + 1);
}

}  // namespace
}  // namespace percept
