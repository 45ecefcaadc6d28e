// fit_extras_test.cpp - weights of samples, penalties, constraints, micro-batches and where epochs begin: plans and
// eager steps give the same bits, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "percept/base/error.h"
#include "percept/base/thread_pool.h"
#include "percept/core/mode.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/flatten.h"
#include "percept/optim/optimizers/adam.h"
#include "percept/optim/optimizers/lbfgs.h"
#include "percept/optim/schedules/cosine.h"
#include "percept/train/_fit_test.h"
#include "percept/train/batch_loss.h"
#include "percept/train/callbacks/early_stopping.h"
#include "percept/train/callbacks/ema_weights.h"
#include "percept/train/micro_batches.h"
#include "percept/train/regularizers.h"
#include "percept/train/trainer.h"
#include "tests/refusal.h"

namespace percept {
namespace {

using testing::HasSubstr;
using namespace fit_test;

Dataset weighted(std::int64_t count) { return quadrants(count).with_weights(uniform({count}, 0, 2, RandomKey{8, 9})); }

// The weights after a training, and its losses.
struct Trained {
  std::vector<float> weights;
  std::vector<double> losses, validation;
  friend bool operator==(const Trained&, const Trained&) = default;
};
Trained trained(const FitOptions& options, const Dataset& data, double rate = 0) {
  Sequential model = small_model(rate);
  const History history = fit(model, data, options);
  return {weights(model), history.at("loss"), options.validation ? history.at("val_loss") : std::vector<double>{}};
}

FitOptions everything() {
  FitOptions options = usual();
  options.epochs = 3;
  options.optimizer = Adam{{.learning_rate = 0.02}};
  options.class_weight = {1, 2, 0.5, 1};
  options.validation = weighted(40);
  options.penalties = {L2{{.factor = 1e-3, .parameters = "*.weight"}}, L1{{.factor = 1e-3, .outputs = "1"}},
                       [](const ModuleRef& model) { return 0.01 * sum(square(*parameters(model)[1])); }};
  options.constraints = {MaxNorm{{.max_value = 0.7, .parameters = "0.weight"}}, NonNeg{{.parameters = "3.bias"}}};
  options.callbacks = {EMAWeights{{.momentum = 0.5, .overwrite_frequency = 4}}};
  return options;
}

TEST(FitExtras, CapturedIsTheSameToTheBitForAnyThreads) {
  const int threads = num_threads();
  for (const std::int64_t micro_batches : {1, 2, 5}) {
    FitOptions options = everything();
    options.micro_batches = micro_batches;
    options.capture = false;
    const Trained eager = trained(options, weighted(150), 0.3);  // four batches of 32 and one of 22
    options.capture = true;
    for (const int count : {1, 3}) {
      set_num_threads(count);
      EXPECT_EQ(trained(options, weighted(150), 0.3), eager) << micro_batches << " parts, " << count << " threads";
    }
    set_num_threads(threads);
    options.gradient_functions = {[](std::vector<Tensor> g) { return g; }};  // the update is no part of the plan
    EXPECT_EQ(trained(options, weighted(150), 0.3), eager) << micro_batches;
  }
}

// Each option does something, and a bound that constraints keep holds at the end.
TEST(FitExtras, EachOptionCounts) {
  const Trained all = trained(everything(), weighted(150));
  const auto without = [&](auto change) {
    FitOptions options = everything();
    change(options);
    return trained(options, weighted(150)).weights;
  };
  EXPECT_NE(without([](FitOptions& o) { o.class_weight.clear(); }), all.weights);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NE(without([&](FitOptions& o) { o.penalties.erase(o.penalties.begin() + static_cast<std::ptrdiff_t>(i)); }),
              all.weights);
  EXPECT_NE(without([](FitOptions& o) { o.constraints.pop_back(); }), all.weights);
  EXPECT_NE(without([](FitOptions& o) { o.callbacks.clear(); }), all.weights);
  EXPECT_NE(trained(everything(), quadrants(150)).weights, all.weights);
}

TEST(FitExtras, ConstraintsHoldAfterEachUpdate) {
  for (const bool capture : {false, true}) {
    seed(3);
    Sequential model{Conv2d{{.in_channels = 1, .out_channels = 3, .kernel_size = 3}}, Flatten{},
                     Linear{{.in_features = 108, .out_features = 2}}};
    const TensorDataset data(normal({64, 1, 8, 8}, 0, 1, {1, 2}), randint({64}, 0, 2, {1, 3}));
    double largest = 0;
    FitOptions options = usual();
    options.capture = capture;
    options.batch_size = 8;
    options.constraints = {MaxNorm{{.max_value = 0.3, .parameters = "0.weight"}}};
    options.callbacks = {LambdaCallback{.on_step = [&](Progress&) {
      const NoGrad no_grad;
      const Tensor w = *parameters(model)[0];
      largest = std::max(largest, max(sqrt(sum(square(w), {.axes = {1, 2, 3}}))).item());
    }}};
    fit(model, data, options);
    EXPECT_NEAR(largest, 0.3, 1e-5);
  }
}

TEST(FitExtras, MicroBatchesAreTheWholeBatchUpToRounding) {
  FitOptions options = everything();
  options.callbacks.clear();
  options.optimizer = SGD{{.learning_rate = 0.1}};  // Adam would divide roundings by their own size
  const Trained whole = trained(options, weighted(150));
  for (const std::int64_t parts : {2, 3, 32, 1000}) {
    options.micro_batches = parts;
    const Trained in_parts = trained(options, weighted(150));
    for (std::size_t i = 0; i < whole.weights.size(); ++i)
      ASSERT_NEAR(in_parts.weights[i], whole.weights[i], 1e-5) << parts;
    for (std::size_t i = 0; i < whole.losses.size(); ++i) ASSERT_NEAR(in_parts.losses[i], whole.losses[i], 1e-6);
  }
}

TEST(FitExtras, PartsHaveBatchStatisticsOfTheirOwn) {
  const auto mean_after = [](std::int64_t parts) {
    Sequential model{BatchNorm1d{{.num_features = 2}}, Linear{{.in_features = 2, .out_features = 4}}};
    FitOptions options = usual();
    options.micro_batches = parts;
    options.steps = 1;
    fit(model, quadrants(32), options);
    return model[0].get_if<BatchNorm1d>()->num_batches_tracked->tensor().item();
  };
  EXPECT_EQ(mean_after(1), 1);
  EXPECT_EQ(mean_after(4), 4);
}

TEST(MicroBatches, AreCutEvenly) {
  const Batch batch{reshape(arange(7), {7, 1}), arange(7), 100, ones({7})};
  std::vector<std::int64_t> sizes, firsts;
  for (const Batch& part : cut(batch, 3)) {
    sizes.push_back(part.x.size(0));
    firsts.push_back(part.first_sample);
    EXPECT_EQ(part.y.to_vector<int>()[0], part.first_sample - 100);
    EXPECT_EQ(part.weight.size(0), part.x.size(0));
  }
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{2, 2, 3}));
  EXPECT_EQ(firsts, (std::vector<std::int64_t>{100, 102, 104}));
  EXPECT_EQ(cut(batch, 50).size(), 7u);
  EXPECT_EQ(cut(batch, std::int64_t{1} << 62).size(), 7u);
}

