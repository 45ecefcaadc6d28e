// recompute_test.cpp - functions whose inside is computed again: the same bits in less memory, eager and captured, with
// everything that must happen once happening once.
#include "percept/autograd/recompute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/autograd/autograd.h"
#include "percept/core/device.h"
#include "percept/core/factories.h"
#include "percept/graph/capture.h"
#include "percept/io/save.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/blocks.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/losses.h"
#include "percept/nn/taps.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizers/adam.h"
#include "tests/refusal.h"

namespace percept {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
Tensor rows(std::uint64_t n) { return uniform({16, 24}, -1, 1, {7, n}); }
Tensor labels(std::uint64_t n) { return randint({16}, 0, 4, {8, n}); }

// A block with everything that remembers: parameters, running statistics, a count of random calls.
Sequential block() {
  return Sequential{Linear{{.in_features = 24, .out_features = 24}}, BatchNorm1d{{.num_features = 24}}, Tanh{},
                    Dropout{{.rate = 0.3}}};
}

struct Model {
  std::vector<Sequential> blocks;
  Linear last{{.in_features = 24, .out_features = 4}};
  int twice = 0;  // 0: as it is; 1: each block recomputed; 2: pairs of blocks, each of them again

  explicit Model(int how, int depth = 4) : twice(how) {
    for (int i = 0; i < depth; ++i) blocks.push_back(block());
  }
  Tensor operator()(const Tensor& x) const {
    Tensor h = x;
    for (std::size_t i = 0; i < blocks.size(); i += 2) {
      const auto pair = [this, i](const Tensor& t) { return one(blocks[i + 1], one(blocks[i], t)); };
      h = twice == 2 ? recompute(pair, h) : pair(h);
    }
    return last(h);
  }
  Tensor one(const Sequential& block, const Tensor& x) const { return twice == 0 ? block(x) : recompute(block, x); }
  PERCEPT_FIELDS(blocks, last);
};

// Every weight, statistic and loss of some training steps.
std::string trained(int twice, bool by_plan) {
  seed(3);
  Model model(twice);
  Adam optimizer{{.learning_rate = 0.01}};
  const auto step = [&](const Tensor& x, const Tensor& y) {
    const Tensor loss = cross_entropy(model(x), y);
    loss.backward();
    optimizer.step(parameters(model));
    return loss;
  };
  auto captured = capture(step);
  const TrainingScope training(0, 5);
  std::string found;
  for (std::uint64_t i = 0; i < 6; ++i)
    found += std::to_string((by_plan ? captured(rows(i), labels(i)) : step(rows(i), labels(i))).item()) + " ";
  return found + weights_sha256(model);
}

TEST(Recompute, TrainsToTheSameBits) {
  const std::string wanted = trained(0, false);
  for (const int twice : {0, 1, 2})
    for (const bool by_plan : {false, true}) EXPECT_EQ(trained(twice, by_plan), wanted) << twice << by_plan;
}

// Parameters of two calls, values used inside and outside, and several results: sums of gradients keep their order.
TEST(Recompute, AddsUpGradientsInTheSameOrder) {
  std::vector<std::vector<float>> grads[2];
  for (const bool again : {false, true}) {
    seed(4);
    Linear a{{.in_features = 24, .out_features = 24}}, b{{.in_features = 24, .out_features = 24}};
    const auto inside = [&](const Tensor& x, const Tensor& z) {
      const Tensor h = tanh(a(x)) * b(z);
      return std::pair(sigmoid(a(h)), exp(h * 0.1));
    };
    const Tensor x = variable(rows(1)), z = a(rows(2));
    const auto [y, w] = again ? recompute(inside, x, z) : inside(x, z);
    const auto [y2, w2] = again ? recompute(inside, y, w * z) : inside(y, w * z);
    const Tensor loss = mean(square(b(y2)) + w2 * w * x);
    for (const Tensor& grad : gradients(loss, {x, a.weight, b.weight, y})) grads[again].push_back(numbers(grad));
    loss.backward();  // the walk may be made again
    for (const State* one : {&a.weight, &*a.bias, &b.weight, &*b.bias}) grads[again].push_back(numbers(one->grad()));
  }
  EXPECT_EQ(grads[0], grads[1]);
}

TEST(Recompute, GradientsCanBeDifferentiatedAgain) {
  const auto inside = [](const Tensor& x) { return sin(x) * exp(x * 0.5); };
  const auto second = [](auto f) {
    return grad([f](const std::vector<Tensor>& in) {
      return sum(square(grad([f](const std::vector<Tensor>& t) { return sum(f(t[0])); })(in)[0]));
    });
  };
  const Tensor x = uniform({20}, -1, 1, {1, 1});
  const auto again = [&](const Tensor& t) { return recompute(inside, t); };
  EXPECT_EQ(numbers(second(again)({x})[0]), numbers(second(inside)({x})[0]));
  const Tensor wide = cast(x, DType::f64);
  EXPECT_LE(check_gradients([&](const std::vector<Tensor>& in) { return sum(again(in[0])); }, {wide}).worst, 1e-7);
}

// What a forward and a backward pass ask of the allocator beyond what was there before.
std::size_t eager_peak(int twice) {
  seed(3);
  Model model(twice, 16);
  const TrainingScope training;
  const Tensor x = uniform({512, 24}, -1, 1, {7, 1});
  mean(model(x)).backward();  // gradients take their memory
  DeviceMemory& memory = memory_of(Device::cpu());
  memory.reset_peak();
  const std::size_t before = memory.stats().in_use;
  mean(model(x)).backward();
  return memory.stats().peak_in_use - before;
}

TEST(Recompute, TakesLessMemory) {
  const std::size_t whole = eager_peak(0), blocks = eager_peak(1), pairs = eager_peak(2);
  EXPECT_LT(blocks, whole / 2) << whole;
  EXPECT_LT(pairs, blocks) << whole;
}

std::size_t planned_arena(int twice, const CaptureOptions& options) {
  seed(3);
  Model model(twice, 16);
  auto step = capture([&](const Tensor& x) { mean(model(x)).backward(); }, options);
  const TrainingScope training;
  step(uniform({512, 24}, -1, 1, {7, 1}));
  return step.plans().memory().arena;
}

// The pass that joins what is computed twice must leave this alone.
TEST(Recompute, PlansTakeLessMemoryWhateverThePasses) {
  for (const CaptureOptions& options :
       {CaptureOptions{}, CaptureOptions{.dead_nodes = false}, CaptureOptions{.repeated_nodes = false},
        CaptureOptions{.fuse_pointwise = false}}) {
    const std::size_t whole = planned_arena(0, options), blocks = planned_arena(1, options),
                      pairs = planned_arena(2, options);
    EXPECT_LT(blocks, whole / 2) << whole;
    EXPECT_LT(pairs, blocks) << whole;
  }
}

// A plan makes each random call and each update of statistics once more for the gradients, or not at all.
TEST(Recompute, StatisticsMoveAndRandomCallsCountOnce) {
  for (const bool by_plan : {false, true}) {
    seed(5);
    Dropout dropout{{.rate = 0.5}};
    BatchNorm1d norm{{.num_features = 24}};
    const auto step = [&](const Tensor& x) {
      const Tensor y = recompute([&](const Tensor& t) { return tanh(norm(dropout(t))); }, x);
      sum(y * y).backward();
      return y.detach();
    };
    auto captured = capture(step);
    const TrainingScope training(0, 9);
    const Tensor x = ones({16, 24});
    by_plan ? captured(x) : step(x);
    EXPECT_EQ(norm.num_batches_tracked->tensor().item(), 1);
    const std::vector<float> next = numbers(dropout(x));  // call 1 of the step
    seed(5);
    const Dropout same{{.rate = 0.5}};
    same(x);
    EXPECT_EQ(next, numbers(same(x))) << by_plan;
  }
}

TEST(Recompute, RunsAgainInTheModeAndWithTheNumbersOfTheFirstRun) {
  std::vector<std::vector<float>> grads;
  for (const bool again : {false, true}) {
    seed(6);
    Linear layer{{.in_features = 24, .out_features = 24}};
    Dropout dropout{{.rate = 0.5}};
    const auto inside = [&](const Tensor& x) {
      return tanh(percept::dropout(dropout(layer(x)), 0.3) + uniform({24}, -1, 1));
    };
    Tensor y;
    {
      const TrainingScope training(3, 9);
      y = again ? recompute(inside, rows(1)) : inside(rows(1));
    }
    dropout(rows(1));
    assign(layer.weight, layer.weight.tensor().detach() * 2);  // the first run's weight counts
    TrainingScope other(4, 1);
    other.next_step();
    sum(y).backward();
    grads.push_back(numbers(layer.weight.grad()));
    grads.push_back(numbers(uniform({4}, 0, 1)));  // the generator has not moved
  }
  EXPECT_EQ(grads[0], grads[2]);
  EXPECT_EQ(grads[1], grads[3]);
}

TEST(Recompute, RunsAgainAtThePrecisionOfTheFirstRun) {
  const auto inside = [](const Tensor& x) { return tanh(matmul(x, x)); };
  const auto gradient = [&](bool again) {
    const Tensor x = variable(uniform({8, 8}, -1, 1, {1, 1}));
    const Tensor y = [&] {
      const PrecisionScope scope(ProductPrecision::bf16_rounded);
      return sum(again ? recompute(inside, x) : inside(x));
    }();
    return numbers(gradients(y, {x})[0]);
  };
  EXPECT_EQ(gradient(true), gradient(false));
}

TEST(Recompute, CallsCapturedFunctionsInside) {
  seed(6);
  const Dropout dropout{{.rate = 0.5}};
  auto inner = capture([&](const Tensor& x) { return tanh(dropout(x)); });
  const TrainingScope training;
  const Tensor x = variable(rows(1)), y = recompute([&](const Tensor& t) { return inner(t) * t; }, x);
  EXPECT_EQ(inner.plans().size(), 0u);
  seed(6);
  const Dropout same{{.rate = 0.5}};
  EXPECT_EQ(numbers(gradients(sum(y), {x})[0]), numbers(gradients(sum(tanh(same(x)) * x), {x})[0]));
}

TEST(Recompute, IsAPlainCallWithoutRecording) {
  int runs = 0;
  const auto inside = [&](const Tensor& x) {
    ++runs;
    return tanh(x);
  };
  const NoGrad off;
  EXPECT_FALSE(recompute(inside, variable(rows(1))).requires_grad());
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(recompute([](const Tensor& a, const Tensor&) { return std::vector{a, a}; }, rows(1), rows(2)).size(), 2u);
}

TEST(Recompute, RunsAgainOnlyForWhatIsMissing) {
  int runs = 0;
  const auto inside = [&](const Tensor& x) {
    ++runs;
    return x + x;  // its gradient needs nothing
  };
  sum(recompute(inside, variable(rows(1)))).backward();
  EXPECT_EQ(runs, 1);
  const auto curved = [&](const Tensor& x) { return tanh(inside(x)); };
  sum(recompute(curved, variable(rows(1)))).backward();
  EXPECT_EQ(runs, 3);
}

TEST(Recompute, ErrorsInsideLeaveNothingBehind) {
  bool fails = true;
  const auto inside = [&](const Tensor& x) {
    const Tensor y = tanh(x);
    return fails ? matmul(y, rows(1)) : y;
  };
  const Tensor x = variable(rows(1));
  EXPECT_THAT(refusal([&] { recompute(inside, x); }), AllOf(HasSubstr("matmul"), HasSubstr("recompute_test.cpp")));
  fails = false;
  const Tensor y = sum(recompute(inside, x));
  fails = true;
  EXPECT_THAT(refusal([&] { y.backward(); }), AllOf(HasSubstr("matmul"), HasSubstr("backward of tanh")));
  fails = false;
  EXPECT_EQ(numbers(gradients(y, {x})[0]), numbers(gradients(sum(tanh(x)), {x})[0]));
}

TEST(Recompute, ErrorsOfLayersNameTheLineOfTheCall) {
  const Linear layer{{.in_features = 3, .out_features = 4}};
  const int line = __LINE__ + 1;
  EXPECT_THAT(refusal([&] { recompute(layer, rows(1)); }),
              AllOf(HasSubstr("Linear"), HasSubstr("recompute_test.cpp:" + std::to_string(line))));
}

TEST(Recompute, RefusesWhatItCannotDo) {
  const Tensor x = variable(rows(1));
  EXPECT_THAT(refusal([&] { recompute([](const Tensor& t) { return gradients(sum(t * t), {t})[0]; }, x); }),
              HasSubstr("inside a function that is given to recompute()"));
  int calls = 0;
  const auto changes = [&](const Tensor& t) { return calls++ == 0 ? tanh(t) : sigmoid(t); };
  EXPECT_THAT(refusal([&] { sum(recompute(changes, x)).backward(); }),
              AllOf(HasSubstr("a call of tanh that gave [16, 24] is now sigmoid [16, 24]"), HasSubstr("by value")));
  const auto shrinks = [&](const Tensor& t) { return calls++ == 2 ? tanh(tanh(t)) : tanh(t); };
  EXPECT_THAT(refusal([&] { sum(recompute(shrinks, x)).backward(); }),
              HasSubstr("2 were recorded for gradients, now 1 are"));
  const auto layer = std::make_unique<Linear>(Linear::Options{.in_features = 24, .out_features = 24});
  calls = 0;
  const auto reads = [&](const Tensor& t) { return calls++ == 0 ? tanh(t) : tanh((*layer)(t)); };
  EXPECT_THAT(refusal([&] { sum(recompute(reads, x)).backward(); }), HasSubstr("it reads more parameters"));
  // The layer itself notices when it is gone.
  Tensor y;
  {
    const Recompute gone{{.layers = {Linear{{.in_features = 24, .out_features = 24}}, Tanh{}}}};
    y = sum(gone(x));
  }
  EXPECT_THAT(refusal([&] { y.backward(); }), HasSubstr("Recompute: the layer is gone"));
}

TEST(Recompute, AsALayerIsASequential) {
  std::vector<std::string> hashes;
  for (const bool again : {false, true}) {
    seed(7);
    Sequential parts = block(), model;
    if (again)
      model.push_back(Recompute{{.layers = std::move(parts)}});
    else
      model.push_back(std::move(parts));
    EXPECT_EQ(states(model)[0].path, "0.0.weight");
    const TrainingScope training;
    int told = 0;
    const CallObserver observer([&](const ModuleRef&, const Tensor&) { ++told; });
    const Tensor y = model(rows(1));
    const int before = told;
    sum(y * y).backward();
    EXPECT_EQ(told, before);  // observers are told of first runs
    Adam optimizer{{.learning_rate = 0.1}};
    optimizer.step(parameters(model));
    hashes.push_back(weights_sha256(model));
  }
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_THAT(refusal([] { Recompute{{}}; }), HasSubstr("Recompute: layers is empty"));
}

}  // namespace
}  // namespace percept
