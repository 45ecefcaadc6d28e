// blocks_test.cpp - layers made of layers, taps on inner ones, and models of several inputs and outputs.
#include "percept/nn/layers/blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include <filesystem>

#include "percept/autograd/autograd.h"
#include "percept/io/save.h"
#include "percept/nn/flops.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/bilinear.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/summary.h"
#include "percept/nn/taps.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer.h"
#include "percept/optim/optimizers/adam.h"
#include "tests/refusal.h"

namespace percept::blocks_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> paths(ModuleRef model) {
  std::vector<std::string> out;
  for (const NamedState& state : states(model)) out.push_back(state.path);
  return out;
}

Conv2d conv(std::int64_t channels, std::int64_t kernel = 3) {
  return Conv2d{{.out_channels = channels, .kernel_size = kernel, .padding = kernel / 2, .bias = false}};
}

Sequential resnet() {
  return {conv(4),
          Residual{{.layers = {conv(4), BatchNorm2d{}, ReLU{}, conv(4)}, .activation = ReLU{}}},
          Residual{{.layers = {conv(8), ReLU{}}, .shortcut = conv(8, 1)}},
          Parallel{{.branches = {{conv(2, 1)}, {conv(3), ReLU{}}, {}}}},
          Concat{{.layers = {conv(1)}}},
          Flatten{},
          Linear{{.out_features = 2}}};
}

TEST(Blocks, BuildSummariseAndName) {
  Sequential model = resnet();
  build(model, {3, 4, 4});
  EXPECT_EQ(model(zeros({2, 3, 4, 4})).shape(), (Shape{2, 2}));
  EXPECT_THAT(paths(model),
              ElementsAre("0.weight", "1.body.0.weight", "1.body.1.weight", "1.body.1.bias", "1.body.1.running_mean",
                          "1.body.1.running_var", "1.body.1.num_batches_tracked", "1.body.3.weight", "2.body.0.weight",
                          "2.shortcut.0.weight", "3.branches.0.0.weight", "3.branches.1.0.weight", "4.body.0.weight",
                          "6.weight", "6.bias"));
  const Summary summary = summarize(model, {3, 4, 4});
  std::vector<std::string> rows;
  for (const SummaryRow& row : summary.layers)
    rows.push_back(row.path + " " + row.type + " " + (row.called ? str(row.output) : "?"));
  EXPECT_THAT(rows, ElementsAre("0 Conv2d [1, 4, 4, 4]", "1.body.0 Conv2d [1, 4, 4, 4]",
                                "1.body.1 BatchNorm2d [1, 4, 4, 4]", "1.body.2 ReLU [1, 4, 4, 4]",
                                "1.body.3 Conv2d [1, 4, 4, 4]", "1.activation.0 ReLU [1, 4, 4, 4]",
                                "2.body.0 Conv2d [1, 8, 4, 4]", "2.body.1 ReLU [1, 8, 4, 4]",
                                "2.shortcut.0 Conv2d [1, 8, 4, 4]", "3.branches.0.0 Conv2d [1, 2, 4, 4]",
                                "3.branches.1.0 Conv2d [1, 3, 4, 4]", "3.branches.1.1 ReLU [1, 3, 4, 4]",
                                "4.body.0 Conv2d [1, 1, 4, 4]", "5 Flatten [1, 224]", "6 Linear [1, 2]"));
  EXPECT_EQ(summary.params, parameter_count(model));
}

// 2 x weights x positions, each convolution once although a Sequential tells its layers' calls again.
TEST(Blocks, FlopsOfEveryLayerWithin) {
  Sequential model = resnet();
  build(model, {3, 4, 4});
  const double convs = 2.0 * 16 * (3 * 4 * 9 + 2 * 4 * 4 * 9 + 4 * 8 * 9 + 4 * 8 + 8 * 2 + 8 * 3 * 9 + 13 * 9);
  const Flops flops = count_flops(ModuleRef(model), zeros({1, 3, 4, 4}));
  EXPECT_EQ(flops.forward, convs + 2 * 224 * 2);
  EXPECT_EQ(flops.first, 2.0 * 16 * 3 * 4 * 9);
  EXPECT_EQ(count_flops(ModuleRef(model), zeros({1, 3, 4, 4})).training(), 3 * flops.forward - flops.first);
}

