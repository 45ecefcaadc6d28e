// fit_captured_test.cpp - steps as one plan: what changes nothing, and what plans leave to eager execution.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "percept/autograd/autograd.h"
#include "percept/core/mode.h"
#include "percept/nn/taps.h"
#include "percept/optim/optimizers/adam.h"
#include "percept/optim/schedules/one_cycle.h"
#include "percept/train/_fit_test.h"

namespace percept {
namespace {

using testing::HasSubstr;
using namespace fit_test;

// The step as a plan changes nothing that can be seen: a smaller last batch, a schedule, clipping that is part of the
// plan, and a function that looks at the gradients, which keeps the update outside.
TEST(Fit, CapturedIsTheSameToTheBit) {
  const GradientFunction looks = [](std::vector<Tensor> gradients) {
    for (Tensor& gradient : gradients) gradient = max(abs(gradient)).item() > 0.1 ? gradient * 0.5 : gradient;
    return gradients;
  };
  const std::vector<std::vector<GradientFunction>> changes = {
      {}, {clip_norm(0.1)}, {clip_global_norm(0.1), clip_value(0.05)}, {clip_value(0.05), looks}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    std::vector<std::vector<float>> found;
    std::vector<std::vector<double>> losses;
    for (const bool capture : {false, true}) {
      Sequential model = small_model(0.3);
      FitOptions options = usual();
      options.capture = capture;
      options.epochs = 3;
      options.optimizer = Adam{{.learning_rate = 0.01}};
      options.schedule = OneCycle{{.max_learning_rate = 0.05}};
      options.gradient_functions = changes[i];
      losses.push_back(fit(model, quadrants(100), options).at("loss"));
      found.push_back(weights(model));
    }
    EXPECT_EQ(found[0], found[1]) << i;
    EXPECT_EQ(losses[0], losses[1]) << i;
  }
}

// An optimizer of one's own, which may do something else at each step: half the rate at every second one.
struct Alternates {
  struct Options {
    double learning_rate = 0.1;
  };
  static constexpr std::string_view kName = "Alternates";
  Options values = {};
  int steps = 0;
  void step(const std::vector<State*>& all) {
    const NoGrad no_grad;
    const double rate = values.learning_rate * (++steps % 2 == 0 ? 0.5 : 1);
    for (State* state : all) {
      if (!state->grad().defined()) continue;
      assign(*state, state->tensor() - rate * state->grad());
      set_grad(*state, {});
    }
  }
  void prepare(const std::vector<State*>&) {}
  void set_learning_rate(double value) { values.learning_rate = value; }
  double learning_rate() const { return values.learning_rate; }
  std::vector<NamedState> slots() { return {}; }
  Options options() const { return values; }
};

TEST(Fit, AnOptimizerOfOnesOwnStepsEachTime) {
  std::vector<std::vector<float>> found;
  for (const bool capture : {false, true}) {
    Sequential model = small_model();
    FitOptions options = usual();
    options.capture = capture;
    options.optimizer = Alternates{};
    options.schedule = OneCycle{{.max_learning_rate = 0.5}};
    fit(model, quadrants(256), options);
    found.push_back(weights(model));
  }
  EXPECT_EQ(found[0], found[1]);
}

TEST(Fit, GradientsFromElsewhereAreNotPartOfAStep) {
  std::vector<std::vector<float>> found;
  for (const bool capture : {false, true})
    for (const bool leaves : {false, true}) {
      Sequential model = small_model();
      build(model, {2});
      FitOptions options = usual();
      options.capture = capture;
      const auto backward = [&](Progress&) { sum(model(ones({1, 2}))).backward(); };
      if (leaves) options.callbacks = {LambdaCallback{.on_train_begin = backward, .on_step = backward}};
      fit(model, quadrants(128), options);
      found.push_back(weights(model));
    }
  for (const auto& one : found) EXPECT_EQ(one, found[0]);
}

TEST(Evaluate, CapturedIsTheSameToTheBit) {
  Sequential model = small_model(0.3);
  build(model, {2});
  const Dataset data = quadrants(70);  // four batches of 16 and one of 6
  EvaluateOptions options{.loss = CrossEntropyLoss{}, .metrics = {Accuracy{}}, .batch_size = 16, .capture = false};
  const Logs eager = evaluate(model, data, options);
  options.capture = true;
  EXPECT_EQ(evaluate(model, data, options), eager);
  options.loss = {};  // outputs only
  EXPECT_EQ(evaluate(model, data, options).at("accuracy"), eager.at("accuracy"));
}

TEST(Predict, FromSeveralThreadsAtOnce) {
  Sequential model = small_model(0.3);
  build(model, {2});
  const Tensor x = quadrants(200).x();
  const std::vector<float> expected = predict(model, x, 16).to_vector<float>();
  std::vector<std::vector<float>> found(4);
  std::vector<std::thread> threads;
  for (auto& mine : found)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) mine = predict(model, x, 16).to_vector<float>();
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& one : found) EXPECT_EQ(one, expected);
}

// Doubles positive inputs, by looking at them.
struct Looks {
  Linear linear{{.in_features = 2, .out_features = 4}};
  Tensor operator()(const Tensor& x) const { return max(x).item() > 0 ? linear(x) * 2 : linear(x); }
};

TEST(Fit, AModelThatLooksAtValuesNeedsCaptureOff) {
  Looks model;
  FitOptions options = usual();
  options.capture = true;
  try {
    fit(model, quadrants(128), options);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ValueError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("reads the value"), HasSubstr("leave capture off")));
  }
  options.capture = false;
  fit(model, quadrants(128), options);
}

TEST(Fit, TapsSeeEveryStep) {
  Sequential model = small_model();
  build(model, {2});
  Taps taps(model, {"1"});
  FitOptions options = usual();
  options.capture = true;
  double largest = 0;
  options.callbacks = {LambdaCallback{.on_step = [&](Progress&) { largest = max(taps["1"]).item(); }}};
  fit(model, quadrants(128), options);
  EXPECT_GT(largest, 0);
}

}  // namespace
}  // namespace percept
