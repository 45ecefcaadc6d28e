// init_test.cpp - every initialisation against its formula: ranges, means and deviations for fixed seeds.
#include "percept/nn/init.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "percept/nn/init_matrices.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/linear.h"
#include "percept/ops/ops.h"
#include "tests/refusal.h"

namespace percept::init_test {

using testing::ElementsAre;
using testing::HasSubstr;

struct Statistics {
  double mean = 0, std = 0, low = 0, high = 0;
};
Statistics statistics(const Tensor& x) {
  const auto values = x.to_vector<double>();
  Statistics s{.low = values[0], .high = values[0]};
  for (double v : values) s.mean += v / static_cast<double>(values.size());
  for (double v : values) {
    s.std += (v - s.mean) * (v - s.mean) / static_cast<double>(values.size());
    s.low = std::min(s.low, v);
    s.high = std::max(s.high, v);
  }
  s.std = std::sqrt(s.std);
  return s;
}

struct Expected {
  Init init;
  double mean, std;
  double bound;  // 0: none
};

// A convolution's weight [80, 50, 3, 2]: fan_in 300, fan_out 480.
const Shape kShape{80, 50, 3, 2};

std::vector<Expected> expectations() {
  const double in = 300, out = 480, root3 = std::sqrt(3.0);
  const auto uniform = [&](Init init, double std) { return Expected{std::move(init), 0, std, root3 * std}; };
  const auto cut = [&](Init init, double std) {
    return Expected{std::move(init), 0, std, 2 * std / 0.8796256610342398};
  };
  return {
      {{.type = "uniform", .low = -1, .high = 3}, 1, 4 / std::sqrt(12.0), 0},
      {{.type = "normal", .mean = 2, .std = 0.5}, 2, 0.5, 0},
      {{.type = "truncated_normal", .mean = 0, .std = 0.1}, 0, 0.08796256610342398, 0.2},
      uniform({"random_uniform"}, 0.05 / root3),
      {{"random_normal"}, 0, 0.05, 0},
      uniform({.type = "xavier_uniform", .gain = 2}, 2 * std::sqrt(2 / (in + out))),
      {{.type = "xavier_normal", .gain = 0.5}, 0, 0.5 * std::sqrt(2 / (in + out)), 0},
      uniform({"glorot_uniform"}, std::sqrt(2 / (in + out))),
      cut({"glorot_normal"}, std::sqrt(2 / (in + out))),
      uniform({"kaiming_uniform"}, std::sqrt(2 / in)),
      uniform({.type = "kaiming_uniform", .a = std::sqrt(5.0)}, std::sqrt(1 / (3 * in))),
      uniform({.type = "kaiming_uniform", .mode = "fan_out", .nonlinearity = "relu"}, std::sqrt(2 / out)),
      uniform({.type = "kaiming_uniform", .nonlinearity = "tanh"}, 5.0 / 3 / std::sqrt(in)),
      {{.type = "kaiming_normal", .nonlinearity = "relu"}, 0, std::sqrt(2 / in), 0},
      {{.type = "kaiming_normal", .a = 0.2, .mode = "fan_out"}, 0, std::sqrt(2 / 1.04 / out), 0},
      uniform({"he_uniform"}, std::sqrt(2 / in)),
      cut({"he_normal"}, std::sqrt(2 / in)),
      uniform({"lecun_uniform"}, std::sqrt(1 / in)),
      cut({"lecun_normal"}, std::sqrt(1 / in)),
      cut({"variance_scaling"}, std::sqrt(1 / in)),
      {{.type = "variance_scaling", .mode = "fan_out", .scale = 3, .distribution = "untruncated_normal"},
       0,
       std::sqrt(3 / out),
       0},
      uniform({.type = "variance_scaling", .mode = "fan_avg", .scale = 2, .distribution = "uniform"},
              std::sqrt(4 / (in + out))),
  };
}

TEST(Init, StatisticsFollowTheFormulas) {
  for (const Expected& one : expectations()) {
    check_init(one.init, "test");
    const Tensor values = initial_values(one.init, {}, kShape, {7, 3}, fan_of(kShape));
    const Statistics s = statistics(values);
    // 24 000 draws: five standard errors of the mean and (for normal numbers) of the deviation.
    const std::string what = one.init.type + " " + one.init.mode + " " + one.init.distribution;
    EXPECT_NEAR(s.mean, one.mean, 5 * one.std / std::sqrt(24000.0)) << what;
    EXPECT_NEAR(s.std, one.std, 5 * one.std / std::sqrt(48000.0)) << what;
    if (one.bound > 0) {
      EXPECT_LE(s.high, one.bound * (1 + 1e-6)) << what;
      EXPECT_GE(s.low, -one.bound * (1 + 1e-6)) << what;
      EXPECT_GE(s.high, 0.98 * one.bound) << what;
    }
    EXPECT_EQ(initial_values(one.init, {}, kShape, {7, 3}, fan_of(kShape)).to_vector<float>(),
              values.to_vector<float>());
    EXPECT_NE(initial_values(one.init, {}, kShape, {7, 4}, fan_of(kShape)).to_vector<float>(),
              values.to_vector<float>());
  }
}

TEST(Init, Constants) {
  const auto values = [](const Init& init, const Shape& shape) {
    return initial_values(init, {}, shape, {1, 1}, fan_of(shape)).to_vector<float>();
  };
  EXPECT_THAT(values({"zeros"}, {2}), ElementsAre(0, 0));
  EXPECT_THAT(values({"ones"}, {2}), ElementsAre(1, 1));
  EXPECT_THAT(values({.type = "constant", .value = 3}, {2}), ElementsAre(3, 3));
  EXPECT_THAT(values({"eye"}, {2, 3}), ElementsAre(1, 0, 0, 0, 1, 0));
  EXPECT_THAT(values({.type = "identity", .gain = 2}, {3, 2}), ElementsAre(2, 0, 0, 2, 0, 0));
  EXPECT_THAT(values({"dirac"}, {2, 2, 3}), ElementsAre(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0));
  EXPECT_TRUE(values({"dirac"}, {2, 2, 0}).empty());
  EXPECT_THAT(values({.type = "dirac", .groups = 2}, {2, 1, 2}), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(refusal([&] { values({"eye"}, {2}); }), HasSubstr("eye: the parameter has shape [2]"));
  EXPECT_THAT(refusal([&] { values({"dirac"}, {2, 2}); }), HasSubstr("dirac: the parameter has shape [2, 2]"));
  EXPECT_THAT(refusal([&] { values({"orthogonal"}, {2}); }), HasSubstr("orthogonal: the parameter has shape [2]"));
}

TEST(Init, OptionalParameters) {
  Conv2d with{{.in_channels = 1, .out_channels = 2, .kernel_size = 1}};
  initialize(with.bias, {.type = "constant", .value = 3});
  EXPECT_THAT(with.bias->tensor().to_vector<float>(), ElementsAre(3, 3));
  Conv2d without{{.in_channels = 1, .out_channels = 2, .kernel_size = 1, .bias = false}};
  EXPECT_THAT(refusal([&] { initialize(without.bias, {"zeros"}); }), HasSubstr("made without this parameter"));
  EXPECT_THAT(refusal([&] { initialize(with.weight, {}); }), HasSubstr("which only a layer knows"));
}

// A convolution that starts as dirac hands its input through.
TEST(Init, DiracIsTheIdentity) {
  const Conv2d conv{
      {.in_channels = 3, .out_channels = 3, .kernel_size = 3, .padding = 1, .bias = false, .weight_init = {"dirac"}}};
  const Tensor x = uniform({2, 3, 4, 5}, -1, 1, {1, 2});
  EXPECT_EQ(conv(x).to_vector<float>(), x.to_vector<float>());
}

TEST(Init, OrthogonalRowsOrColumns) {
  for (const Shape& shape : {Shape{6, 20}, Shape{20, 6}, Shape{8, 8}, Shape{4, 3, 2, 2}, Shape{1, 5}}) {
    const Tensor values = orthogonal_values(shape, 1.5, {3, 5});
    const std::int64_t rows = shape[0], columns = values.numel() / rows;
    Tensor matrix = cast(reshape(values, {rows, columns}), DType::f64);
    if (rows > columns) matrix = transpose(matrix);
    const Tensor gram = matmul(matrix, transpose(matrix));
    const Tensor wanted = cast(eye_values({gram.size(0), gram.size(0)}, 1.5 * 1.5), DType::f64);
    EXPECT_LT(max(abs(gram - wanted)).item(), 1e-6) << str(shape);
    EXPECT_EQ(orthogonal_values(shape, 1.5, {3, 5}).to_vector<float>(), values.to_vector<float>());
  }
  EXPECT_EQ(orthogonal_values({0, 3}, 1, {}).shape(), (Shape{0, 3}));
}

TEST(Init, Gains) {
  EXPECT_DOUBLE_EQ(calculate_gain("linear"), 1);
  EXPECT_DOUBLE_EQ(calculate_gain("conv2d"), 1);
  EXPECT_DOUBLE_EQ(calculate_gain("sigmoid"), 1);
  EXPECT_DOUBLE_EQ(calculate_gain("tanh"), 5.0 / 3);
  EXPECT_DOUBLE_EQ(calculate_gain("relu"), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(calculate_gain("leaky_relu"), std::sqrt(2 / 1.0001));
  EXPECT_DOUBLE_EQ(calculate_gain("leaky_relu", 2), std::sqrt(0.4));
  EXPECT_DOUBLE_EQ(calculate_gain("selu"), 0.75);
  EXPECT_THAT(refusal([] { calculate_gain("swish"); }), HasSubstr("unknown nonlinearity \"swish\""));
}

TEST(Init, ArgumentsAreChecked) {
  const auto check = [](Init init) { return refusal([&] { check_init(init, "Linear: weight_init"); }); };
  EXPECT_THAT(check({.type = "kaiming_normal", .mode = "fan_avg"}), HasSubstr("mode is \"fan_avg\""));
  EXPECT_THAT(check({.type = "variance_scaling", .distribution = "cauchy"}), HasSubstr("distribution is \"cauchy\""));
  EXPECT_THAT(check({.type = "variance_scaling", .scale = -1}), HasSubstr("scale is -1"));
  EXPECT_THAT(check({.type = "kaiming_normal", .nonlinearity = "swish"}), HasSubstr("unknown nonlinearity"));
  EXPECT_THAT(check({.type = "dirac", .groups = 0}), HasSubstr("groups is 0"));
  EXPECT_THAT(check({.type = "he_norma"}), HasSubstr("did you mean \"he_normal\"?"));
}

TEST(Init, FromRecipes) {
  Init init;
  Value table = Value::object();
  table.set("type", "kaiming_normal");
  table.set("mode", "fan_out");
  table.set("nonlinearity", "relu");
  from_value(table, init, "w");
  EXPECT_EQ(init, (Init{.type = "kaiming_normal", .mode = "fan_out", .nonlinearity = "relu"}));
  Init again;
  from_value(to_value(init), again, "w");
  EXPECT_EQ(again, init);
  table.set("distribution", "uniform");
  EXPECT_THAT(refusal([&] { from_value(table, init, "w"); }), HasSubstr("kaiming_normal takes a, mode, nonlinearity"));
}

TEST(Init, InitializeDrawsAgain) {
  seed(4);
  Linear layer{{.in_features = 30, .out_features = 20}};
  const auto before = layer.weight.tensor().to_vector<float>();
  initialize(layer.weight, {.type = "xavier_normal"});
  EXPECT_NE(layer.weight.tensor().to_vector<float>(), before);
  EXPECT_NEAR(statistics(layer.weight).std, 0.2, 0.03);
  initialize(*layer.bias, {"ones"});
  EXPECT_EQ(layer.bias->tensor().to_vector<float>(), std::vector<float>(20, 1));
  Linear open{{.out_features = 2}};
  EXPECT_THAT(refusal([&] { initialize(open.weight, {"ones"}); }), HasSubstr("has no shape yet"));
}

}  // namespace percept::init_test
