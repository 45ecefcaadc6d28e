// optimizer_test.cpp - optimizers against steps worked by hand, their slots and refusals; XOR is learned.
#include "percept/optim/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/autograd/autograd.h"
#include "percept/base/log.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/optimizers/adadelta.h"
#include "percept/optim/optimizers/adagrad.h"
#include "percept/optim/optimizers/adam.h"
#include "percept/optim/optimizers/adamax.h"
#include "percept/optim/optimizers/adamw.h"
#include "percept/optim/optimizers/lbfgs.h"
#include "percept/optim/optimizers/lion.h"
#include "percept/optim/optimizers/muon.h"
#include "percept/optim/optimizers/nadam.h"
#include "percept/optim/optimizers/rmsprop.h"
#include "percept/optim/optimizers/sgd.h"
#include "tests/refusal.h"

namespace percept::optimizer_test {

using testing::ElementsAre;
using testing::HasSubstr;

// One weight that starts at 1 and whose gradient is 0.5 at every step.
struct One {
  Parameter weight{{1}, [](const Shape& shape, RandomKey) { return ones(shape); }};
};

struct Two {
  Linear used{{.in_features = 1, .out_features = 1, .bias = false}};
  Linear idle{{.in_features = 1, .out_features = 1, .bias = false}};
};

std::vector<double> path_of(Optimizer optimizer, int steps) {
  One model;
  TrainingScope training;
  std::vector<double> values;
  for (int step = 0; step < steps; ++step) {
    sum(0.5 * model.weight).backward();
    optimizer.step(parameters(model));
    values.push_back(model.weight.tensor().item());
  }
  EXPECT_EQ(training.step(), steps);
  EXPECT_FALSE(model.weight.grad().defined());
  return values;
}

void expect_near(const std::vector<double>& got, const std::vector<double>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1e-6) << "step " << i;
}

TEST(Optimizer, SGDByHand) {
  expect_near(path_of(SGD{{.learning_rate = 0.1}}, 2), {0.95, 0.9});
  // v = 0.5, 0.95
  expect_near(path_of(SGD{{.learning_rate = 0.1, .momentum = 0.9}}, 2), {0.95, 0.855});
  // v = 0.5 (the first is not dampened), 0.9 * 0.5 + 0.5 * 0.5 = 0.7
  expect_near(path_of(SGD{{.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.5}}, 2), {0.95, 0.88});
  // g + momentum v = 0.5 + 0.45, 0.5 + 0.9 * 0.95
  expect_near(path_of(SGD{{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}}, 2), {0.905, 0.7695});
  // g = 0.5 + 0.1 p
  expect_near(path_of(SGD{{.learning_rate = 0.1, .weight_decay = 0.1}}, 2), {0.94, 0.8806});
}

// Its own products stay exact where a model's are not.
TEST(Optimizer, MuonIsNotRoundedByThePrecisionOfProducts) {
  const auto stepped = [](ProductPrecision precision) {
    seed(5);
    Linear layer{{.in_features = 7, .out_features = 9, .bias = false}};
    const TrainingScope training;
    sum(square(layer(uniform({4, 7}, -1, 1, {1, 1})))).backward();
    const PrecisionScope scope(precision);
    Muon{{.learning_rate = 0.1}}.step(parameters(layer));
    return layer.weight.tensor().to_vector<float>();
  };
  EXPECT_EQ(stepped(ProductPrecision::bf16_rounded), stepped(ProductPrecision::f32));
}

TEST(Optimizer, AdaptiveOnesByHand) {
  // A constant gradient: m / (1 - beta1^t) = 0.5, sqrt(v / (1 - beta2^t)) = 0.5, so that each step is the rate.
  expect_near(path_of(Adam{{.learning_rate = 0.1}}, 3), {0.9, 0.8, 0.7});
  // s = 0.01 * 0.25, sqrt = 0.05; then s = 0.99 * 0.0025 + 0.0025, sqrt = 0.0705337
  expect_near(path_of(RMSprop{{}}, 2), {0.9, 0.9 - 0.005 / 0.0705337});
  // s = 0.025, d = 0.001 / sqrt(0.025001) * 0.5 = 0.00316221
  expect_near(path_of(Adadelta{{}}, 1), {1 - 0.00316221});
}

