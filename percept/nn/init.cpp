// init.cpp - the named initialisations.
#include "percept/nn/init.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/nn/init_matrices.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct Kind {
  std::string_view type;
  std::array<std::string_view, 3> arguments;
};
constexpr std::array<Kind, 24> kKinds{{{"default", {}},
                                       {"zeros", {}},
                                       {"ones", {}},
                                       {"constant", {"value"}},
                                       {"eye", {"gain"}},
                                       {"identity", {"gain"}},
                                       {"dirac", {"groups"}},
                                       {"uniform", {"low", "high"}},
                                       {"normal", {"mean", "std"}},
                                       {"truncated_normal", {"mean", "std"}},
                                       {"random_uniform", {}},
                                       {"random_normal", {}},
                                       {"xavier_uniform", {"gain"}},
                                       {"xavier_normal", {"gain"}},
                                       {"glorot_uniform", {}},
                                       {"glorot_normal", {}},
                                       {"kaiming_uniform", {"a", "mode", "nonlinearity"}},
                                       {"kaiming_normal", {"a", "mode", "nonlinearity"}},
                                       {"he_uniform", {}},
                                       {"he_normal", {}},
                                       {"lecun_uniform", {}},
                                       {"lecun_normal", {}},
                                       {"orthogonal", {"gain"}},
                                       {"variance_scaling", {"scale", "mode", "distribution"}}}};

const Kind* find_kind(std::string_view type) {
  for (const Kind& kind : kKinds)
    if (kind.type == type) return &kind;
  return nullptr;
}

bool takes(const Kind& kind, std::string_view argument) {
  return std::find(kind.arguments.begin(), kind.arguments.end(), argument) != kind.arguments.end();
}

std::string arguments_text(const Kind& kind) {
  std::string text;
  for (std::string_view name : kind.arguments)
    if (!name.empty()) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::string unknown_fix(std::string_view type) {
  std::array<std::string_view, kKinds.size()> names;
  for (std::size_t i = 0; i < kKinds.size(); ++i) names[i] = kKinds[i].type;
  const std::string close = nearest(type, names);
  return (close.empty() ? "" : "did you mean \"" + close + "\"? ") + "known: " + join(names);
}

// The deviation of a normal distribution that is drawn again beyond 2: what Keras divides by.
constexpr double kTruncatedDeviation = 0.87962566103423978;

// The calls below draw from the range even where it is one point or huge: bounds are checked before.
Tensor symmetric(const Shape& shape, double bound, RandomKey key) { return uniform(shape, -bound, bound, key); }

double over_root(double numerator, double fan) { return fan > 0 ? std::sqrt(numerator / fan) : 0; }

// Keras's family: variance scale / fan, by one of three distributions.
Tensor scaled(const Shape& shape, double variance, std::string_view distribution, RandomKey key) {
  const double std = std::sqrt(variance);
  if (distribution == "uniform") return symmetric(shape, std::sqrt(3.0) * std, key);
  if (distribution == "truncated_normal") return truncated_normal(shape, 0, std / kTruncatedDeviation, key);
  return normal(shape, 0, std, key);
}

double fan_by_mode(Fan fan, std::string_view mode) {
  return mode == "fan_in" ? fan.in : mode == "fan_out" ? fan.out : (fan.in + fan.out) / 2;
}

double over(double numerator, double fan) { return fan > 0 ? numerator / fan : 0; }

const Init kPyTorchWeight{.type = "kaiming_uniform", .a = std::sqrt(5.0)};

}  // namespace

Value to_value(const Init& init) {
  const Kind* kind = find_kind(init.type);
  Value tree = Value::object();
  tree.set("type", init.type);
  static const Init plain;
  for_each_field(init, [&](std::string_view name, const auto& field) {
    if (kind != nullptr && !name.empty() && takes(*kind, name)) tree.set(name, to_value(field));
  });
  return tree.as_object().size() == 1 ? Value(init.type) : tree;
}

