// fit_test.cpp - training, evaluating and predicting small problems: results, history, NaN, same bits, refusals.
#include "percept/train/fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/log.h"
#include "percept/base/thread_pool.h"
#include "percept/core/mode.h"
#include "percept/train/_fit_test.h"
#include "percept/train/trainer.h"

namespace percept {
namespace {

using testing::HasSubstr;
using namespace fit_test;

TEST(Fit, LearnsASeparableProblem) {
  Sequential model = small_model();
  FitOptions options = usual();
  options.epochs = 30;
  const History history = fit(model, quadrants(512), options);
  EXPECT_GT(history.last("accuracy"), 0.97);
  EXPECT_LT(history.last("loss"), history.at("loss")[0] / 3);
  const Logs results = evaluate(model, quadrants(200), {.loss = CrossEntropyLoss{}, .metrics = {accuracy()}});
  EXPECT_GT(results.at("accuracy"), 0.95);
}

TEST(Fit, HistoryHoldsWhatHappened) {
  Sequential model = small_model();
  FitOptions options = usual();
  options.epochs = 3;
  options.validation_split = 0.25;
  const History history = fit(model, quadrants(100), options);  // 75 to train: 3 batches of 32, 32, 11
  std::vector<std::string> names;
  for (const auto& [name, values] : history.metrics) {
    names.push_back(name);
    EXPECT_EQ(values.size(), 3u) << name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"accuracy", "loss", "val_accuracy", "val_loss"}));
  EXPECT_EQ(history.epoch, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(history.params.epochs, 3);
  EXPECT_EQ(history.params.steps, 3);
  EXPECT_EQ(history.params.batch_size, 32);
  EXPECT_EQ(history.steps, 9);
  EXPECT_EQ(history.samples, 225);
  EXPECT_GT(history.images_per_second, 0);
  EXPECT_THROW(history.at("acuracy"), UsageError);
  // Means over samples: multiples of 1/75, of 1/25 in validation.
  for (const double value : history.at("accuracy")) EXPECT_NEAR(value * 75, std::round(value * 75), 1e-9);
  for (const double value : history.at("val_accuracy")) EXPECT_NEAR(value * 25, std::round(value * 25), 1e-9);
}

TEST(Fit, ValidationIsWhatEvaluateGives) {
  Sequential model = small_model(0.5);
  FitOptions options = usual();
  options.validation = quadrants(70);
  const History history = fit(model, quadrants(100), options);
  const Logs results = evaluate(model, quadrants(70), {.loss = CrossEntropyLoss{}, .metrics = {accuracy()}});
  EXPECT_EQ(history.last("val_loss"), results.at("loss"));
  EXPECT_EQ(history.last("val_accuracy"), results.at("accuracy"));
}

TEST(Fit, StepsEndInTheMiddleOfAnEpoch) {
  Sequential model = small_model();
  FitOptions options = usual();
  options.steps = 10;  // 4 per epoch
  const History history = fit(model, quadrants(128), options);
  EXPECT_EQ(history.steps, 10);
  EXPECT_EQ(history.epochs, 3);
  EXPECT_EQ(history.samples, 320);
}

TEST(Fit, SameSeedSameBitsForAnyWorkersAndThreads) {
  const auto trained = [](std::uint64_t seed_of_fit, int workers, std::int64_t steps) {
    Sequential model = small_model(0.5);
    FitOptions options = usual();
    options.steps = steps;
    options.seed = seed_of_fit;
    options.num_workers = workers;
    fit(model, quadrants(200), options);
    return weights(model);
  };
  const int before = num_threads();
  const auto expected = trained(0, 0, 20);
  EXPECT_EQ(trained(0, 0, 20), expected);
  EXPECT_EQ(trained(0, 1, 20), expected);
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    EXPECT_EQ(trained(0, 4, 20), expected) << threads;
  }
  set_num_threads(before);
  EXPECT_NE(trained(1, 0, 20), expected);
  EXPECT_NE(trained(0, 0, 21), expected);
}

// 64 samples, the 40th with NaN.
TensorDataset spoiled() {
  std::vector<float> x = quadrants(64).x().to_vector<float>();
  x[80] = std::numeric_limits<float>::quiet_NaN();
  return TensorDataset(from_vector(x, {64, 2}), quadrants(64).y());
}

TEST(Fit, NaNLossStopsBeforeTheWeightsAreTouched) {
  Sequential model = small_model(), other = small_model();
  FitOptions options = usual();
  options.batch_size = 8;
  options.shuffle = false;
  std::string text;
  try {
    fit(model, spoiled(), options);
  } catch (const NotANumberError& error) {
    text = error.what();
  }
  EXPECT_THAT(text, AllOf(HasSubstr("loss is nan at step 5"), HasSubstr("learning_rate is 0.5"),
                          HasSubstr("lower learning_rate"), HasSubstr("on_nan")));
  options.steps = 5;
  fit(other, spoiled(), options);
  EXPECT_EQ(weights(model), weights(other));
}

