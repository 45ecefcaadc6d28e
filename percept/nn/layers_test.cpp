// layers_test.cpp - layers against numbers worked by hand, their options and their random streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "percept/autograd/autograd.h"
#include "percept/nn/init.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/avg_pool2d.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/max_pool2d.h"
#include "percept/nn/layers/norms.h"
#include "percept/nn/layers/softmax.h"
#include "percept/ops/ops.h"
#include "tests/refusal.h"

namespace percept::layers_test {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

TEST(Layers, LinearByHand) {
  Linear layer{{.in_features = 2, .out_features = 2}};
  assign(layer.weight, tensor({{1., 2.}, {3., 4.}}));
  assign(*layer.bias, tensor({0.5, -0.5}));
  EXPECT_THAT(layer(tensor({{1., 1.}})).to_vector<float>(), ElementsAre(3.5f, 6.5f));
  sum(layer(tensor({{1., 2.}}))).backward();
  EXPECT_THAT(layer.weight.grad().to_vector<float>(), ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(layer.bias->grad().to_vector<float>(), ElementsAre(1, 1));
}

TEST(Layers, ConvAndPoolsByHand) {
  Conv2d conv{{.in_channels = 1, .out_channels = 1, .kernel_size = 2, .bias_init = {.type = "constant", .value = 1}}};
  assign(conv.weight, tensor({{{{1., 0.}, {0., 1.}}}}));
  const Tensor x = reshape(arange(9), {1, 1, 3, 3});  // 0..8
  const Tensor image = cast(x, DType::f32);
  EXPECT_THAT(conv(image).to_vector<float>(), ElementsAre(5, 7, 11, 13));  // x[i, j] + x[i + 1, j + 1] + 1
  EXPECT_THAT((MaxPool2d{{.kernel_size = 2, .stride = 1}}(image).to_vector<float>()), ElementsAre(4, 5, 7, 8));
  EXPECT_THAT((AvgPool2d{{.kernel_size = 2, .stride = 1}}(image).to_vector<float>()), ElementsAre(2, 3, 5, 6));
  EXPECT_EQ((MaxPool2d{{.kernel_size = 2}}(image).shape()), (Shape{1, 1, 1, 1}));
  EXPECT_EQ(Flatten{}(image).shape(), (Shape{1, 9}));
  Conv2d same{{.out_channels = 4, .kernel_size = {5, 3}, .padding = "same"}};
  build(same, {2, 6, 7});
  EXPECT_EQ(same.weight.shape(), (Shape{4, 2, 5, 3}));
  EXPECT_EQ(same(zeros({3, 2, 6, 7})).shape(), (Shape{3, 4, 6, 7}));
}

TEST(Layers, Activations) {
  const Tensor x = tensor({{-1., 0., 1.}});
  EXPECT_THAT(ReLU{}(x).to_vector<float>(), ElementsAre(0, 0, 1));
  EXPECT_NEAR(Sigmoid{}(x).to_vector<float>()[2], 0.7310586, 1e-6);
  EXPECT_NEAR(Tanh{}(x).to_vector<float>()[2], 0.7615942, 1e-6);
  EXPECT_NEAR(Softmax{}(tensor({{0., 1.}})).to_vector<float>()[1], 0.7310586, 1e-6);
  EXPECT_NEAR(LogSoftmax{}(tensor({{0., 1.}})).to_vector<float>()[1], -0.3132617, 1e-6);
}

TEST(Layers, BatchNormMovesItsStatisticsWhileTraining) {
  BatchNorm2d norm;
  build(norm, {1, 1, 2});
  const Tensor x = reshape(tensor({1., 3., 5., 7.}), {2, 1, 1, 2});  // mean 4, biased variance 5, unbiased 20 / 3
  EXPECT_THAT(norm(x).to_vector<float>(), Pointwise(FloatNear(1e-4f), {1.f, 3.f, 5.f, 7.f}));  // starts as identity
  {
    const TrainingScope training;
    EXPECT_THAT(norm(x).to_vector<float>(),
                Pointwise(FloatNear(1e-5f), {-1.3416394f, -0.4472131f, 0.4472131f, 1.3416394f}));
  }
  EXPECT_NEAR(norm.running_mean->tensor().item(), 0.4, 1e-6);
  EXPECT_NEAR(norm.running_var->tensor().item(), 0.9 + 0.1 * 20 / 3, 1e-6);
  norm(x);
  EXPECT_NEAR(norm.running_mean->tensor().item(), 0.4, 1e-6);  // inference changes nothing
  const TrainingScope training;
  EXPECT_THAT(refusal([&] { norm(zeros({1, 1, 1, 1})); }), HasSubstr("the variance of a batch needs two"));
  EXPECT_THAT(refusal([&] { norm(zeros({2, 1})); }), HasSubstr("it takes images [B, C, H, W]"));
}

// A file may have brought the weight and not the bias (a load that is not strict).
TEST(Layers, NormsSettleWhatIsStillOpen) {
  LayerNorm layer_norm;
  assign(*layer_norm.weight, ones({4}));
  build(layer_norm, {4});
  EXPECT_TRUE(layer_norm.bias->built());
  BatchNorm1d batch_norm;
  assign(*batch_norm.weight, ones({4}));
  build(batch_norm, {4});
  EXPECT_TRUE(batch_norm.bias->built() && batch_norm.running_var->built());
}

// Without weights it is the statistics that must have the input's channels; refused before they change.
TEST(Layers, NormsRefuseOtherChannelsThanTheirStatistics) {
  for (const char* type : {"BatchNorm2d", "InstanceNorm2d"}) {
    Value options = Value::object();
    options.set("type", type);
    options.set("num_features", 4);
    options.set("affine", false);
    options.set("track_running_stats", true);
    const AnyModule layer = make_layer(options, "layer");
    const TrainingScope training;
    for (const std::int64_t channels : {1, 3})
      EXPECT_THAT(refusal([&] { layer(ones({2, channels, 3, 3})); }), HasSubstr("the layer has states of [4]")) << type;
    for (const NamedState& one : states(ModuleRef(layer)))
      EXPECT_EQ(one.state->numel(), one.path == "num_batches_tracked" ? 1 : 4) << type << one.path;
    layer(uniform({2, 4, 3, 3}, 0, 1, {1, 1}));
  }
}

TEST(Layers, DropoutFollowsStepCallAndLayer) {
  seed(1);
  const Dropout drop{{.rate = 0.25}};
  const Dropout copy = drop;
  const Tensor x = ones({8, 64});
  EXPECT_EQ(drop(x).to_vector<float>(), x.to_vector<float>());  // inference
  std::vector<float> first, second, next_step;
  {
    TrainingScope training;
    first = drop(x).to_vector<float>();
    second = drop(x).to_vector<float>();
    EXPECT_NE(copy(x).to_vector<float>(), first);
    training.next_step();
    next_step = drop(x).to_vector<float>();
  }
  EXPECT_NE(first, second);
  EXPECT_NE(first, next_step);
  int dropped = 0;
  for (float value : first) {
    EXPECT_TRUE(value == 0 || std::abs(value - 4.f / 3) < 1e-6f) << value;
    dropped += value == 0;
  }
  EXPECT_NEAR(dropped, 128, 45);  // 512 draws: 128 expected, 4.5 standard deviations are 44
  const TrainingScope again;      // the same step of another scope: the same elements
  EXPECT_EQ(drop(x).to_vector<float>(), first);
  EXPECT_EQ(drop(x).to_vector<float>(), second);
}

TEST(Layers, InitialValues) {
  seed(3);
  const Linear layer{{.in_features = 100, .out_features = 50}};
  float largest = 0;
  for (float value : layer.weight.tensor().to_vector<float>()) largest = std::max(largest, std::abs(value));
  EXPECT_LE(largest, 0.1f);  // 1 / sqrt(100)
  EXPECT_GT(largest, 0.099f);
  largest = 0;
  for (float value : layer.bias->tensor().to_vector<float>()) largest = std::max(largest, std::abs(value));
  EXPECT_LE(largest, 0.1f);
  EXPECT_GT(largest, 0.08f);
  const Linear zero{{.in_features = 2, .out_features = 1, .weight_init = {"zeros"}, .bias_init = {"ones"}}};
  EXPECT_THAT(zero.weight.tensor().to_vector<float>(), ElementsAre(0, 0));
  EXPECT_THAT(zero.bias->tensor().to_vector<float>(), ElementsAre(1));
  const Conv2d conv{{.in_channels = 8,
                     .out_channels = 32,
                     .kernel_size = 5,
                     .weight_init = {.type = "truncated_normal", .std = 0.1},
                     .bias_init = {.type = "constant", .value = 0.1}}};
  double square = 0;
  for (float value : conv.weight.tensor().to_vector<float>()) {
    EXPECT_LE(std::abs(value), 0.2f);
    square += double{value} * value;
  }
  EXPECT_NEAR(std::sqrt(square / 6400), 0.1 * 0.8796, 0.004);  // the spread left after cutting at 2 std
  EXPECT_FLOAT_EQ(conv.bias->tensor().to_vector<float>()[31], 0.1f);
  const Linear xavier{{.in_features = 10, .out_features = 50, .weight_init = {"xavier_uniform"}}};
  for (float value : xavier.weight.tensor().to_vector<float>()) EXPECT_LE(std::abs(value), 0.316228f);  // sqrt(6 / 60)
}

TEST(Layers, InitInRecipes) {
  Init init;
  from_value("zeros", init, "model.layers[0].weight_init");
  EXPECT_EQ(init, (Init{"zeros"}));
  EXPECT_EQ(to_value(init), Value("zeros"));
  Value table = Value::object();
  table.set("type", "truncated_normal");
  table.set("std", 0.1);
  from_value(table, init, "w");
  EXPECT_EQ(init, (Init{.type = "truncated_normal", .std = 0.1}));
  EXPECT_EQ(to_json(to_value(init)), "{\"type\": \"truncated_normal\", \"mean\": 0.0, \"std\": 0.1}");
  EXPECT_THAT(refusal([&] { from_value("zeroes", init, "w"); }), HasSubstr("did you mean \"zeros\"?"));
  table.set("gain", 2);
  EXPECT_THAT(refusal([&] { from_value(table, init, "w"); }), HasSubstr("w.gain: truncated_normal does not take it"));
  EXPECT_THAT(refusal([&] { from_value(3, init, "w"); }),
              HasSubstr("w: expected the name of an initialisation, got 3"));
  EXPECT_THAT(refusal([] { Linear({.out_features = 1, .weight_init = {.type = "normal", .std = -1}}); }),
              HasSubstr("Linear: weight_init: normal: std is -1"));
}

TEST(Layers, OptionsAreChecked) {
  EXPECT_THAT(refusal([] { Linear(Linear::Options{}); }), HasSubstr("Linear: out_features is -1"));
  EXPECT_THAT(refusal([] { Linear({.in_features = 0, .out_features = 1}); }), HasSubstr("Linear: in_features is 0"));
  EXPECT_THAT(refusal([] { Conv2d({.out_channels = 1}); }), HasSubstr("Conv2d: kernel_size is 0"));
  EXPECT_THAT(refusal([] { Conv2d({.out_channels = 3, .kernel_size = 1, .groups = 2}); }), HasSubstr("groups is 2"));
  EXPECT_THAT(refusal([] { Conv2d({.out_channels = 1, .kernel_size = 1, .algorithm = "fast"}); }),
              HasSubstr("\"fast\""));
  EXPECT_THAT(refusal([] { Dropout({.rate = 1}); }), HasSubstr("Dropout: rate is 1"));
  EXPECT_THAT(refusal([] { MaxPool2d(MaxPool2d::Options{}); }), HasSubstr("MaxPool2d: kernel_size is 0"));
  EXPECT_THAT(refusal([] { BatchNorm2d({.momentum = 2}); }), HasSubstr("BatchNorm2d: momentum is 2"));
}

TEST(Layers, EveryLayerHasARecord) {
  std::vector<std::string_view> types;
  for (const LayerRecord& record : all_layers()) {
    types.push_back(record.type);
    EXPECT_FALSE(record.doc.empty()) << record.type;
    EXPECT_EQ(record.default_options().as_object().size(), record.option_names().size()) << record.type;
  }
  EXPECT_GE(types.size(), 70u);
  for (std::string_view type : {"Conv2d", "BatchNorm1d", "Residual", "Sequential", "Bilinear"})
    EXPECT_NE(find_layer(type), nullptr) << type;
  EXPECT_EQ(find_layer("Dense"), nullptr);
}

TEST(Layers, MadeFromARecipe) {
  Value options = Value::object();
  options.set("type", "Conv2d");
  options.set("out_channels", 6);
  options.set("kernel_size", 5);
  options.set("padding", 2);
  AnyModule conv = find_layer("Conv2d")->make(options, "model.layers[0]");
  EXPECT_EQ(conv.type_name(), "Conv2d");
  EXPECT_EQ(conv.get_if<Conv2d>()->options().padding, Padding(2));
  EXPECT_EQ(conv.options().find("out_channels")->as_int(), 6);
  // What a made layer says of itself makes the same layer again.
  EXPECT_EQ(find_layer("Conv2d")->make(conv.options(), "again").options(), conv.options());
  options.set("kernel", 5);
  EXPECT_THAT(refusal([&] { find_layer("Conv2d")->make(options, "model.layers[0]"); }),
              testing::AllOf(HasSubstr("model.layers[0]"), HasSubstr("kernel_size")));
  EXPECT_EQ(find_layer("ReLU")->make(Value::object(), "r").type_name(), "ReLU");
}

}  // namespace percept::layers_test