TEST(Blocks, ErrorsNameTheInnerLayer) {
  Sequential model{conv(4), Residual{{.layers = {conv(4), Linear{{.in_features = 7, .out_features = 2}}}}}};
  EXPECT_THAT(refusal([&] { build(model, {3, 4, 4}); }), StartsWith("1.body.1: Linear(in_features=7"));
  Sequential sums{Residual{{.layers = {conv(5)}}}};
  EXPECT_THAT(refusal([&] { build(sums, {3, 4, 4}); }),
              testing::AllOf(StartsWith("0: Residual: the body gives [1, 5, 4, 4], the shortcut [1, 3, 4, 4]"),
                             HasSubstr("give a shortcut")));
  Sequential branches{Parallel{{.branches = {{conv(5)}, {conv(4)}}, .join = "sum"}}};
  EXPECT_THAT(refusal([&] { build(branches, {3, 4, 4}); }), HasSubstr("branch 0 gives [1, 5, 4, 4], branch 1 [1, 4"));
  EXPECT_THAT(refusal([] { Residual{Residual::Options{}}; }), HasSubstr("Residual: layers is empty"));
  EXPECT_THAT(refusal([] { Parallel{Parallel::Options{}}; }), HasSubstr("Parallel: branches is empty"));
  EXPECT_THAT(refusal([] { Parallel{{.branches = {{}}, .join = "max"}}; }), HasSubstr("join is \"max\""));
}

TEST(Blocks, GradientsReachEveryBranch) {
  const Parallel block{{.branches = {{Linear{{.in_features = 3, .out_features = 2}}, Tanh{}},
                                     {Linear{{.in_features = 3, .out_features = 2}}}},
                        .join = "mul"}};
  const auto f = [&](const std::vector<Tensor>& in) {
    const Tensor y = cast(block(cast(in[0], DType::f32)), DType::f64);
    return sum(square(y));
  };
  const Tensor x = uniform({4, 3}, -1, 1, {1, 1}, DType::f64);
  EXPECT_LT(check_gradients(f, {x}, 1e-2).worst, 2e-3);  // the layer's weights are f32
  sum(block(cast(x, DType::f32))).backward();
  for (State* state : parameters(const_cast<Parallel&>(block))) EXPECT_TRUE(state->grad().defined()) << state->path();
}

TEST(Blocks, AsData) {
  const AnyModule block = Residual{{.layers = {Linear{{.out_features = 4}}, ReLU{}}, .activation = ReLU{}}};
  Value table = block.options();
  table.set("type", "Residual");
  AnyModule again = make_layer(table, "model.layers[0]");
  EXPECT_EQ(again.options(), block.options());
  EXPECT_EQ(again.get_if<Residual>()->body.size(), 2u);
  table.find("layers")->as_array()[0].set("out_featurs", 5);
  EXPECT_THAT(refusal([&] { make_layer(table, "model.layers[0]"); }),
              testing::AllOf(HasSubstr("model.layers[0].layers[0]"), HasSubstr("out_features")));
  Value word = Value::object();
  word.set("type", "Residual");
  word.set("layers", "ReLu");
  EXPECT_THAT(refusal([&] { make_layer(word, "model.layers[2]"); }),
              testing::AllOf(HasSubstr("unknown layer 'ReLu' in model.layers[2].layers"), HasSubstr("'ReLU'")));
  EXPECT_THAT(refusal([&] { make_layer(Value(3), "x"); }), HasSubstr("x has no type: 3"));
  Value bilinear = Value::object();
  bilinear.set("type", "Bilinear");
  EXPECT_THAT(refusal([&] { make_layer(bilinear, "x"); }), HasSubstr("Bilinear has two inputs"));
}

// --- taps ---

struct Features {
  Sequential features{Linear{{.out_features = 4}}, Tanh{}, Linear{{.out_features = 3}}};
  Linear head{{.out_features = 2}};
  Tensor operator()(const Tensor& x) const { return head(relu(features(x))); }
};