// 1 + 2^-24 is 1 in f32: what is added to it by halves is lost unless the halves meet first.
TEST(MicroBatches, GradientsAreSummedInATree) {
  const double small = std::ldexp(1, -24);
  const auto summed = [](const std::vector<double>& parts) {
    Parameter p({1}, [](const Shape& shape, RandomKey) { return zeros(shape); });
    const std::vector<State*> all{&p};
    GradientTree tree(all);
    for (const double part : parts) {
      set_grad(p, full({1}, part));
      tree.take();
      EXPECT_FALSE(p.grad().defined());
    }
    tree.put_back();
    return p.grad().item();
  };
  EXPECT_EQ(summed({1, 0, small, small, 0}), 1 + 2 * small);  // (1 + 0) + (s + s), then + 0; from the left it is 1
  EXPECT_EQ(summed({1, small, small, 0, 0}), 1);              // (1 + s) + (s + 0); from the right it is 1 + 2 s
  EXPECT_EQ(summed({0, 0, 0, 0, 1, small, small}), 1);        // ((0 + 0) + (0 + 0)) + ((1 + s) + s)
}

TEST(FitExtras, GoesOnFromAnEpoch) {
  // Plain SGD has no slots, so that two calls are one training.
  Sequential whole = small_model(0.3), parts = small_model(0.3);
  FitOptions options = usual();
  options.epochs = 5;
  options.schedule = Cosine{};  // a function of the place in the whole training
  const History all = fit(whole, quadrants(150), options);
  FitOptions first = options;
  first.callbacks = {LambdaCallback{.on_epoch_end = [](Progress& at) { at.stop = at.epoch == 1; }}};
  fit(parts, quadrants(150), first);
  options.initial_epoch = 2;
  const History rest = fit(parts, quadrants(150), options);
  EXPECT_EQ(weights(parts), weights(whole));
  EXPECT_EQ(rest.epoch, (std::vector<std::int64_t>{2, 3, 4}));
  EXPECT_EQ(rest.epochs, 3);
  EXPECT_EQ(rest.steps, 15);
  EXPECT_EQ(rest.at("loss"), std::vector<double>(all.at("loss").begin() + 2, all.at("loss").end()));
}