TEST(Optimizer, OptionsByHand) {
  expect_near(path_of(SGD{{.learning_rate = 0.1, .maximize = true}}, 2), {1.05, 1.1});
  // Decoupled: p (1 - 0.1 * 0.5), then the step of 0.05
  expect_near(path_of(SGD{{.learning_rate = 0.1, .weight_decay = 0.5, .decoupled_weight_decay = true}}, 2),
              {0.9, 0.805});
  expect_near(path_of(AdamW{{.learning_rate = 0.1, .weight_decay = 0.5}}, 2), {0.85, 0.7075});
  expect_near(path_of(Adam{{.learning_rate = 0.1, .weight_decay = 0.5, .decoupled_weight_decay = true}}, 2),
              {0.85, 0.7075});
  expect_near(path_of(Adam{{.learning_rate = 0.1, .amsgrad = true}}, 3), {0.9, 0.8, 0.7});
  // s = 0.25, 0.5: steps of 0.1 and of 0.1 * 0.5 / sqrt(0.5)
  expect_near(path_of(Adagrad{{.learning_rate = 0.1}}, 2), {0.9, 0.9 - 0.0707107});
  // From 0.75: s = 1, then 1.25; the second rate is 0.1 / 2
  expect_near(path_of(Adagrad{{.learning_rate = 0.1, .lr_decay = 1, .initial_accumulator_value = 0.75}}, 2),
              {0.95, 0.95 - 0.05 * 0.5 / 1.1180340});
  expect_near(path_of(Adamax{{.learning_rate = 0.1}}, 2), {0.9, 0.8});
  expect_near(path_of(Lion{{.learning_rate = 0.1}}, 2), {0.9, 0.8});
  expect_near(path_of(Lion{{.learning_rate = 0.1, .weight_decay = 1}}, 2), {0.8, 0.62});
  // b = 0.5, then 0.9 * 0.5 / 0.05 + ...: with momentum the second step is 0.9 of the first more
  expect_near(path_of(RMSprop{{.learning_rate = 0.1, .alpha = 0, .momentum = 0.5}}, 2), {0.9, 0.75});
  // mu = 0.45, 0.9 * (1 - 0.5 * 0.96^2 ...): with momentum_decay 0 mu is 0.45 throughout; m = 0.05, d = 0.5:
  // 0.1 * (0.55 / 0.55 * 0.5 + 0.45 / (1 - 0.2025) * 0.05) / 0.5
  expect_near(path_of(NAdam{{.learning_rate = 0.1, .momentum_decay = 0}}, 1), {1 - 0.1 - 0.1 * 0.5642633 * 0.1});
}

TEST(Optimizer, LBFGSFindsTheMinimum) {
  One model;
  LBFGS optimizer{{.line_search_fn = "strong_wolfe"}};
  const TrainingScope training;
  int calls = 0;
  const auto closure = [&] {
    ++calls;
    const Tensor loss = square(model.weight - 3) + 1;
    loss.backward();
    return sum(loss);
  };
  EXPECT_NEAR((Optimizer(optimizer).step(parameters(model), closure).item()), 5, 1e-6);
  EXPECT_NEAR(model.weight.tensor().item(), 3, 1e-4);
  EXPECT_GT(calls, 1);
  EXPECT_TRUE(Optimizer(optimizer).needs_closure());
  EXPECT_FALSE(Optimizer(SGD()).needs_closure());
  EXPECT_THAT(refusal([&] { optimizer.step(parameters(model)); }), HasSubstr("LBFGS: step() without a closure"));
  Optimizer plain = SGD{{.learning_rate = 0.5}};  // others call it once
  assign(model.weight, ones({1}));
  plain.step(parameters(model), closure);
  EXPECT_NEAR(model.weight.tensor().item(), 3, 1e-5);
}

// What was learned of the slope is of no use for other parameters.
TEST(Optimizer, LBFGSForgetsWhereTheParametersChange) {
  Linear model{{.in_features = 3, .out_features = 1}};
  LBFGS optimizer{{.max_iter = 3}};
  const TrainingScope training;
  const Tensor x = tensor({{1., 2., 3.}, {-1., 0., 1.}}), y = tensor({{1.}, {2.}});
  const auto step = [&] {
    return optimizer.step(parameters(model), [&] {
      const Tensor loss = mse_loss(model(x), y);
      loss.backward();
      return loss;
    });
  };
  const double first = step().item();
  model.bias->set_trainable(false);
  const double second = step().item();
  model.bias->set_trainable(true);
  const double third = step().item();
  EXPECT_LT(second, first);
  EXPECT_LT(third, second);
}