TEST(Fit, NaNLossIsSkippedWhenAsked) {
  Sequential model = small_model();
  FitOptions options = usual();
  options.batch_size = 8;
  options.shuffle = false;
  options.on_nan = "skip";
  int warnings = 0;
  set_log_sink([&](LogLevel level, std::string_view) { warnings += level == LogLevel::warning; });
  const History history = fit(model, spoiled(), options);
  set_log_sink({});
  EXPECT_EQ(history.skipped_steps, 1);
  EXPECT_EQ(history.steps, 8);
  EXPECT_EQ(warnings, 1);
  EXPECT_TRUE(std::isfinite(history.last("loss")));
  for (const float value : weights(model)) ASSERT_TRUE(std::isfinite(value));
}

TEST(Fit, GradientFunctionsActBeforeTheUpdate) {
  Sequential model = small_model();
  FitOptions options = usual();
  options.steps = 1;
  build(model, {2});
  const auto before = weights(model);
  options.gradient_functions = {clip_global_norm(0.01)};
  fit(model, quadrants(32), options);
  const auto after = weights(model);
  double squares = 0;
  for (std::size_t i = 0; i < before.size(); ++i) squares += std::pow(double(after[i]) - double(before[i]), 2);
  EXPECT_NEAR(std::sqrt(squares), 0.5 * 0.01, 1e-6);  // SGD moves by learning_rate times the clipped norm
  options.gradient_functions = {[](std::vector<Tensor>) { return std::vector<Tensor>{}; }};
  EXPECT_EQ(fit(model, quadrants(32), options).skipped_steps, 1);
  EXPECT_EQ(weights(model), after);
}

TEST(Fit, CallbacksHearInOrderAndMayStop) {
  Sequential model = small_model();
  FitOptions options = usual();
  options.epochs = 5;
  std::string heard;
  options.callbacks = {LambdaCallback{.on_train_begin = [&](Progress&) { heard += "b"; },
                                      .on_epoch_begin = [&](Progress&) { heard += "("; },
                                      .on_step = [&](Progress& at) { heard += "s", at.stop = at.step == 3; },
                                      .on_epoch_end = [&](Progress&) { heard += ")"; },
                                      .on_train_end = [&](Progress&) { heard += "e"; }}};
  EXPECT_EQ(fit(model, quadrants(64), options).epochs, 2);
  EXPECT_EQ(heard, "b(ss)(s)e");
}

TEST(Fit, RefusesBadOptions) {
  Sequential model = small_model();
  const auto refuse = [&](auto change) {
    FitOptions options = usual();
    change(options);
    fit(model, quadrants(10), options);
  };
  EXPECT_THROW(refuse([](FitOptions& o) { o.batch_size = 0; }), ValueError);
  EXPECT_THROW(refuse([](FitOptions& o) { o.epochs = 0; }), ValueError);
  EXPECT_THROW(refuse([](FitOptions& o) { o.steps = -1; }), ValueError);
  EXPECT_THROW(refuse([](FitOptions& o) { o.on_nan = "ignore"; }), ValueError);
  EXPECT_THROW(refuse([](FitOptions& o) { o.validation_split = 1; }), ValueError);
  EXPECT_THROW(refuse([](FitOptions& o) { o.optimizer.reset(); }), UsageError);
  EXPECT_THROW(refuse([](FitOptions& o) { o.loss = {}; }), UsageError);
  EXPECT_THROW(
      fit(model,
          quadrants(10).get({}).x.defined() ? TensorDataset(zeros({0, 2}), zeros({0}, DType::i64)) : quadrants(1),
          usual()),
      ValueError);
}

TEST(Evaluate, LeavesTheTrainingScopeOutside) {
  Sequential model = small_model(0.9);
  build(model, {2});
  const Logs expected = evaluate(model, quadrants(50), {.loss = CrossEntropyLoss{}});
  const TrainingScope training;
  EXPECT_EQ(evaluate(model, quadrants(50), {.loss = CrossEntropyLoss{}}), expected);
  EXPECT_FALSE(evaluate(model, quadrants(50), {.metrics = {accuracy()}}).contains("loss"));
}

TEST(Predict, JoinsBatchesInOrder) {
  Sequential model = small_model();
  build(model, {2});
  const TensorDataset data = quadrants(37);
  const Tensor whole = predict(model, data);
  EXPECT_EQ(whole.shape(), Shape({37, 4}));
  EXPECT_FALSE(whole.requires_grad());
  EXPECT_EQ(predict(model, data, 5).to_vector<float>(), whole.to_vector<float>());
  EXPECT_EQ(predict(model, data.x(), 8).to_vector<float>(), whole.to_vector<float>());
}

TEST(Trainer, TakesAnotherStep) {
  Sequential model = small_model();
  build(model, {2});
  Trainer trainer(model, {.optimizer = SGD{{.learning_rate = 0.5}}, .epochs = 2});
  int steps = 0;
  trainer.step = [&](const Batch& batch) {
    ++steps;
    return cross_entropy(model(batch.x), batch.y) * 0.5;
  };
  const History history = trainer.run(DataLoader(quadrants(64), {.shuffle = true}));
  EXPECT_EQ(steps, 4);
  EXPECT_LT(history.last("loss"), history.at("loss")[0]);
}

}  // namespace
}  // namespace percept
