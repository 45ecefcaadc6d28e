// capture_test.cpp - captured functions give the bits of eager execution; what they may not do is refused with a line.
#include "percept/graph/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <utility>

#include "percept/autograd/autograd.h"
#include "percept/core/mode.h"
#include "percept/core/trace.h"
#include "percept/graph/plan.h"
#include "percept/io/save.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/max_pool2d.h"
#include "percept/nn/losses.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/optimizers/adam.h"
#include "percept/optim/optimizers/sgd.h"
#include "percept/optim/schedules/one_cycle.h"
#include "tests/refusal.h"

namespace percept::capture_test {

using testing::AllOf;
using testing::HasSubstr;

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
Tensor batch(std::int64_t rows, std::uint64_t n) { return uniform({rows, 3, 8, 8}, -1, 1, {7, n}); }
Tensor labels(std::int64_t rows, std::uint64_t n) { return randint({rows}, 0, 4, {8, n}); }

// Everything whose behaviour depends on the step or keeps statistics.
Sequential network() {
  seed(3);
  return Sequential{Conv2d{{.in_channels = 3, .out_channels = 6, .kernel_size = 3, .padding = 1}},
                    BatchNorm2d{{.num_features = 6}},
                    ReLU{},
                    MaxPool2d{{.kernel_size = 2}},
                    Dropout2d{{.rate = 0.3}},
                    Flatten{},
                    Linear{{.in_features = 96, .out_features = 20}},
                    Tanh{},
                    Dropout{{.rate = 0.5}},
                    Linear{{.in_features = 20, .out_features = 4}}};
}

TEST(Capture, GivesTheBitsOfEagerExecution) {
  const auto f = [](const Tensor& a, const Tensor& b) {
    const Tensor hidden = tanh(matmul(a, transpose(b))) * 0.5 + sum(a, {.axes = {1}, .keepdims = true});
    return std::pair(softmax(hidden, 1), max(hidden));
  };
  auto captured = capture(f);
  for (const std::int64_t rows : {4, 4, 2, 4}) {
    const Tensor a = uniform({rows, 5}, -1, 1, {1, static_cast<std::uint64_t>(rows)}),
                 b = uniform({3, 5}, -1, 1, {2, 2});
    const auto [y, top] = captured(a, b);
    const auto [wanted_y, wanted_top] = f(a, b);
    EXPECT_EQ(numbers(y), numbers(wanted_y));
    EXPECT_EQ(numbers(top), numbers(wanted_top));
  }
  EXPECT_EQ(captured.plans().size(), 2u);  // one for each number of rows
  EXPECT_THAT(captured.plans().text(), AllOf(HasSubstr("matmul"), HasSubstr("argument 0 [4, 5]")));
}

TEST(Capture, MakesAPlanForEachPrecision) {
  const auto f = [](const Tensor& x) { return matmul(x, x) + 1; };
  auto captured = capture(f);
  const Tensor x = uniform({6, 6}, -1, 1, {1, 1});
  const auto exact = numbers(captured(x));
  EXPECT_EQ(exact, numbers(f(x)));
  {
    const PrecisionScope scope(ProductPrecision::bf16_rounded);
    EXPECT_EQ(numbers(captured(x)), numbers(f(x)));
    EXPECT_NE(numbers(captured(x)), exact);
  }
  EXPECT_EQ(numbers(captured(x)), exact);
  EXPECT_EQ(captured.plans().size(), 2u);
}

TEST(Capture, ResultsStayWhenItRunsAgain) {
  auto twice = capture([](const Tensor& x) { return x * 2; });
  const Tensor first = twice(tensor({1., 2.})), second = twice(tensor({3., 4.}));
  EXPECT_EQ(numbers(first), (std::vector<float>{2, 4}));
  EXPECT_EQ(numbers(second), (std::vector<float>{6, 8}));
}

TEST(Capture, TakesViewsAndGivesThem) {
  auto f = capture([](const Tensor& x) { return transpose(x + 1); });
  const Tensor whole = reshape(cast(arange(12), DType::f32), {4, 3});
  EXPECT_EQ(numbers(f(slice(whole, 0, 1, 3))), (std::vector<float>{4, 7, 5, 8, 6, 9}));
  EXPECT_EQ(numbers(f(slice(whole, 0, 2, 4))), (std::vector<float>{7, 10, 8, 11, 9, 12}));
  EXPECT_EQ(f.plans().size(), 1u);  // where the view begins does not matter
}

// Trains both ways, with a smaller last batch in each "epoch", and compares every weight, statistic and slot.
void expect_same_training(const Optimizer& optimizer, const CaptureOptions& options = {}) {
  std::vector<std::string> hashes;
  std::vector<float> losses[2];
  for (const bool by_plan : {false, true}) {
    Sequential model = network();
    Optimizer own = optimizer;
    const auto step = [&](const Tensor& x, const Tensor& y) {
      const Tensor loss = cross_entropy(model(x), y);
      loss.backward();
      own.step(parameters(model));
      return loss;
    };
    auto captured = capture(step, options);
    const TrainingScope training(0, 5);
    for (std::uint64_t i = 0; i < 12; ++i) {
      own.set_learning_rate(0.01 / static_cast<double>(i + 1));
      const std::int64_t rows = i % 4 == 3 ? 3 : 8;
      const Tensor x = batch(rows, i), y = labels(rows, i);
      losses[by_plan].push_back(static_cast<float>((by_plan ? captured(x, y) : step(x, y)).item()));
    }
    EXPECT_EQ(training.step(), 12);
    NamedTensors all;
    for (const NamedState& one : own.slots()) all.emplace_back(one.path, one.state->tensor());
    for (const NamedState& one : states(model)) all.emplace_back(one.path, one.state->tensor().detach());
    hashes.push_back(weights_sha256(TensorFile{.tensors = all}));
    EXPECT_LE(captured.plans().size(), 2u);
  }
  EXPECT_EQ(losses[0], losses[1]) << optimizer.type_name();
  EXPECT_EQ(hashes[0], hashes[1]) << optimizer.type_name();
}

TEST(Capture, TrainsToTheSameBitsWithEveryOptimizer) {
  for (const OptimizerRecord& record : all_optimizers()) {
    if (record.type == "LBFGS") continue;  // it looks at losses within a step
    Value options = Value::object();
    options.set("type", record.type);
    options.set("learning_rate", 0.01);
    expect_same_training(record.make(options, "optimizer"));
  }
}

TEST(Capture, TrainsToTheSameBitsWithOptionsAndGroups) {
  expect_same_training(SGD{{.learning_rate = 0.01, .momentum = 0.9, .dampening = 0.1}});
  expect_same_training(Adam{{.learning_rate = 0.01, .weight_decay = 0.1, .amsgrad = true}}.group(
      "*.bias", {.learning_rate = 0.02, .weight_decay = 0}));
  expect_same_training(Adam{{.learning_rate = 0.01, .weight_decay = 0.1, .decoupled_weight_decay = true}});
}

// What the courses train with: momentum, a one-cycle schedule, dropout, batch norm, a smaller last batch.
TEST(Capture, FiftyStepsOfAOneCycleSchedule) {
  std::vector<std::string> hashes;
  for (const bool by_plan : {false, true, true}) {
    Sequential model = network();
    SGD optimizer{{.learning_rate = 0.1, .momentum = 0.9}};
    const auto step = [&](const Tensor& x, const Tensor& y) {
      const Tensor loss = cross_entropy(model(x), y);
      loss.backward();
      optimizer.step(parameters(model));
      return loss;
    };
    auto captured = capture(step);
    const OneCycle schedule{{.max_learning_rate = 0.1}};
    const TrainingScope training(0, 5);
    for (std::int64_t i = 0; i < 50; ++i) {
      optimizer.set_learning_rate(schedule.learning_rate({.base_learning_rate = 0.1, .step = i, .total_steps = 50}));
      const std::int64_t rows = i % 5 == 4 ? 3 : 8;
      const Tensor x = batch(rows, static_cast<std::uint64_t>(i)), y = labels(rows, static_cast<std::uint64_t>(i));
      by_plan ? captured(x, y) : step(x, y);
    }
    hashes.push_back(weights_sha256(model));
  }
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[1], hashes[2]);
}

