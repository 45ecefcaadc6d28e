// plan_report_test.cpp - plans as tables and drawings.
#include "percept/graph/plan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/graph/capture.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/losses.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizers/sgd.h"

namespace percept {
namespace {

using testing::HasSubstr;

struct Step {
  Sequential model{Linear{{.in_features = 3, .out_features = 4}}, ReLU{},
                   Linear{{.in_features = 4, .out_features = 2}}};
  SGD optimizer{{.learning_rate = 0.1, .momentum = 0.9}};
  Tensor x = ones({5, 3}), y = zeros({5}, DType::i64);
  std::vector<Tensor> operator()(const std::vector<Tensor>& in) {
    const Tensor loss = cross_entropy(model(in[0]), in[1]);
    loss.backward();
    optimizer.step(parameters(model));
    return {loss};
  }
};

TEST(PlanReport, LooksAheadWithoutRunning) {
  Step step;
  const TrainingScope training;
  PlanCache plans;
  const std::vector<float> before = parameters(step.model)[0]->impl().value.to_vector<float>();
  const PlanReport ahead = plans.look_ahead([&](const auto& in) { return step(in); }, {step.x, step.y});
  EXPECT_EQ(plans.size(), 0u);
  EXPECT_EQ(parameters(step.model)[0]->impl().value.to_vector<float>(), before);
  EXPECT_FALSE(parameters(step.model)[0]->grad().defined());

  // What it said is what the third step then does; the first makes the slots of momentum.
  for (int i = 0; i < 3; ++i) plans.run([&](const auto& in) { return step(in); }, {step.x, step.y});
  const PlanReport ran = plans.report();
  ASSERT_EQ(ahead.calls.size(), ran.calls.size());
  for (std::size_t i = 0; i < ran.calls.size(); ++i) EXPECT_EQ(ahead.calls[i].op, ran.calls[i].op) << i;
  EXPECT_EQ(ahead.memory.arena, ran.memory.arena);
  EXPECT_EQ(ahead.memory.states, ran.memory.states);
  // 3 * 4 + 4 + 4 * 2 + 2 = 26 numbers, and as many of momentum.
  EXPECT_EQ(ran.memory.states, 2u * 26 * 4);
}

// Also of a step that no machine holds: each of its values would take 4 TB.
TEST(PlanReport, LooksAtWhatDoesNotFit) {
  PlanCache plans;
  const Tensor x = expand(ones({1}), {std::int64_t{1} << 40});
  const PlanReport report = plans.look_ahead(
      [](const std::vector<Tensor>& in) { return std::vector<Tensor>{sum(cumsum(in[0], 0) * in[0])}; }, {x});
  EXPECT_GE(report.memory.arena, std::size_t{1} << 42);
}

// Forward 2 * 5 * 3 * 4 and 2 * 5 * 4 * 2; the gradient of both weights and of the hidden units, not of x.
TEST(PlanReport, CountsOperations) {
  Step step;
  const TrainingScope training;
  PlanCache plans;
  const PlanReport report = plans.look_ahead([&](const auto& in) { return step(in); }, {step.x, step.y});
  EXPECT_DOUBLE_EQ(report.flops(), 2 * 120 + 3 * 80);
}

TEST(PlanReport, ConvolutionsCountTheirGradients) {
  Conv2d conv{{.in_channels = 2, .out_channels = 3, .kernel_size = 3}};
  PlanCache plans;
  const Tensor x = ones({2, 2, 6, 5});
  const PlanReport report = plans.look_ahead(
      [&](const std::vector<Tensor>& in) {
        const Tensor y = conv(in[0]);
        sum(square(y)).backward();
        return std::vector<Tensor>{y};
      },
      {x});
  EXPECT_DOUBLE_EQ(report.flops(), 2 * (2.0 * (2 * 3 * 4 * 3) * (2 * 3 * 3)));  // y, and the weight's gradient
}

TEST(PlanReport, GradientsBelongToTheirLayer) {
  Step step;
  const TrainingScope training;
  PlanCache plans;
  const PlanReport report = plans.look_ahead([&](const auto& in) { return step(in); }, {step.x, step.y});
  int in_last = 0;
  for (const PlannedCall& call : report.calls) in_last += call.op == "matmul" && call.layer == "2";
  EXPECT_EQ(in_last, 3);  // forward, and both gradients
}

TEST(PlanReport, DrawsWhatNamesContain) {
  PlanReport report{.calls = {{.op = "a<b>&\"c\"\\", .kernel = "k", .results = {{"%0", "[1]", "f32", "contiguous", 4}}},
                              {.op = "next", .kernel = "k", .inputs = {{"%0", "[1]", "f32", "contiguous", 4}}}}};
  EXPECT_THAT(to_svg(report), HasSubstr("a&lt;b&gt;&amp;&quot;c&quot;\\"));
  EXPECT_THAT(to_dot(report), HasSubstr("label=\"a<b>&\\\"c\\\"\\\\\\n[1]\""));
  EXPECT_THAT(to_dot(report), HasSubstr("n0 -> n1"));
  EXPECT_EQ(to_json(to_value(report)).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace percept
