// capture_refusals_test.cpp - what cannot be the same at every run is refused, and what was replaced is seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "percept/autograd/autograd.h"
#include "percept/core/mode.h"
#include "percept/core/trace.h"
#include "percept/graph/capture.h"
#include "percept/io/save.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/losses.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/optimizers/adam.h"
#include "percept/optim/optimizers/sgd.h"
#include "tests/refusal.h"

namespace percept::capture_refusals_test {

using testing::AllOf;
using testing::HasSubstr;

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
Tensor labels(std::int64_t rows, std::uint64_t n) { return randint({rows}, 0, 4, {8, n}); }

TEST(CaptureRefusals, RefusesWhatDependsOnValues) {
  auto branch = capture([](const Tensor& x) { return sum(exp(x)).item() > 1 ? x : -x; });
  EXPECT_THAT(refusal([&] { branch(tensor({1., 2.})); }),
              AllOf(HasSubstr("reads the value of a tensor that is not computed yet, after sum"), HasSubstr("where()"),
                    HasSubstr("capture_refusals_test.cpp")));
  auto other_thread = capture([](const Tensor& x) {
    std::string said;
    std::thread([&] { said = refusal([&] { (void)x.to_vector<float>(); }); }).join();
    EXPECT_THAT(said, HasSubstr("captured function"));
    return x;
  });
  other_thread(ones({2}));
}

TEST(CaptureRefusals, RefusesTensorsFromOutsideUnlessToldSo) {
  const Tensor weights = tensor({1., 2.});
  auto careless = capture([&](const Tensor& x) { return x * weights; });
  EXPECT_THAT(refusal([&] { careless(ones({2})); }),
              AllOf(HasSubstr("mul: input 1 [2] was made outside the captured function"), HasSubstr("constant(x)"),
                    HasSubstr("capture_refusals_test.cpp")));
  auto careful = capture([&](const Tensor& x) { return x * constant(weights) + tensor({10., 20.}); });
  EXPECT_EQ(numbers(careful(ones({2}))), (std::vector<float>{11, 22}));
  EXPECT_EQ(numbers(careful(ones({2}))), (std::vector<float>{11, 22}));
}

TEST(CaptureRefusals, RefusesTheRest) {
  Tensor kept;
  auto leak = capture([&](const Tensor& x) { return kept = x + 1; });
  EXPECT_THAT(refusal([&] { leak(ones({2})); }), HasSubstr("keeps a tensor beyond its end"));
  EXPECT_THAT(refusal([&] { (void)kept.to_vector<float>(); }), HasSubstr("captured function, which has ended"));
  auto late_use = capture([&](const Tensor& x) { return x + kept; });
  EXPECT_THAT(refusal([&] { late_use(ones({2})); }), HasSubstr("was kept from an earlier run"));
  const Tensor outside = ones({});
  const auto checked = [&](const Tensor& what) {
    auto f = capture([&](const Tensor& x) {
      host_check(what.defined() && what.numel() == 2 ? x : what, [](double) {});
      return x + 1;
    });
    return refusal([&] { f(ones({2})); });
  };
  EXPECT_THAT(checked(outside), HasSubstr("host_check: the tensor [] was made outside the captured function"));
  EXPECT_THAT(checked(ones({2})), HasSubstr("host_check: the tensor is [2]"));
  EXPECT_THAT(checked(Tensor()), HasSubstr("host_check: the tensor is undefined"));
  auto draws = capture([](const Tensor& x) { return x + normal({2}); });
  EXPECT_THAT(refusal([&] { draws(ones({2})); }), HasSubstr("draws from the program's generator"));
  auto f = capture([](const Tensor& x) { return x + 1; });
  EXPECT_THAT(refusal([&] { f(Tensor()); }), HasSubstr("argument 0 is undefined"));
  EXPECT_THAT(refusal([&] { f(variable(ones({2}))); }), HasSubstr("carries a record for gradients"));
  auto nothing = capture([](const Tensor&) { return Tensor(); });
  EXPECT_THAT(refusal([&] { nothing(ones({2})); }), HasSubstr("result 0 of the function is undefined"));
  auto wrong = capture([](const Tensor& x) { return matmul(x, x); });
  EXPECT_THAT(refusal([&] { wrong(ones({2, 3})); }),
              AllOf(HasSubstr("matmul"), HasSubstr("capture_refusals_test.cpp")));
  // Gradients from before the step are not the captured function's to use.
  Linear layer{{.in_features = 1, .out_features = 1}};
  set_grad(layer.weight, ones({1, 1}));
  SGD optimizer;
  const TrainingScope training;
  auto late = capture([&] { optimizer.step(parameters(layer)); });
  EXPECT_THAT(refusal([&] { late(); }), HasSubstr("made outside the captured function"));
}

// What cannot be the same at every run is refused; what was replaced is seen.
TEST(CaptureRefusals, SeesModelsAndOptimizersReplaced) {
  std::vector<std::string> hashes;
  for (const bool by_plan : {false, true}) {
    seed(2);
    Linear model{{.in_features = 2, .out_features = 4}}, best = model;
    Optimizer optimizer = Adam{{.learning_rate = 0.1}};
    const auto step = [&](const Tensor& x, const Tensor& y) {
      const Tensor loss = cross_entropy(model(x), y);
      loss.backward();
      optimizer.step(parameters(model));
      return loss;
    };
    auto captured = capture(step);
    const TrainingScope training;
    for (std::uint64_t i = 0; i < 12; ++i) {
      const Tensor x = uniform({5, 2}, -1, 1, {3, i}), y = labels(5, i);
      by_plan ? captured(x, y) : step(x, y);
      if (i == 3) model = best;
      if (i == 5) optimizer = SGD{{.learning_rate = 0.2, .momentum = 0.5}};
      if (i == 7) model = Linear{{.in_features = 2, .out_features = 4}};
      if (i == 9) optimizer = Adam{{.learning_rate = 0.3, .beta1 = 0.5}};
    }
    hashes.push_back(weights_sha256(model));
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

TEST(CaptureRefusals, RefusesWhatASecondCallInAStepWouldChange) {
  Dropout dropout{{.rate = 0.5}};
  auto twice = capture([&](const Tensor& x) { return dropout(dropout(x)); });
  TrainingScope training;
  const Tensor x = ones({64});
  const std::vector<float> first = numbers(twice(x));
  EXPECT_THAT(refusal([&] { twice(x); }), HasSubstr("for the 3th time in this step"));
  training.next_step();
  EXPECT_NE(numbers(twice(x)), first);
  auto bare = capture([](const Tensor& z) { return percept::dropout(z, 0.5); });
  EXPECT_THAT(refusal([&] { bare(x); }), HasSubstr("bare dropout()"));
  // Gradients from before that the function clears or uses up.
  Linear layer{{.in_features = 1, .out_features = 1}};
  SGD optimizer;
  auto step = capture([&](const Tensor& z) {
    sum(layer(z)).backward();
    optimizer.step(parameters(layer));
  });
  step(ones({1, 1}));
  set_grad(layer.weight, ones({1, 1}));
  EXPECT_THAT(refusal([&] { step(ones({1, 1})); }), HasSubstr("has one from before the call"));
  auto own_scope = capture([&](const Tensor& z) {
    const TrainingScope inner;
    sum(layer(z)).backward();
    optimizer.step(parameters(layer));
  });
  set_grad(layer.weight, {});
  EXPECT_THAT(refusal([&] { own_scope(ones({1, 1})); }), HasSubstr("that the captured function opens itself"));
  auto rate = capture([&] { optimizer.set_learning_rate(0.5); });
  EXPECT_THAT(refusal([&] { rate(); }), HasSubstr("set_learning_rate()"));
}

}  // namespace percept::capture_refusals_test