TEST(Capture, EveryPassKeepsTheBits) {
  for (const unsigned off : {63u, 1u, 2u, 4u, 8u, 16u, 32u, 31u, 47u, 55u, 59u, 61u, 62u})
    expect_same_training(Adam{{.learning_rate = 0.01}}, {.dead_nodes = (off & 1) == 0,
                                                         .repeated_nodes = (off & 2) == 0,
                                                         .early_updates = (off & 4) == 0,
                                                         .fuse_pointwise = (off & 8) == 0,
                                                         .fuse_epilogues = (off & 16) == 0,
                                                         .settle = (off & 32) == 0});
}

TEST(Capture, GradientsComeOutOfItAndAddUp) {
  Linear layer{{.in_features = 2, .out_features = 1, .bias = false}};
  assign(layer.weight, ones({1, 2}));
  auto f = capture([&](const Tensor& x) { sum(layer(x)).backward(); });
  f(tensor({{1., 2.}}));
  EXPECT_EQ(numbers(layer.weight.grad()), (std::vector<float>{1, 2}));
  f(tensor({{10., 20.}}));
  EXPECT_EQ(numbers(layer.weight.grad()), (std::vector<float>{11, 22}));
}

TEST(Capture, FollowsWhatStatesAreNow) {
  Linear layer{{.in_features = 1, .out_features = 1, .bias = false}};
  auto f = capture([&](const Tensor& x) { return layer(x); });
  for (const double weight : {2., 3.}) {
    assign(layer.weight, full({1, 1}, weight));
    EXPECT_EQ(f(tensor({{1.}})).item(), weight);
  }
  // Frozen in between: a step must not train it any more.
  auto step = capture([&](const Tensor& x) {
    const Tensor y = sum(layer(x) + variable(x * 0));
    y.backward();
    return y;
  });
  step(tensor({{1.}}));
  EXPECT_TRUE(layer.weight.grad().defined());
  set_grad(layer.weight, {});
  freeze(layer);
  step(tensor({{1.}}));
  EXPECT_FALSE(layer.weight.grad().defined());
}

