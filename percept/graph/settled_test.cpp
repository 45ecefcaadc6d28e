// settled_test.cpp - what is worked out once follows the weights, however they change; epilogues and early updates keep
// bits and save memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/core/mode.h"
#include "percept/graph/capture.h"
#include "percept/io/save.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/losses.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/ops/step_observer.h"
#include "percept/optim/optimizers/adam.h"
#include "percept/optim/optimizers/sgd.h"

namespace percept::settled_test {

using testing::HasSubstr;

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
Tensor images(std::int64_t rows, std::uint64_t n) { return uniform({rows, 3, 24, 24}, -1, 1, {7, n}); }
Tensor labels(std::int64_t rows, std::uint64_t n) { return randint({rows}, 0, 4, {8, n}); }

Sequential network() {
  seed(3);
  return Sequential{Conv2d{{.in_channels = 3, .out_channels = 16, .kernel_size = 3, .padding = 1}},
                    BatchNorm2d{{.num_features = 16}},
                    ReLU{},
                    Conv2d{{.in_channels = 16, .out_channels = 8, .kernel_size = 3}},
                    ReLU{},
                    Flatten{},
                    Linear{{.in_features = 8 * 22 * 22, .out_features = 64}},
                    Tanh{},
                    Linear{{.in_features = 64, .out_features = 4}}};
}

class CountSteps : public StepObserver {
 public:
  void ran(const Step&, const Attrs&, const std::string*, StepClock::time_point, StepClock::time_point) override {
    ++count;
  }
  int count = 0;
};

TEST(Settled, FollowsWeightsHoweverTheyChange) {
  Sequential model = network();
  SGD eager_rule{{.learning_rate = 0.1}}, planned_rule{{.learning_rate = 0.1}};
  auto predict = capture([&](const Tensor& x) { return model(x); });
  const auto train = [&](SGD& rule, const Tensor& x, const Tensor& y) {
    const Tensor loss = cross_entropy(model(x), y);
    loss.backward();
    rule.step(parameters(model));
    return loss;
  };
  auto step = capture([&](const Tensor& x, const Tensor& y) { return train(planned_rule, x, y); });
  std::vector<std::vector<float>> seen;
  const auto expect_the_bits_of_eager_execution = [&](const char* after) {
    const NoGrad off;
    for (const std::int64_t rows : {1, 5, 1}) {
      const Tensor x = images(rows, 1);
      EXPECT_EQ(numbers(predict(x)), numbers(model(x))) << after;
    }
    seen.push_back(numbers(predict(images(1, 1))));
    for (std::size_t i = 0; i + 1 < seen.size(); ++i) EXPECT_NE(seen[i], seen.back()) << after;
  };
  expect_the_bits_of_eager_execution("the start");
  {
    const TrainingScope training;
    train(eager_rule, images(6, 2), labels(6, 2));
  }
  expect_the_bits_of_eager_execution("an eager step");
  {
    const TrainingScope training;
    step(images(6, 3), labels(6, 3));
    step(images(6, 4), labels(6, 4));
  }
  expect_the_bits_of_eager_execution("captured steps");
  {
    const TrainingScope training;
    step(images(6, 5), labels(6, 5));
  }
  expect_the_bits_of_eager_execution("one more, in place");
  State& weight = *parameters(model)[0];
  weight.tensor().mutable_data<float>()[0] += 1;
  expect_the_bits_of_eager_execution("a write from outside");
  assign(weight, full(weight.tensor().shape(), 0.01));
  expect_the_bits_of_eager_execution("assign");
}

TEST(Settled, IsWorkedOutOnce) {
  Sequential model = network();
  auto predict = capture([&](const Tensor& x) { return model(x); });
  const NoGrad off;
  const Tensor x = images(2, 1);
  std::vector<int> counts;
  for (int run = 0; run < 3; ++run) {
    CountSteps counter;
    const ObserveSteps observe(counter);
    predict(x);
    counts.push_back(counter.count);
  }
  EXPECT_LT(counts[1], counts[0]);
  EXPECT_EQ(counts[2], counts[1]);
  EXPECT_GT(predict.plans().memory().settled, 0u);
  auto without = capture([&](const Tensor& z) { return model(z); }, {.settle = false});
  EXPECT_EQ(numbers(without(x)), numbers(predict(x)));
  EXPECT_EQ(without.plans().memory().settled, 0u);
}

TEST(Settled, FrozenLayersOfATrainingStep) {
  std::vector<std::string> hashes;
  for (const bool by_plan : {false, true}) {
    Sequential model = network();
    freeze(model[0]);
    Adam rule{{.learning_rate = 0.01}};
    const auto step = [&](const Tensor& x, const Tensor& y) {
      const Tensor loss = cross_entropy(model(x), y);
      loss.backward();
      rule.step(parameters(model));
      return loss;
    };
    auto captured = capture(step);
    const TrainingScope training;
    for (std::uint64_t i = 0; i < 5; ++i) {
      if (i == 3) assign(*states(model)[0].state, full({16, 3, 3, 3}, 0.02));
      by_plan ? captured(images(4, i), labels(4, i)) : step(images(4, i), labels(4, i));
    }
    hashes.push_back(weights_sha256(model));
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

TEST(Settled, EpiloguesRunBehindPiecesWithTheSameBits) {
  Sequential model = network();
  auto with = capture([&](const Tensor& x) { return model(x); });
  auto without = capture([&](const Tensor& x) { return model(x); }, {.fuse_epilogues = false});
  const NoGrad off;
  for (const std::int64_t rows : {1, 3, 33}) {
    const Tensor x = images(rows, 2);
    EXPECT_EQ(numbers(with(x)), numbers(without(x)));
    EXPECT_EQ(numbers(with(x)), numbers(model(x)));
    // Beside the two results, room for a piece of the convolution's per thread, at most as much as all of it.
    const std::size_t between = static_cast<std::size_t>(rows) * 8 * 22 * 22 * sizeof(float);
    EXPECT_LE(with.plans().memory().arena, without.plans().memory().arena + between);
  }
}

// The gradient of each weight is gone before the next one comes.
TEST(EarlyUpdates, GradientsTakeLessMemory) {
  std::size_t arena[2];
  std::string hashes[2];
  for (const bool early : {false, true}) {
    seed(4);
    Sequential model{Linear{{.in_features = 300, .out_features = 300}}, Tanh{},
                     Linear{{.in_features = 300, .out_features = 300}}, Tanh{},
                     Linear{{.in_features = 300, .out_features = 300}}, Tanh{},
                     Linear{{.in_features = 300, .out_features = 4}}};
    Adam rule{{.learning_rate = 0.01}};
    auto step = capture(
        [&](const Tensor& x, const Tensor& y) {
          cross_entropy(model(x), y).backward();
          rule.step(parameters(model));
        },
        {.early_updates = early, .fuse_epilogues = false});
    const TrainingScope training;
    for (std::uint64_t i = 0; i < 4; ++i) step(uniform({5, 300}, -1, 1, {1, i}), labels(5, i));
    arena[early] = step.plans().memory().arena;
    hashes[early] = weights_sha256(model);
  }
  EXPECT_LT(arena[1], arena[0] * 2 / 3);
  EXPECT_EQ(hashes[0], hashes[1]);
}

}  // namespace percept::settled_test