TEST(Taps, KeepOutputsOfInnerLayers) {
  seed(5);
  Features model;
  build(model, {3});
  const Tensor x = uniform({2, 3}, -1, 1, {1, 1});
  Taps taps(model, {"features.1", "features", "head"});
  EXPECT_THAT(refusal([&] { taps["head"]; }), HasSubstr("gave nothing yet"));
  const Tensor y = model(x);
  EXPECT_EQ(taps["head"].to_vector<float>(), y.to_vector<float>());
  EXPECT_EQ(taps["features.1"].shape(), (Shape{2, 4}));
  EXPECT_EQ(taps.at("features").shape(), (Shape{2, 3}));
  EXPECT_EQ(model.features[1](model.features[0](x)).to_vector<float>(), taps["features.1"].to_vector<float>());
  EXPECT_THAT(refusal([&] { taps["features.0"]; }), HasSubstr("is not tapped"));
  EXPECT_THAT(refusal([&] { Taps(model, {"feature.0"}); }), HasSubstr("did you mean \"features.0\"?"));
  taps.clear();
  EXPECT_THAT(refusal([&] { taps["head"]; }), HasSubstr("gave nothing yet"));
}

TEST(Taps, EndInAnyOrder) {
  Sequential model{Linear{{.in_features = 2, .out_features = 2}}, Linear{{.in_features = 2, .out_features = 2}}};
  auto first = std::make_unique<Taps>(model, std::vector<std::string>{"0"});
  auto second = std::make_unique<Taps>(model, std::vector<std::string>{"1"});
  first.reset();
  const Tensor y = model(ones({1, 2}));
  EXPECT_EQ((*second)["1"].to_vector<float>(), y.to_vector<float>());
  second.reset();
  model(ones({1, 2}));  // nobody is told
}

TEST(Taps, GradientsFlowThroughThem) {
  seed(5);
  Features model;
  build(model, {3});
  const Tensor x = variable(uniform({2, 3}, -1, 1, {1, 1}));
  Taps taps(model, {"features.1"});
  const Tensor y = model(x);
  // A penalty on the features: with respect to the input, and to the weights below the tap only.
  const Tensor penalty = sum(square(taps["features.1"]));
  const Linear& first = *model.features[0].get_if<Linear>();
  const Tensor direct = gradients(sum(square(tanh(first(x)))), {x})[0];
  EXPECT_EQ(gradients(penalty, {x})[0].to_vector<float>(), direct.to_vector<float>());
  penalty.backward();
  EXPECT_TRUE(first.weight.grad().defined());
  EXPECT_FALSE(model.head.weight.grad().defined());
  // And of the output with respect to the tapped tensor, as Grad-CAM asks for.
  const Tensor cam = gradients(sum(y), {taps["features.1"]})[0];
  EXPECT_EQ(cam.shape(), (Shape{2, 4}));
  EXPECT_GT(max(abs(cam)).item(), 0);
}

// --- several inputs and outputs ---

struct TwoInputs {
  Linear text{{.out_features = 4}}, image{{.out_features = 3}};
  Bilinear both{{.out_features = 2}};
  Tensor operator()(const Tensor& words, const Tensor& pixels) const {
    return both(tanh(text(words)), tanh(image(pixels)));
  }
};
struct Heads {
  Tensor classes, box;
};
struct TwoOutputs {
  Linear body{{.out_features = 4}}, classes{{.out_features = 3}}, box{{.out_features = 2}};
  Heads operator()(const Tensor& x) const {
    const Tensor features = relu(body(x));
    return {classes(features), box(features)};
  }
};