TEST(Capture, WhoHoldsAStatesValueKeepsIt) {
  Linear layer{{.in_features = 1, .out_features = 1, .bias = false}};
  assign(layer.weight, ones({1, 1}));
  SGD optimizer{{.learning_rate = 1}};
  const TrainingScope training;
  auto step = capture([&](const Tensor& x) {
    sum(layer(x)).backward();
    optimizer.step(parameters(layer));
  });
  step(tensor({{1.}}));
  const Tensor before = layer.weight.tensor().detach();
  step(tensor({{1.}}));
  EXPECT_EQ(before.item(), 0);
  EXPECT_EQ(layer.weight.tensor().item(), -1);
  const void* place = layer.weight.impl().value.raw_data();
  step(tensor({{1.}}));
  EXPECT_EQ(layer.weight.impl().value.raw_data(), place);  // nobody else holds it: updated where it is
}

TEST(Capture, MakesPlansOnceAndAFewOfThem) {
  int runs = 0;
  auto f = capture(
      [&](const Tensor& x) {
        ++runs;
        return x + 1;
      },
      {.plans = 2});
  for (const std::int64_t n : {1, 2, 1, 3, 1, 2}) f(ones({n}));
  EXPECT_EQ(f.plans().size(), 2u);
  EXPECT_EQ(runs, 4);  // 1, 2, 3, and 2 again, which had to go for 3
  const NoGrad off;
  f(ones({1}));
  EXPECT_EQ(runs, 5);  // another mode
}

TEST(Capture, NeedsNoMemoryFromTheSystemOnceItRuns) {
  Sequential model = network();
  Adam optimizer;
  auto step = capture([&](const Tensor& x, const Tensor& y) {
    const Tensor loss = cross_entropy(model(x), y);
    loss.backward();
    optimizer.step(parameters(model));
    return loss;
  });
  const TrainingScope training;
  const Tensor x = batch(8, 0), y = labels(8, 0);
  step(x, y), step(x, y);
  const auto before = memory_of(Device::cpu()).stats().system_allocations;
  step(x, y), step(x, y);
  EXPECT_EQ(memory_of(Device::cpu()).stats().system_allocations, before);
  EXPECT_GT(step.plans().memory().arena, 8u * 6 * 8 * 8 * 4);
}

// A step that fails in the middle (a label out of range) changes no weight. As in eager execution, statistics of the
// forward pass have moved by then.
TEST(Capture, AnErrorLeavesTheWeights) {
  seed(1);
  Sequential model{Flatten{}, Linear{{.in_features = 192, .out_features = 4}}};
  Adam optimizer;
  auto step = capture([&](const Tensor& x, const Tensor& y) {
    const Tensor loss = cross_entropy(model(x), y);
    loss.backward();
    optimizer.step(parameters(model));
    return loss;
  });
  const TrainingScope training;
  step(batch(8, 0), labels(8, 0));
  const std::string before = weights_sha256(model);
  EXPECT_THAT(refusal([&] { step(batch(8, 0), full({8}, 9, DType::i64)); }),
              AllOf(HasSubstr("9"), HasSubstr("capture_test.cpp")));
  EXPECT_EQ(weights_sha256(model), before);
  EXPECT_EQ(training.step(), 1);
}