void from_value(const Value& value, Init& out, std::string_view context) {
  out = Init{};
  const Value* type = value.is_object() ? value.find("type") : &value;
  if (type == nullptr || !type->is_string())
    throw UsageError(std::string(context) + ": expected the name of an initialisation, got " + to_text(value),
                     "write \"zeros\" or { type = \"truncated_normal\", std = 0.1 }");
  out.type = type->as_string();
  const Kind* kind = find_kind(out.type);
  if (kind == nullptr)
    throw UsageError(std::string(context) + ": unknown initialisation \"" + out.type + "\"", unknown_fix(out.type));
  if (!value.is_object()) return;
  for (const auto& [name, argument] : value.as_object())
    if (name != "type" && (name.empty() || !takes(*kind, name)))
      throw UsageError(
          std::string(context) + "." + name + ": " + out.type + " does not take it",
          kind->arguments[0].empty() ? out.type + " takes no arguments" : out.type + " takes " + arguments_text(*kind));
  for_each_field(out, [&]<class F>(std::string_view name, F& field) {
    if (name == "type") return;
    if (const Value* given = value.find(name))
      from_value(*given, field, std::string(context) + "." + std::string(name));
  });
}

Fan fan_of(const Shape& weight) {
  double window = 1;
  for (std::size_t i = 2; i < weight.size(); ++i) window *= static_cast<double>(weight[i]);
  return {static_cast<double>(weight.rank() > 1 ? weight[1] : 1) * window,
          static_cast<double>(weight.rank() > 0 ? weight[0] : 1) * window};
}

void check_init(const Init& init, std::string_view who) {
  if (find_kind(init.type) == nullptr)
    throw ValueError(std::string(who) + ": unknown initialisation \"" + init.type + "\"", unknown_fix(init.type));
  auto refuse = [&](const char* name, double value, const char* fix) {
    throw ValueError(std::string(who) + ": " + init.type + ": " + name + " is " + number(value), fix);
  };
  if (!(init.std >= 0) || !std::isfinite(init.std)) refuse("std", init.std, "give a finite std of at least 0");
  if (!(init.high >= init.low) || !std::isfinite(init.high - init.low)) refuse("high", init.high, "give low <= high");
  const std::pair<const char*, double> finite[] = {
      {"value", init.value}, {"mean", init.mean}, {"a", init.a}, {"gain", init.gain}, {"scale", init.scale}};
  for (const auto& [name, value] : finite)
    if (!std::isfinite(value)) refuse(name, value, "give a finite number");
  if (init.scale < 0) refuse("scale", init.scale, "give at least 0");
  if (init.groups < 1) refuse("groups", static_cast<double>(init.groups), "give at least 1");
  auto refuse_word = [&](const char* name, const std::string& word, const char* fix) {
    throw ValueError(std::string(who) + ": " + init.type + ": " + name + " is \"" + word + "\"", fix);
  };
  const bool averages = init.type == "variance_scaling";
  if (init.mode != "fan_in" && init.mode != "fan_out" && !(averages && init.mode == "fan_avg"))
    refuse_word("mode", init.mode,
                averages ? "give \"fan_in\", \"fan_out\" or \"fan_avg\"" : "give \"fan_in\" or \"fan_out\"");
  if (init.distribution != "truncated_normal" && init.distribution != "untruncated_normal" &&
      init.distribution != "uniform")
    refuse_word("distribution", init.distribution, "give \"truncated_normal\", \"untruncated_normal\" or \"uniform\"");
  calculate_gain(init.nonlinearity, init.a);
}

double calculate_gain(std::string_view nonlinearity, double a) {
  if (nonlinearity == "tanh") return 5.0 / 3;
  if (nonlinearity == "relu") return std::sqrt(2.0);
  if (nonlinearity == "leaky_relu") return std::sqrt(2 / (1 + a * a));
  if (nonlinearity == "selu") return 0.75;
  constexpr std::array<std::string_view, 9> kOnes{"linear",           "sigmoid",          "conv1d",
                                                  "conv2d",           "conv3d",           "conv_transpose1d",
                                                  "conv_transpose2d", "conv_transpose3d", "identity"};
  if (std::find(kOnes.begin(), kOnes.end(), nonlinearity) != kOnes.end()) return 1;
  throw ValueError("calculate_gain: unknown nonlinearity \"" + std::string(nonlinearity) + "\"",
                   "known: linear, sigmoid, tanh, relu, leaky_relu, selu, conv2d and the like");
}