TEST(SeveralInputs, BuildSummaryAndStates) {
  TwoInputs model;
  EXPECT_EQ(ModuleRef(model).inputs(), 2);
  EXPECT_THAT(refusal([&] { build(model, {5}); }), HasSubstr("TwoInputs takes 2 tensors, one shape is given"));
  build(model, {zeros({1, 5}), zeros({1, 6})});
  EXPECT_EQ(model.both.weight.shape(), (Shape{2, 4, 3}));
  EXPECT_EQ(model(ones({7, 5}), ones({7, 6})).shape(), (Shape{7, 2}));
  const Summary summary = summarize(model, {zeros({1, 5}), zeros({1, 6})});
  ASSERT_EQ(summary.layers.size(), 3u);
  EXPECT_EQ(summary.layers[2].path, "both");
  EXPECT_EQ(summary.layers[2].output, (Shape{1, 2}));
  EXPECT_EQ(summary.params, 4 * 6 + 3 * 7 + 2 * 12 + 2);
  EXPECT_THAT(refusal([&] { ModuleRef(model).run({ones({1, 5})}); }), HasSubstr("takes 2 tensors, got 1"));
}

// A loop of one's own: the product of two inputs is learned, saved and loaded.
TEST(SeveralInputs, TrainSaveAndLoad) {
  seed(8);
  TwoInputs model;
  build(model, {zeros({1, 2}), zeros({1, 2})});
  const Tensor a = uniform({64, 2}, -1, 1, {1, 1}), b = uniform({64, 2}, -1, 1, {1, 2});
  const Tensor wanted = a * b;
  Optimizer optimizer = Adam{{.learning_rate = 0.02}};
  double first = 0, last = 0;
  {
    TrainingScope training;
    for (int step = 0; step < 300; ++step) {
      const Tensor loss = mse_loss(model(a, b), wanted);
      loss.backward();
      optimizer.step(parameters(model));
      last = loss.item();
      if (step == 0) first = last;
    }
  }
  EXPECT_LT(last, 0.2 * first);
  const auto path = std::filesystem::path(::testing::TempDir()) / "percept_two_inputs.safetensors";
  save(model, path);
  TwoInputs again;
  EXPECT_TRUE(load(again, path).complete());
  EXPECT_EQ(again(a, b).to_vector<float>(), model(a, b).to_vector<float>());
  EXPECT_EQ(weights_sha256(again), weights_sha256(model));
  std::filesystem::remove(path);
}

TEST(SeveralInputs, OutputsOfAStruct) {
  TwoOutputs model;
  build(model, {5});
  EXPECT_EQ(model(ones({7, 5})).box.shape(), (Shape{7, 2}));
  const std::vector<Tensor> outputs = ModuleRef(model).run({ones({7, 5})});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].shape(), (Shape{7, 3}));
  EXPECT_EQ(summarize(model, {5}).layers[1].output, (Shape{1, 3}));
  EXPECT_FALSE(ModuleRef(model).callable());  // with one tensor for one
}

struct Masked {
  Linear layer{{.out_features = 2}};
  Tensor operator()(const Tensor& x, const Tensor& mask = {}) const {
    return mask.defined() ? layer(x) * mask : layer(x);
  }
};

TEST(SeveralInputs, AnInputThatMayBeLeftOut) {
  Masked model;
  build(model, {3});
  EXPECT_TRUE(ModuleRef(model).callable());
  EXPECT_EQ(ModuleRef(model).run({ones({4, 3}), zeros({4, 2})})[0].to_vector<float>(), std::vector<float>(8, 0));
  EXPECT_EQ(summarize(model, {ones({1, 3}), zeros({1, 2})}).layers[0].output, (Shape{1, 2}));
}

TEST(SeveralInputs, BilinearGradients) {
  const Bilinear layer{{.in1_features = 3, .in2_features = 2, .out_features = 2}};
  const auto f = [&](const std::vector<Tensor>& in) {
    return sum(square(cast(layer(cast(in[0], DType::f32), cast(in[1], DType::f32)), DType::f64)));
  };
  const std::vector<Tensor> x{uniform({4, 3}, -1, 1, {1, 1}, DType::f64), uniform({4, 2}, -1, 1, {1, 2}, DType::f64)};
  EXPECT_LT(check_gradients(f, x, 1e-2).worst, 2e-3);
  EXPECT_THAT(refusal([&] { layer(ones({4, 3}), ones({5, 2})); }), HasSubstr("[4, 3] and [5, 2]"));
  EXPECT_THAT(refusal([&] { layer(ones({4, 2}), ones({4, 2})); }), HasSubstr("it takes 3 and 2"));
}

}  // namespace percept::blocks_test