// What a check throws ends the run where it stands: before the updates, whichever passes have moved them. The mean's
// gradient, and so the bias's, is a constant of the recording: nothing else would hold its update back.
TEST(Capture, AChecksErrorComesBeforeTheUpdates) {
  for (const bool early : {true, false})
    for (const bool by_mean : {true, false}) {
      seed(1);
      Sequential model{Flatten{}, Linear{{.in_features = 192, .out_features = 4}}};
      SGD optimizer{{.learning_rate = 0.1, .momentum = 0.9}};
      double limit = 100, seen = 0;
      auto step = capture(
          [&](const Tensor& x, const Tensor& y) {
            const Tensor loss = by_mean ? mean(model(x)) : cross_entropy(model(x), y);
            host_check(loss, [&](double value) {
              seen = value;
              if (value > limit) throw ValueError("too much", "less");
            });
            loss.backward();
            optimizer.step(parameters(model));
            return loss;
          },
          {.early_updates = early});
      const TrainingScope training;
      for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(step(batch(8, i), labels(8, i)).item(), seen);
      const std::string before = weights_sha256(model);
      limit = -100;
      EXPECT_THAT(refusal([&] { step(batch(8, 0), labels(8, 0)); }), HasSubstr("too much"));
      EXPECT_EQ(weights_sha256(model), before);
      EXPECT_EQ(training.step(), 3);
      limit = 100;
      step(batch(8, 0), labels(8, 0));
      EXPECT_NE(weights_sha256(model), before);
    }
}

// Momentum's buffer gets its first value while recording; where that fails, the first step is still to come.
TEST(Capture, ARecordingThatFailsLeavesTheFirstStep) {
  std::vector<float> found[2];
  for (const bool fails_first : {false, true}) {
    Linear layer{{.in_features = 1, .out_features = 1, .bias = false}};
    assign(layer.weight, ones({1, 1}));
    SGD optimizer{{.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.5}};
    const TrainingScope training;
    bool fails = fails_first;
    auto step = capture([&](const Tensor& x) {
      sum(layer(x)).backward();
      optimizer.step(parameters(layer));
      if (std::exchange(fails, false)) (void)x.item();
    });
    if (fails_first) {
      EXPECT_THROW(step(ones({1, 1})), ValueError);
    }
    for (int i = 0; i < 3; ++i) step(ones({1, 1}));
    found[fails_first] = numbers(layer.weight);
  }
  EXPECT_EQ(found[0], found[1]);
}

// Rows of which only one has a kernel stay apart: the reference computes in double.
TEST(Capture, DoesNotFuseWhatTheKernelDeclines) {
  const auto f = [](const Tensor& z) { return cast(exp(z), DType::f64); };
  const Tensor x = uniform({1000}, -2, 2, {1, 9});
  EXPECT_EQ(capture(f)(x).to_vector<double>(), f(x).to_vector<double>());
}

TEST(Capture, InsideAnotherItIsPartOfIt) {
  auto inner = capture([](const Tensor& x) { return x * 2; });
  auto outer = capture([&](const Tensor& x) { return inner(x) + 1; });
  EXPECT_EQ(outer(tensor(3.)).item(), 7);
  EXPECT_EQ(inner.plans().size(), 0u);
}

TEST(Capture, ServesSeveralThreads) {
  Sequential model = network();
  auto f = capture([&](const Tensor& x) { return model(x); });
  const Tensor x = batch(4, 1);
  const NoGrad off;
  const std::vector<float> wanted = numbers(model(x));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const NoGrad quiet;
      for (int k = 0; k < 20; ++k) EXPECT_EQ(numbers(f(x)), wanted);
    });
  for (std::thread& thread : threads) thread.join();
}

// Between joined rows a number is what its dtype can hold, as in the memory of calls one by one.
TEST(Capture, NarrowIntegersWrapBetweenJoinedRows) {
  const Tensor byte = full({5}, 200, DType::u8), real = full({5}, 300., DType::f32), large = full({5}, 5e9, DType::i64);
  const auto chain = [](const Tensor& b, const Tensor& r, const Tensor& l) {
    return std::vector<Tensor>{cast(b + b, DType::f64), cast((b * b) > b, DType::f64),
                               cast(cast(r, DType::u8), DType::i64), cast(cast(l, DType::i32), DType::i64) + l};
  };
  auto planned = capture(chain);
  const std::vector<Tensor> wanted = chain(byte, real, large), found = planned(byte, real, large);
  EXPECT_EQ(cast(wanted[0], DType::i64).to_vector<std::int64_t>()[0], 144);  // 400 - 256
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_EQ(cast(found[i], DType::i64).to_vector<std::int64_t>(),
              cast(wanted[i], DType::i64).to_vector<std::int64_t>())
        << i;
}

}  // namespace percept::capture_test