TEST(Optimizer, SlotsHaveThePathsOfTheirParameters) {
  Linear layer{{.in_features = 2, .out_features = 1}};
  Optimizer optimizer = Adam{};
  EXPECT_EQ(optimizer.type_name(), "Adam");
  optimizer.prepare(parameters(layer));
  std::vector<std::string> paths;
  for (const NamedState& slot : optimizer.slots()) paths.push_back(slot.path);
  EXPECT_THAT(paths, ElementsAre("weight.exp_avg", "weight.exp_avg_sq", "weight.step", "bias.exp_avg",
                                 "bias.exp_avg_sq", "bias.step"));
  TrainingScope training;
  sum(layer(ones({1, 2}))).backward();
  const Optimizer before = optimizer;
  optimizer.step(parameters(layer));
  EXPECT_EQ(optimizer.slots()[2].state->tensor().item(), 1);
  EXPECT_NEAR(optimizer.slots()[0].state->tensor().to_vector<float>()[0], 0.1, 1e-6);
  Optimizer copy = before;
  EXPECT_EQ(copy.slots()[2].state->tensor().item(), 0);  // a copy has slots of its own
  EXPECT_TRUE((Optimizer(SGD{}).slots().empty()));
}

TEST(Optimizer, ResumesFromItsSlots) {
  One model, resumed;
  Optimizer optimizer = SGD{{.learning_rate = 0.1, .momentum = 0.9}}, other = optimizer;
  TrainingScope training;
  auto step = [](One& one, Optimizer& with) {
    sum(0.5 * one.weight).backward();
    with.step(parameters(one));
  };
  step(model, optimizer);
  copy_states(model, resumed);
  other.prepare(parameters(resumed));
  EXPECT_FALSE(other.slots()[0].state->built());  // momentum_buffer has no value before the first step
  assign(*other.slots()[0].state, optimizer.slots()[0].state->tensor());
  step(model, optimizer);
  step(resumed, other);
  EXPECT_EQ(resumed.weight.tensor().item(), model.weight.tensor().item());
  EXPECT_NEAR(model.weight.tensor().item(), 0.855, 1e-6);
}

TEST(Optimizer, SkipsWhatHasNoGradient) {
  Two model;
  const double before = model.idle.weight.tensor().item();
  Adam optimizer;
  TrainingScope training;
  sum(model.used(ones({1, 1}))).backward();
  optimizer.step(parameters(model));
  EXPECT_EQ(model.idle.weight.tensor().item(), before);
  EXPECT_EQ(optimizer.slots().size(), 3u);
  // Gradients add up over several backward calls.
  const double start = model.used.weight.tensor().item();
  for (int i = 0; i < 2; ++i) sum(model.used(ones({1, 1}))).backward();
  SGD{{.learning_rate = 1}}.step(parameters(model));
  EXPECT_NEAR(model.used.weight.tensor().item(), start - 2, 1e-6);
}

TEST(Optimizer, Refusals) {
  One model;
  SGD optimizer;
  EXPECT_THAT(refusal([&] { optimizer.step(parameters(model)); }),
              HasSubstr("SGD: step() outside a TrainingScope\n  fix: open one"));
  EXPECT_THAT(refusal([] { SGD({.learning_rate = -1}); }), HasSubstr("SGD: learning_rate is -1"));
  EXPECT_THAT(refusal([&] { optimizer.set_learning_rate(std::nan("")); }), HasSubstr("learning_rate is nan"));
  EXPECT_THAT(refusal([] { SGD({.nesterov = true}); }), HasSubstr("nesterov needs a momentum"));
  EXPECT_THAT(refusal([] { Adam({.beta1 = 1}); }), HasSubstr("Adam: beta1 is 1"));
  EXPECT_THAT(refusal([] { Adam({.beta2 = -0.1}); }), HasSubstr("Adam: beta2 is -0.1"));
  EXPECT_THAT(refusal([] { Adadelta({.rho = 1.5}); }), HasSubstr("Adadelta: rho is 1.5"));
  EXPECT_THAT(refusal([] { RMSprop({.eps = -1}); }), HasSubstr("RMSprop: eps is -1"));
  EXPECT_THAT(refusal([] { RMSprop({.momentum = -1}); }), HasSubstr("RMSprop: momentum is -1"));
  EXPECT_THAT(refusal([] { RMSprop({.alpha = -1}); }), HasSubstr("RMSprop: alpha is -1"));
  EXPECT_THAT(refusal([] { AdamW({.beta1 = 1}); }), HasSubstr("AdamW: beta1 is 1"));
  EXPECT_THAT(refusal([] { AdamW({.weight_decay = -1}); }), HasSubstr("AdamW: weight_decay is -1"));
  EXPECT_THAT(refusal([] { Adamax({.beta2 = 1}); }), HasSubstr("Adamax: beta2 is 1"));
  EXPECT_THAT(refusal([] { NAdam({.momentum_decay = -1}); }), HasSubstr("NAdam: momentum_decay is -1"));
  EXPECT_THAT(refusal([] { Adagrad({.lr_decay = -1}); }), HasSubstr("Adagrad: lr_decay is -1"));
  EXPECT_THAT(refusal([] { Adagrad({.initial_accumulator_value = -1}); }),
              HasSubstr("initial_accumulator_value is -1"));
  EXPECT_THAT(refusal([] { Lion({.beta1 = 1.5}); }), HasSubstr("Lion: beta1 is 1.5"));
  EXPECT_THAT(refusal([] { Muon({.ns_steps = 100}); }), HasSubstr("Muon: ns_steps is 100"));
  EXPECT_THAT(refusal([] { Muon({.adjust_lr_fn = "none"}); }), HasSubstr("adjust_lr_fn is \"none\""));
  EXPECT_THAT(refusal([] { Muon({.momentum = -1}); }), HasSubstr("Muon: momentum is -1"));
  EXPECT_THAT(refusal([] { LBFGS({.max_iter = 0}); }), HasSubstr("LBFGS: max_iter is 0"));
  EXPECT_THAT(refusal([] { LBFGS({.history_size = 0}); }), HasSubstr("LBFGS: history_size is 0"));
  EXPECT_THAT(refusal([] { LBFGS({.line_search_fn = "wolf"}); }), HasSubstr("line_search_fn is \"wolf\""));
  for (const OptimizerRecord& record : all_optimizers()) {
    Value options = Value::object();
    options.set("learning_rate", -1);
    EXPECT_THAT(refusal([&] { record.make(options, "optimizer"); }), HasSubstr("learning_rate is -1")) << record.type;
    if (record.default_options().find("weight_decay") == nullptr) continue;
    options.set("learning_rate", 1);
    options.set("weight_decay", -1);
    EXPECT_THAT(refusal([&] { record.make(options, "optimizer"); }), HasSubstr("weight_decay is -1")) << record.type;
  }
}