TEST(FitExtras, ValidatesWhenAndOnWhatIsAsked) {
  FitOptions options = usual();
  options.epochs = 5;
  options.validation = quadrants(50);
  options.validation_freq = 2;
  options.validation_batch_size = 8;
  options.validation_steps = 2;
  Sequential model = small_model();
  std::vector<std::string> heard;
  options.callbacks = {
      LambdaCallback{.on_test_begin = [&](Progress& at) { heard.push_back("b" + std::to_string(at.epoch)); },
                     .on_test_end = [&](Progress& at) { heard.push_back("e" + std::to_string(at.epoch)); }}};
  const History history = fit(model, quadrants(64), options);
  EXPECT_EQ(heard, (std::vector<std::string>{"b1", "e1", "b3", "e3"}));
  const std::vector<double>& losses = history.at("val_loss");
  ASSERT_EQ(losses.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(std::isnan(losses[i]), i % 2 == 0) << i;
  for (const std::size_t i : {1, 3})  // of 16 samples
    EXPECT_EQ(history.at("val_accuracy")[i] * 16, std::round(history.at("val_accuracy")[i] * 16));
}

TEST(FitExtras, Refusals) {
  const auto refused = [](auto change, const Dataset& data = quadrants(64)) {
    return refusal([&] {
      FitOptions options = usual();
      change(options);
      Sequential model = small_model();
      fit(model, data, options);
    });
  };
  EXPECT_THAT(refused([](FitOptions& o) { o.micro_batches = 0; }), HasSubstr("micro_batches = 0"));
  EXPECT_THAT(refused([](FitOptions& o) {
                o.micro_batches = 2;
                o.loss = CrossEntropyLoss{{.reduction = "sum"}};
              }),
              HasSubstr("the loss is a sum over samples"));
  EXPECT_THAT(refused([](FitOptions& o) { o.initial_epoch = 1; }), HasSubstr("initial_epoch = 1, epochs = 1"));
  EXPECT_THAT(refused([](FitOptions& o) { o.initial_epoch = -1; }), HasSubstr("initial_epoch = -1"));
  EXPECT_THAT(refused([](FitOptions& o) { o.initial_epoch = 2, o.steps = 4; }), HasSubstr("end before initial_epoch"));
  EXPECT_THAT(refused([](FitOptions& o) { o.validation_freq = 0; }), HasSubstr("validation_freq = 0"));
  EXPECT_THAT(refused([](FitOptions& o) { o.class_weight = {1, -1}; }), HasSubstr("class_weight has -1"));
  EXPECT_THAT(refused([](FitOptions& o) { o.class_weight = {1, 1}; }),
              HasSubstr("class_weight has 2 numbers, a label is"));
  EXPECT_THAT(refused([](FitOptions& o) {
                o.class_weight = {1, 1, 1, 1};
                o.loss = [](const Tensor& x, const Tensor& y) { return cross_entropy(x, y); };
              }),
              HasSubstr("the loss gives [] for 32 samples"));
  EXPECT_THAT(refused([](FitOptions& o) { o.loss = CrossEntropyLoss{{.class_weight = {1, 1, 1, 1}}}; }, weighted(64)),
              HasSubstr("divides by its sum"));
  EXPECT_THAT(
      refused([](FitOptions& o) { o.loss = [](const Tensor& x, const Tensor&) { return sum(x, {.axes = {0}}); }; }),
      HasSubstr("the loss has shape [4]"));
  EXPECT_THAT(refused([](FitOptions& o) { o.penalties = {L2{{.parameters = "9.weight"}}}; }),
              HasSubstr("no trained parameter matches 9.weight"));
  EXPECT_THAT(refused([](FitOptions& o) { o.penalties = {L2{{.outputs = "9"}}}; }), HasSubstr("no layer matches 9"));
  EXPECT_THAT(refused([](FitOptions& o) {
                o.penalties = {[](const ModuleRef& model) -> Tensor { return *parameters(model)[0]; }};
              }),
              HasSubstr("the penalty of the model is [16, 2]"));
  EXPECT_THAT(refused([](FitOptions& o) { o.constraints = {NonNeg{{.parameters = "bias"}}}; }),
              HasSubstr("NonNeg: no trained parameter matches bias"));
  EXPECT_THAT(refusal([] { Penalty one = L2{{}}; }), HasSubstr("L2: neither parameters nor outputs"));
  EXPECT_THAT(refusal([] { Constraint one = NonNeg{{}}; }), HasSubstr("NonNeg: no parameters are named"));
  EXPECT_THAT(refusal([] { L1{{.factor = -1}}; }), HasSubstr("L1: factor = -1"));
  EXPECT_THAT(refusal([] { MinMaxNorm{{.min_value = 2}}; }), HasSubstr("norms from 2 to 1"));
  EXPECT_THAT(refusal([] { MinMaxNorm{{.rate = 2}}; }), HasSubstr("rate = 2"));
}

// Penalties, constraints and parts act around a step of one's own; weights of classes cannot.
TEST(FitExtras, WithAStepOfOnesOwn) {
  const auto run = [](bool own, FitOptions options) {
    Sequential model = small_model();
    build(model, {2});
    Trainer trainer(model, std::move(options));
    if (own)
      trainer.step = [&](const Batch& batch) -> StepResult {
        const Tensor output = model(batch.x);
        return {cross_entropy(output, batch.y), output};
      };
    trainer.run(DataLoader(quadrants(150), {.shuffle = true}));
    return weights(model);
  };
  FitOptions options = everything();
  options.validation.reset();
  options.class_weight.clear();
  options.micro_batches = 3;
  EXPECT_EQ(run(true, options), run(false, options));
  options.class_weight = {1, 1, 1, 1};
  EXPECT_THROW(run(true, options), UsageError);
}

TEST(FitExtras, ByNameFromATable) {
  Value table = Value::object();
  table.set("type", "L2");
  table.set("factor", 0.5);
  table.set("parameters", "*.weight");
  Sequential model = small_model();
  build(model, {2});
  PenaltyScope none({}, model);
  const std::vector<Penalty> penalties{regularizer_of(table, "train.regularizers[0]")};
  double squares = 0;
  for (const NamedState& named : states(model))
    if (named.path.ends_with("weight"))
      for (const float w : named.state->tensor().to_vector<float>()) squares += double(w) * double(w);
  EXPECT_NEAR(PenaltyScope(penalties, model).added_to(full({}, 1), 4).item(), 1 + 0.5 * squares, 1e-5);
  table.set("type", "L3");
  EXPECT_THAT(refusal([&] { regularizer_of(table, "train.regularizers[0]"); }),
              HasSubstr("unknown regularizer 'L3' in train.regularizers[0]"));
  table.set("type", "MaxNorm");
  EXPECT_THAT(refusal([&] { constraint_of(table, "train.constraints[0]"); }), HasSubstr("factor"));
  for (const RegularizerRecord& record : all_regularizers())
    EXPECT_EQ(record.option_names().size(), record.default_options().as_object().size());
  EXPECT_EQ(all_constraints().size(), 4u);
}

// An optimizer that evaluates several times sees weights, penalties and parts as well.
TEST(FitExtras, WithAClosure) {
  FitOptions options = usual();
  options.optimizer = LBFGS{{.line_search_fn = "strong_wolfe"}};
  options.penalties = {L2{{.factor = 1e-2, .parameters = "*.weight"}}};
  options.batch_size = 64;
  options.epochs = 3;
  const Trained whole = trained(options, weighted(64));
  EXPECT_LT(whole.losses.back(), whole.losses.front());
  options.micro_batches = 4;
  EXPECT_NEAR(trained(options, weighted(64)).losses[1], whole.losses[1], 1e-3);
}

}  // namespace
}  // namespace percept