Tensor initial_values(const Init& init, const Init& fallback, const Shape& shape, RandomKey key, Fan fan) {
  const Init& use = init.type == "default" ? fallback : init;
  const std::string& type = use.type;
  if (type == "zeros" || type == "default") return zeros(shape);
  if (type == "ones") return ones(shape);
  if (type == "constant") return full(shape, use.value);
  if (type == "eye" || type == "identity") return eye_values(shape, use.gain);
  if (type == "dirac") return dirac_values(shape, use.groups);
  if (type == "orthogonal") return orthogonal_values(shape, use.gain, key);
  if (type == "uniform") return uniform(shape, use.low, use.high, key);
  if (type == "normal") return normal(shape, use.mean, use.std, key);
  if (type == "truncated_normal") return truncated_normal(shape, use.mean, use.std, key);
  if (type == "random_uniform") return symmetric(shape, 0.05, key);
  if (type == "random_normal") return normal(shape, 0, 0.05, key);
  const double both = fan.in + fan.out;
  if (type == "xavier_uniform") return symmetric(shape, use.gain * over_root(6, both), key);
  if (type == "xavier_normal") return normal(shape, 0, std::abs(use.gain) * over_root(2, both), key);
  if (type == "glorot_uniform") return scaled(shape, over(2, both), "uniform", key);
  if (type == "glorot_normal") return scaled(shape, over(2, both), "truncated_normal", key);
  if (type == "he_uniform") return scaled(shape, over(2, fan.in), "uniform", key);
  if (type == "he_normal") return scaled(shape, over(2, fan.in), "truncated_normal", key);
  if (type == "lecun_uniform") return scaled(shape, over(1, fan.in), "uniform", key);
  if (type == "lecun_normal") return scaled(shape, over(1, fan.in), "truncated_normal", key);
  const double by_mode = fan_by_mode(fan, use.mode);
  if (type == "variance_scaling") return scaled(shape, over(use.scale, by_mode), use.distribution, key);
  const double gain = calculate_gain(use.nonlinearity, use.a);  // kaiming; check_init knew the name
  if (type == "kaiming_normal") return normal(shape, 0, gain * over_root(1, by_mode), key);
  const bool leaky = use.nonlinearity == "leaky_relu";
  return symmetric(shape, over_root(leaky ? 6 / (1 + use.a * use.a) : 3 * gain * gain, by_mode), key);
}

void initialize(State& state, const Init& init) {
  check_init(init, "initialize");
  if (init.type == "default")
    throw ValueError("initialize: the type is \"default\", which only a layer knows", "name an initialisation");
  if (!state.built())
    throw ShapeError("initialize: the state has no shape yet", "build the model first, or give all of its sizes");
  const Shape& shape = state.shape();
  assign(state, cast(initial_values(init, {"zeros"}, shape, next_key(), fan_of(shape)), state.dtype()));
}

void initialize(std::optional<Parameter>& parameter, const Init& init) {
  if (!parameter)
    throw ValueError("initialize: the layer was made without this parameter", "leave bias or affine on, or skip it");
  initialize(*parameter, init);
}

Parameter weight_parameter(const Init& init) {
  return Parameter([init](const Shape& shape, RandomKey key) {
    return initial_values(init, kPyTorchWeight, shape, key, fan_of(shape));
  });
}

Parameter bias_parameter(const Init& init) {
  return Parameter(
      [init](const Shape& shape, RandomKey key) { return initial_values(init, {.type = "zeros"}, shape, key, {}); });
}

void settle_bias(Parameter& bias, const Init& init, const Shape& shape, const Shape& weight_shape) {
  if (!bias.built())
    bias.impl().initializer = [init, fan = fan_of(weight_shape)](const Shape& of, RandomKey key) {
      return initial_values(init, kPyTorchWeight, of, key, fan);
    };
  bias.settle(shape);
}

}  // namespace percept
