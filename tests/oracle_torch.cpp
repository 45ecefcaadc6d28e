// oracle_torch.cpp - every layer against fixtures made by PyTorch (tests/oracle).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "percept/autograd/autograd.h"
#include "percept/base/value.h"
#include "percept/formats/safetensors.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/module.h"
#include "percept/ops/ops.h"
#include "percept/recipes/toml.h"

namespace percept {
namespace {

// f32 in two frameworks: sums of up to a hundred terms in different orders.
constexpr double kTolerance = 2e-5;

const TensorFile& fixtures() {
  static const TensorFile file = [] {
    const char* root = std::getenv("PERCEPT_SOURCE");
    return read_safetensors(std::string(root ? root : PERCEPT_SOURCE_DIR) + "/tests/oracle/torch.safetensors");
  }();
  return file;
}

const Tensor* find(const std::string& name) {
  for (const auto& [known, tensor] : fixtures().tensors)
    if (known == name) return &tensor;
  return nullptr;
}
const Tensor& fixture(const std::string& name) {
  if (const Tensor* tensor = find(name)) return *tensor;
  throw ValueError("no fixture " + name, "run tests/oracle/make_torch_fixtures.py");
}

void expect_close(const Tensor& got, const Tensor& wanted, const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], kTolerance * std::max(1.0, std::abs(b[i]))) << what << ", element " << i;
}

struct LayerCase {
  const char* name;
  const char* options;  // TOML, as in a recipe
  bool training = true;
};
const LayerCase kLayers[] = {
    {"Linear", "{type='Linear', in_features=7, out_features=5}"},
    {"Linear_no_bias", "{type='Linear', in_features=7, out_features=5, bias=false}"},
    {"Conv2d", "{type='Conv2d', in_channels=3, out_channels=8, kernel_size=3}"},
    {"Conv2d_stride_padding", "{type='Conv2d', in_channels=3, out_channels=6, kernel_size=5, stride=2, padding=2}"},
    {"Conv2d_dilation", "{type='Conv2d', in_channels=2, out_channels=4, kernel_size=3, dilation=2, padding=1}"},
    {"Conv2d_groups", "{type='Conv2d', in_channels=4, out_channels=8, kernel_size=3, groups=2, padding=1}"},
    {"Conv2d_depthwise", "{type='Conv2d', in_channels=4, out_channels=4, kernel_size=3, groups=4, padding=1}"},
    {"Conv2d_same", "{type='Conv2d', in_channels=2, out_channels=3, kernel_size=4, padding='same'}"},
    {"MaxPool2d", "{type='MaxPool2d', kernel_size=2}"},
    {"MaxPool2d_overlap", "{type='MaxPool2d', kernel_size=3, stride=2, padding=1}"},
    {"AvgPool2d", "{type='AvgPool2d', kernel_size=2}"},
    {"AvgPool2d_padding", "{type='AvgPool2d', kernel_size=3, stride=2, padding=1}"},
    {"AvgPool2d_exclude", "{type='AvgPool2d', kernel_size=3, stride=2, padding=1, count_include_pad=false}"},
    {"BatchNorm2d_train", "{type='BatchNorm2d', num_features=5}"},
    {"BatchNorm2d_eval", "{type='BatchNorm2d', num_features=5}", false},
    {"Dropout_eval", "{type='Dropout', rate=0.5}", false},
    {"Flatten", "{type='Flatten'}"},
    {"ReLU", "{type='ReLU'}"},
    {"Sigmoid", "{type='Sigmoid'}"},
    {"Tanh", "{type='Tanh'}"},
    {"Softmax", "{type='Softmax'}"},
    {"LogSoftmax", "{type='LogSoftmax'}"},
};

Value options_of(const std::string& toml) { return *parse_toml("layer = " + toml, "case").tree.find("layer"); }

void PrintTo(const LayerCase& one, std::ostream* out) { *out << one.name; }

class TorchLayer : public ::testing::TestWithParam<LayerCase> {};

TEST_P(TorchLayer, GivesPyTorchsValuesAndGradients) {
  const std::string name = GetParam().name;
  const Value options = options_of(GetParam().options);
  AnyModule layer = find_layer(options.find("type")->as_string())->make(options, name);
  for (NamedState& state : states(layer))
    assign(*state.state, contiguous(copy(fixture(name + ".state." + state.path))));
  const Tensor x = variable(fixture(name + ".x"));
  const auto run = [&] {
    const Tensor y = layer(x);
    expect_close(y, fixture(name + ".y"), "output");
    const Tensor loss = sum(y * fixture(name + ".dy"));
    loss.backward();
    expect_close(gradients(loss, {x})[0], fixture(name + ".dx"), "input gradient");
  };
  if (GetParam().training) {
    const TrainingScope training;
    run();
  } else {
    run();
  }
  for (const NamedState& state : states(layer)) {
    if (const Tensor* grad = find(name + ".grad." + state.path))
      expect_close(state.state->grad(), *grad, "gradient of " + state.path);
    if (const Tensor* after = find(name + ".after." + state.path))
      expect_close(state.state->tensor(), *after, state.path);
  }
}
INSTANTIATE_TEST_SUITE_P(All, TorchLayer, ::testing::ValuesIn(kLayers),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(TorchOracle, CoversEveryLayer) {
  std::set<std::string> covered;
  for (const LayerCase& one : kLayers) covered.insert(options_of(one.options).find("type")->as_string());
  for (const LayerRecord& record : all_layers())
    EXPECT_TRUE(covered.contains(std::string(record.type))) << record.type << " has no fixture";
}

}  // namespace
}  // namespace percept
