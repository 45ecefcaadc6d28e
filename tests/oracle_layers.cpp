// oracle_layers.cpp - every layer against fixtures made by PyTorch: outputs, gradients of inputs and parameters,
// buffers afterwards (tests/oracle/make_torch_layers.py); weights in PyTorch's files into our models and back.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "oracle.h"
#include "percept/autograd/autograd.h"
#include "percept/base/text.h"
#include "percept/base/value.h"
#include "percept/io/save.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/layers/bilinear.h"
#include "percept/nn/module.h"
#include "percept/ops/ops.h"
#include "percept/recipes/toml.h"

namespace percept {
namespace {

std::string oracle_path(const std::string& name) {
  const char* root = std::getenv("PERCEPT_SOURCE");
  return std::string(root ? root : PERCEPT_SOURCE_DIR) + "/tests/oracle/" + name;
}

struct LayerCase {
  std::string name, options;  // TOML, as in a recipe
};
void PrintTo(const LayerCase& one, std::ostream* out) { *out << one.name; }

// What the file's metadata name; none where it cannot be read, which EveryLayerHasAFixture then tells.
std::vector<LayerCase> cases() {
  std::vector<LayerCase> all;
  try {
    for (const auto& [key, text] : read_safetensors(oracle_path("torch_layers.safetensors")).metadata)
      if (key.starts_with("case:")) all.push_back({key.substr(5), text});
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
  }
  return all;
}

const testing::Fixtures& fixtures() {
  static const testing::Fixtures all("torch_layers");
  return all;
}

Value options_of(const std::string& toml) { return *parse_toml("layer = " + toml, "case").tree.find("layer"); }

// The largest share of its tolerance that any comparison used, and the largest deviations.
struct Worst {
  double share = 0, deviation = 0;
  std::string at;
};
struct Report {
  Worst worst;
  ~Report() {
    std::cout << "closest to its tolerance: " << worst.at << ", " << worst.share << " of it, deviation "
              << worst.deviation << "\n";
  }
};

void compare(const Tensor& got, const Tensor& wanted, const std::string& name, const std::string& what) {
  static Report report;
  Worst& worst = report.worst;
  testing::expect_close(got, wanted, name, what);
  if (got.shape() != wanted.shape()) return;
  const testing::Tolerance allowed = testing::tolerance_of(name);
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double share = std::abs(a[i] - b[i]) / (allowed.atol + allowed.rtol * std::abs(b[i]));
    if (share > worst.share) worst = {share, std::abs(a[i] - b[i]), name + " " + what};
  }
}

// Gives the states their values before, all of them.
void set_states(const ModuleRef& layer, const std::string& name) {
  std::set<std::string> known;
  for (NamedState& state : states(layer)) {
    assign(*state.state, contiguous(copy(fixtures().at(name + ".state." + state.path))));
    known.insert(state.path);
  }
  const std::string prefix = name + ".state.";
  for (const auto& [key, tensor] : fixtures().all())
    EXPECT_TRUE(!key.starts_with(prefix) || known.contains(key.substr(prefix.size())))
        << key << ": PyTorch has it, the layer does not";
}

// One call and its gradients, in the mode that is on.
template <class Call>
void check_call(const std::string& name, const ModuleRef& layer, const std::vector<Tensor>& inputs, const Call& call) {
  set_states(layer, name);
  for (NamedState& state : states(layer)) set_grad(*state.state, {});
  std::vector<Tensor> given;
  for (const Tensor& input : inputs) given.push_back(is_floating(input.dtype()) ? variable(input) : input);
  const Tensor y = call(given);
  compare(y, fixtures().at(name + ".y"), name, "output");
  const Tensor loss = sum(y * fixtures().at(name + ".dy"));
  for (std::size_t i = 0; i < given.size(); ++i)
    if (const Tensor* dx = fixtures().find(name + ".dx" + (i == 0 ? "" : number(i + 1))))
      compare(gradients(loss, {given[i]})[0], *dx, name, "gradient of input " + number(i));
  if (loss.requires_grad()) loss.backward();
  for (const NamedState& state : states(layer)) {
    if (const Tensor* grad = fixtures().find(name + ".grad." + state.path)) {
      ASSERT_TRUE(state.state->grad().defined()) << name << ": " << state.path << " got no gradient";
      compare(state.state->grad(), *grad, name, "gradient of " + state.path);
    }
    if (const Tensor* after = fixtures().find(name + ".after." + state.path))
      compare(state.state->tensor(), *after, name, state.path + " afterwards");
  }
}

class TorchLayer : public ::testing::TestWithParam<LayerCase> {
 protected:
  // In training, in inference, or in both where the name says nothing.
  template <class Call>
  void check_modes(const ModuleRef& layer, const std::vector<Tensor>& inputs, const Call& call) {
    const std::string& name = GetParam().name;
    if (!name.ends_with("_eval")) {
      const TrainingScope training;
      check_call(name, layer, inputs, call);
    }
    if (!name.ends_with("_train")) check_call(name, layer, inputs, call);
  }
};

TEST_P(TorchLayer, GivesPyTorchsValuesAndGradients) {
  const std::string& name = GetParam().name;
  const Value options = options_of(GetParam().options);
  const std::string type = options.find("type")->as_string();
  const Tensor x = fixtures().at(name + ".x");
  if (type == "Bilinear") {
    Bilinear layer(percept::options_of<Bilinear>(options, name));
    check_modes(layer, {x, fixtures().at(name + ".x2")},
                [&](const std::vector<Tensor>& in) { return layer(in[0], in[1]); });
    return;
  }
  AnyModule layer = make_layer(options, name);
  check_modes(layer, {x}, [&](const std::vector<Tensor>& in) { return layer(in[0]); });
}
INSTANTIATE_TEST_SUITE_P(All, TorchLayer, ::testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST(TorchLayers, EveryLayerHasAFixture) {
  std::set<std::string> covered;
  for (const LayerCase& one : cases()) covered.insert(options_of(one.options).find("type")->as_string());
  for (const LayerRecord& record : all_layers())
    EXPECT_TRUE(covered.contains(std::string(record.type)))
        << record.type << " has no fixture: add it to tests/oracle/make_torch_layers.py and run that";
  for (const std::string& type : covered) EXPECT_NE(find_layer(type), nullptr) << type;
}

// What a made layer says of itself makes the same layer again: recipes and saved models rest on it.
TEST(TorchLayers, OptionsMakeTheSameLayerAgain) {
  for (const LayerCase& one : cases()) {
    const Value options = options_of(one.options);
    if (options.find("type")->as_string() == "Bilinear") continue;
    const AnyModule layer = make_layer(options, one.name);
    Value again = layer.options();
    again.set("type", layer.type_name());
    const Value through_toml = *parse_toml(to_toml([&] {
                                             Value tree = Value::object();
                                             tree.set("layer", Value::array());
                                             tree.find("layer")->push_back(again);
                                             return tree;
                                           }()),
                                           one.name)
                                    .tree.find("layer");
    EXPECT_EQ(make_layer(through_toml.as_array()[0], one.name).options(), layer.options()) << one.name;
  }
}

}  // namespace
}  // namespace percept