TEST(Optimizer, ByName) {
  std::vector<std::string_view> types;
  for (const OptimizerRecord& record : all_optimizers()) types.push_back(record.type);
  EXPECT_THAT(types, ElementsAre("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "Lion", "Muon", "NAdam",
                                 "RMSprop", "SGD"));
  Value options = Value::object();
  options.set("type", "SGD");
  options.set("learning_rate", 0.5);
  Optimizer made = find_optimizer("SGD")->make(options, "optimizer");
  EXPECT_EQ(made.learning_rate(), 0.5);
  made.set_learning_rate(0.25);
  EXPECT_EQ(made.options().find("learning_rate")->as_double(), 0.25);
  options.set("lerning_rate", 1);
  EXPECT_THAT(refusal([&] { find_optimizer("SGD")->make(options, "optimizer"); }), HasSubstr("learning_rate"));
}

TEST(Optimizer, LearnsXor) {
  seed(2);
  Sequential model{Linear{{.in_features = 2, .out_features = 8}}, Tanh{},
                   Linear{{.in_features = 8, .out_features = 2}}};
  const Tensor x = tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}}), labels = tensor({0, 1, 1, 0});
  Adam optimizer{{.learning_rate = 0.05}};
  double loss_value = 1;
  TrainingScope training;
  for (int step = 0; step < 300; ++step) {
    const Tensor loss = cross_entropy(model(x), labels);
    loss.backward();
    optimizer.step(parameters(model));
    loss_value = loss.item();
  }
  EXPECT_LT(loss_value, 0.01);
  EXPECT_EQ(argmax(model(x)).to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 1, 0}));
}

// A layer that PERCEPT_FIELDS leaves out is neither trained nor saved: the log says so, once.
struct Forgetful {
  explicit Forgetful(std::int64_t size) : kept{{.in_features = size, .out_features = size}}, forgotten{kept} {}
  Linear kept, forgotten;
  PERCEPT_FIELDS(kept);
  Tensor operator()(const Tensor& x) const { return forgotten(kept(x)); }
};

TEST(Optimizer, GradientsNobodyTakesAreTold) {
  std::vector<std::string> said;
  set_log_sink([&](LogLevel, std::string_view text) { said.emplace_back(text); });
  Forgetful model(3);
  Optimizer optimizer = SGD{{.learning_rate = 0.1}};
  TrainingScope training;
  const auto backward = [&] { sum(model(ones({1, 3}))).backward(); };
  backward();
  backward();  // two parts of one step are no reason
  EXPECT_TRUE(said.empty());
  for (int step = 0; step < 3; ++step) {
    optimizer.step(parameters(model));
    backward();
  }
  set_log_sink({});
  ASSERT_EQ(said.size(), 2u);  // weight and bias
  EXPECT_THAT(said, testing::Contains(HasSubstr("a parameter of shape [3, 3] has had gradients since step 0")));
  EXPECT_THAT(said, testing::Each(HasSubstr("PERCEPT_FIELDS")));
}

}  // namespace percept::optimizer_test
