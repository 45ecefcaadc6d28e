// weights_once_test.cpp - weights that only their packed order keeps: the same answers, and they come back when read.
#include <gtest/gtest.h>

#include <algorithm>

#include "percept/core/mode.h"
#include "percept/graph/capture.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/losses.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizers/sgd.h"

namespace percept::weights_once_test {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
Tensor images(std::int64_t rows, std::uint64_t n) { return uniform({rows, 16, 8, 8}, -1, 1, {7, n}); }

// Two weights of 1.1 and 2 MiB, one that is small.
Sequential network() {
  seed(3);
  return Sequential{Conv2d{{.in_channels = 16, .out_channels = 128, .kernel_size = 12, .padding = 5}}, ReLU{},
                    Conv2d{{.in_channels = 128, .out_channels = 16, .kernel_size = 1}}, Flatten{},
                    Linear{{.in_features = 16 * 7 * 7, .out_features = 700}}};
}

class WeightsOnce : public testing::Test {
 protected:
  WeightsOnce() : model(network()), plain(network()) {
    for (const State* state : parameters(model)) values.push_back(numbers(state->tensor()));
  }
  // Parameters whose pages are the system's.
  std::vector<std::size_t> gone() {
    std::vector<std::size_t> found;
    const auto all = parameters(model);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i]->impl().value.storage()->given_up()) found.push_back(i);
    return found;
  }
  // The captured function's answers against those of a model that never gave anything up.
  void expect_the_plain_answers(std::int64_t rows, const char* when) {
    const NoGrad off;
    EXPECT_EQ(numbers(predict(images(rows, 1))), numbers(plain(images(rows, 1)))) << when;
  }
  // Whether kernels of this build pack at all.
  bool packs() { return predict.plans().memory().settled >= (3u << 20); }

  Sequential model, plain;
  std::vector<std::vector<float>> values;
  Captured<std::function<Tensor(const Tensor&)>> predict = capture(
      std::function<Tensor(const Tensor&)>([this](const Tensor& x) { return model(x); }), {.weights_once = true});
};

TEST_F(WeightsOnce, ComeBackWhenTheyAreRead) {
  for (int i = 0; i < 3; ++i) expect_the_plain_answers(1, "at first");
  std::size_t replaced = 0;  // what the plan says: all of it where products pack, nothing where no kernel does
  for (const std::size_t i : gone()) replaced += values[i].size() * sizeof(float);
  EXPECT_EQ(predict.plans().memory().replaced, replaced);
  if (packs()) {
    EXPECT_EQ(gone(), (std::vector<std::size_t>{0, 4}));
  }
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(numbers(parameters(model)[i]->tensor()), values[i]) << i;
  EXPECT_TRUE(gone().empty());
  expect_the_plain_answers(1, "after reading");
}

TEST_F(WeightsOnce, AnotherShapeHasThemToo) {
  for (const std::int64_t rows : {1, 5, 1, 32, 5}) expect_the_plain_answers(rows, "in turn");
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(numbers(parameters(model)[i]->tensor()), values[i]) << i;
}

TEST_F(WeightsOnce, FollowTraining) {
  const auto train = [](Sequential& net) {
    const TrainingScope training;
    cross_entropy(net(images(4, 2)), randint({4}, 0, 700, {8, 1})).backward();
    SGD{{.learning_rate = 0.1}}.step(parameters(net));
  };
  for (int i = 0; i < 3; ++i) {
    expect_the_plain_answers(2, "between steps");
    train(model);
    train(plain);
  }
  expect_the_plain_answers(2, "after training");
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(numbers(parameters(model)[i]->tensor()), numbers(parameters(plain)[i]->tensor())) << i;
}

// Old weights that somebody still holds come back as they were, though the plan has packed new ones since.
TEST_F(WeightsOnce, OldValuesOutliveNewOnes) {
  expect_the_plain_answers(1, "at first");
  const Tensor old = parameters(model)[0]->impl().value;
  const bool packed = old.storage()->given_up();
  for (Sequential* net : {&model, &plain}) assign(*parameters(*net)[0], full(old.shape(), 0.01));
  expect_the_plain_answers(1, "after assign");
  expect_the_plain_answers(1, "again");
  EXPECT_EQ(old.storage()->given_up(), packed);
  EXPECT_EQ(numbers(old), values[0]);
}

// A small weight that changes costs the large ones nothing.
TEST_F(WeightsOnce, OthersStayWhereTheyAre) {
  expect_the_plain_answers(1, "at first");
  const auto before = gone();
  const PlanMemory memory = predict.plans().memory();
  std::size_t replaced = 0;
  for (const std::size_t i : before) replaced += values[i].size() * sizeof(float);
  EXPECT_EQ(memory.replaced, replaced);
  EXPECT_EQ(memory.peak() - memory.results - memory.kernels,
            std::max(memory.arena + memory.settled - memory.replaced, memory.packing));
  for (Sequential* net : {&model, &plain}) assign(*parameters(*net)[1], full({128}, 0.5));
  const NoGrad off;
  const auto wanted = numbers(plain(images(1, 1)));
  const auto blocks = memory_of(Device::cpu()).stats().system_allocations;
  EXPECT_EQ(numbers(predict(images(1, 1))), wanted);
  EXPECT_EQ(gone(), before);
  EXPECT_EQ(memory_of(Device::cpu()).stats().system_allocations, blocks);
}

TEST_F(WeightsOnce, StayWhereSomebodyHoldsThem) {
  const Tensor held = parameters(model)[4]->impl().value;
  expect_the_plain_answers(1, "held");
  if (packs()) {
    EXPECT_EQ(gone(), (std::vector<std::size_t>{0}));
  }
  EXPECT_EQ(numbers(held), values[4]);
}

TEST_F(WeightsOnce, CopiesAndFreedMemory) {
  expect_the_plain_answers(1, "at first");
  Sequential copy = model;
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(numbers(parameters(copy)[i]->tensor()), values[i]) << i;
  expect_the_plain_answers(3, "given up once more");
  model = network();  // frees what was given up; its memory serves the next
  expect_the_plain_answers(1, "new states");
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(numbers(parameters(model)[i]->tensor()), values[i]) << i;
}

}  // namespace percept::weights_once_test
