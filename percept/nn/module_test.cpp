// module_test.cpp - what a walk finds, and what building, freezing, tying and copying do to a model.
#include "percept/nn/module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "percept/autograd/autograd.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "tests/refusal.h"

namespace percept::module_test {

using testing::ElementsAre;
using testing::HasSubstr;

struct Block {
  Linear first{{.in_features = 2, .out_features = 2}};
  Parameter scale{{1}, [](const Shape& shape, RandomKey) { return ones(shape); }};
  Tensor operator()(const Tensor& x) const { return first(x) * scale; }
};
struct Encoder {  // no operator(): only its layers are called
  Linear mean{{.in_features = 2, .out_features = 1}};
  Linear deviation{{.in_features = 2, .out_features = 1, .bias = false}};
};
struct Everything {
  Block block;
  std::vector<Block> many{Block{}, Block{}};
  std::optional<Linear> perhaps;
  Encoder encoder;
  AnyModule any = BatchNorm2d{{.num_features = 1}};
  Buffer counter{zeros({})};
  std::string name = "no layer";
  std::map<std::string, int> settings = {};
  std::function<double(double)> rate = {};
  Tensor constant = {};
  Tensor operator()(const Tensor& x) const { return many[0](block(x)); }
};

struct Tied {
  Linear a{{.in_features = 2, .out_features = 2, .bias = false}};
  Linear b{{.in_features = 2, .out_features = 2, .bias = false}};
};
struct Two {
  Linear below{{.in_features = 1, .out_features = 1}}, above{{.in_features = 1, .out_features = 1}};
  Tensor operator()(const Tensor& x) const { return above(below(x)); }
};
struct Unused {
  Linear used{{.out_features = 1}}, forgotten{{.out_features = 1}};
  Tensor operator()(const Tensor& x) const { return used(x); }
};
struct Wrong {
  Linear hidden{{.out_features = 4}};
  ReLU activation;
  Linear output{{.in_features = 5, .out_features = 1}};
  Tensor operator()(const Tensor& x) const { return output(activation(hidden(x))); }
};

struct Keeps {  // the largest input it has seen
  Linear linear{{.out_features = 2}};
  Buffer largest{zeros({})};
  Tensor operator()(const Tensor& x) const {
    assign(const_cast<Buffer&>(largest), maximum(largest.tensor(), max(x)).detach());
    return linear(x);
  }
};
struct Looks {
  Linear linear{{.out_features = 2}};
  Tensor operator()(const Tensor& x) const { return max(x).item() > 0 ? linear(x) : linear(x) + 1; }
};

std::vector<std::string> paths(ModuleRef model) {
  std::vector<std::string> out;
  for (const NamedState& state : states(model)) out.push_back(state.path);
  return out;
}

TEST(Module, WalksFieldsInOrder) {
  Everything model;
  EXPECT_THAT(paths(model), ElementsAre("block.first.weight", "block.first.bias", "block.scale", "many.0.first.weight",
                                        "many.0.first.bias", "many.0.scale", "many.1.first.weight", "many.1.first.bias",
                                        "many.1.scale", "encoder.mean.weight", "encoder.mean.bias",
                                        "encoder.deviation.weight", "any.weight", "any.bias", "any.running_mean",
                                        "any.running_var", "any.num_batches_tracked", "counter"));
  EXPECT_EQ(model.many[1].scale.path(), "many.1.scale");
  EXPECT_EQ(parameters(model).size(), 14u);  // without the running statistics and the counter
  EXPECT_EQ(parameter_count(model), 3 * (4 + 2 + 1) + 3 + 2 + 2);
}

TEST(Module, RefersToAnyModel) {
  Everything model;
  const ModuleRef ref(model);
  EXPECT_EQ(ref.type_name(), "Everything");
  EXPECT_EQ(ref.get_if<Everything>(), &model);
  EXPECT_EQ(ref.get_if<Block>(), nullptr);
  EXPECT_EQ(ModuleRef(model.any).type_name(), "BatchNorm2d");
  std::vector<std::string> children;
  for (const NamedModule& child : ref.children()) children.push_back(child.path);
  EXPECT_THAT(children, ElementsAre("block", "many.0", "many.1", "encoder", "any"));
  EXPECT_THAT(refusal([&] { ModuleRef(model.encoder)(zeros({1, 2})); }), HasSubstr("Encoder cannot be called"));
  EXPECT_EQ(ref(zeros({3, 2})).shape(), (Shape{3, 2}));
}

TEST(Module, CopiesAreIndependent) {
  Block block;
  Block copy = block;
  EXPECT_EQ(copy.first.weight.tensor().to_vector<float>(), block.first.weight.tensor().to_vector<float>());
  assign(block.first.weight, zeros({2, 2}));
  EXPECT_NE(copy.first.weight.tensor().to_vector<float>(), block.first.weight.tensor().to_vector<float>());
  AnyModule held = block.first, second = held;
  EXPECT_NE(states(held)[0].state->id(), states(second)[0].state->id());
  assign(*states(held)[0].state, ones({2, 2}));
  EXPECT_EQ(states(second)[0].state->tensor().to_vector<float>(), std::vector<float>(4, 0.f));
}

TEST(Module, TiedStatesCountOnce) {
  Tied model;
  tie(model.b.weight, model.a.weight);
  EXPECT_EQ(states(model).size(), 2u);
  EXPECT_EQ(parameters(model).size(), 1u);
  EXPECT_EQ(parameter_count(model), 4);
  EXPECT_EQ(model.b.weight.path(), "a.weight");
}

TEST(Module, FreezeTouchesParametersOnly) {
  BatchNorm2d norm({.num_features = 2});
  freeze(norm);
  EXPECT_TRUE(parameters(norm).empty());
  EXPECT_EQ(parameter_count(norm), 4);
  freeze(norm, false);
  EXPECT_EQ(parameters(norm).size(), 2u);
  EXPECT_FALSE(norm.running_mean->trainable());
}

TEST(Module, FrozenLayersGetNoGradient) {
  Two model;
  freeze(model.below);
  sum(model(ones({1, 1}))).backward();
  EXPECT_FALSE(model.below.weight.grad().defined());
  EXPECT_TRUE(model.above.weight.grad().defined());
}

TEST(Module, UnbuiltLayersSaySo) {
  Linear layer{{.out_features = 10}};
  EXPECT_THAT(refusal([&] { layer(zeros({1, 3})); }),
              HasSubstr("Linear(out_features=10): called before it is built: in_features is not known yet\n"
                        "  fix: call build(model, sample_shape) first, or give in_features in the options"));
  EXPECT_THAT(refusal([&] { parameter_count(layer); }), HasSubstr("weight is not built"));
  build(layer, {3});
  EXPECT_EQ(layer.weight.shape(), (Shape{10, 3}));
  EXPECT_EQ(layer.bias->shape(), (Shape{10}));
  build(layer, {3});  // harmless
  EXPECT_THROW(build(layer, {4}), ShapeError);
  EXPECT_EQ(layer(zeros({2, 3})).shape(), (Shape{2, 10}));
}

// Sizes alone are not enough for these: they are run on zeros.
TEST(Module, BuildRunsWhatLooksAtValuesOrKeepsThem) {
  Keeps keeps;
  build(keeps, {3});
  EXPECT_EQ(keeps.largest.tensor().item(), 0);
  EXPECT_EQ(keeps.linear.weight.shape(), (Shape{2, 3}));
  Looks looks;
  build(looks, {3});
  EXPECT_EQ(looks.linear.weight.shape(), (Shape{2, 3}));
}

TEST(Module, BuildNamesWhatWasNotReached) {
  Unused model;
  EXPECT_THAT(refusal([&] { build(model, {2}); }), HasSubstr("forgotten.weight was not reached"));
}

TEST(Module, BuildShowsTheChainOfShapes) {
  Wrong model;
  const std::string text = refusal([&] { build(model, {2}); });
  EXPECT_THAT(text, HasSubstr("Linear(in_features=5, out_features=1): linear: "));
  EXPECT_THAT(text, HasSubstr("module_test.cpp:"));
  EXPECT_THAT(text, HasSubstr("\n  shapes: [1, 2] -> hidden Linear [1, 4] -> activation ReLU [1, 4]"));
}

TEST(Module, WeightsFollowTheSeedNotTheBuild) {
  seed(5);
  Linear given{{.in_features = 3, .out_features = 2}};
  seed(5);
  Linear open{{.out_features = 2}};
  Linear other{{.out_features = 2}};
  Linear copied = other;  // unbuilt: other streams than `other`
  for (Linear* layer : {&other, &open, &copied}) build(*layer, {3});
  const auto values = [](const Linear& layer) { return layer.weight.tensor().to_vector<float>(); };
  EXPECT_EQ(values(open), values(given));
  EXPECT_EQ(open.bias->tensor().to_vector<float>(), given.bias->tensor().to_vector<float>());
  EXPECT_NE(values(open), values(other));
  EXPECT_NE(values(copied), values(other));
  Linear moved = std::move(other);
  EXPECT_NE(values(moved), values(copied));
}

TEST(Module, CopyStates) {
  Linear from{{.in_features = 2, .out_features = 2}}, to{{.out_features = 2}};
  copy_states(from, to);
  EXPECT_EQ(to.weight.tensor().to_vector<float>(), from.weight.tensor().to_vector<float>());
  assign(from.weight, zeros({2, 2}));
  EXPECT_NE(to.weight.tensor().to_vector<float>(), from.weight.tensor().to_vector<float>());
  Linear plain{{.out_features = 2, .bias = false}};
  EXPECT_THAT(refusal([&] { copy_states(from, plain); }), HasSubstr("only the model that is copied from has bias"));
  EXPECT_THAT(refusal([&] { copy_states(plain, to); }), HasSubstr("only the model that is copied to has bias"));
}

}  // namespace percept::module_test
