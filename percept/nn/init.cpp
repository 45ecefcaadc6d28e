// init.cpp - the named initialisations.
#include "percept/nn/init.h"

#include <array>
#include <cmath>

#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct Kind {
  std::string_view type;
  std::array<std::string_view, 2> arguments;
};
constexpr std::array<Kind, 9> kKinds{{{"default", {}},
                                      {"zeros", {}},
                                      {"ones", {}},
                                      {"constant", {"value"}},
                                      {"uniform", {"low", "high"}},
                                      {"normal", {"mean", "std"}},
                                      {"truncated_normal", {"mean", "std"}},
                                      {"kaiming_uniform", {"a"}},
                                      {"xavier_uniform", {"gain"}}}};

const Kind* find_kind(std::string_view type) {
  for (const Kind& kind : kKinds)
    if (kind.type == type) return &kind;
  return nullptr;
}

bool takes(const Kind& kind, std::string_view argument) {
  return argument == kind.arguments[0] || argument == kind.arguments[1];
}

std::string unknown_fix(std::string_view type) {
  std::array<std::string_view, kKinds.size()> names;
  for (std::size_t i = 0; i < kKinds.size(); ++i) names[i] = kKinds[i].type;
  const std::string close = nearest(type, names);
  return (close.empty() ? "" : "did you mean \"" + close + "\"? ") + "known: " + join(names);
}

// The calls below draw from the range even where it is one point or huge: bounds are checked before.
Tensor symmetric(const Shape& shape, double bound, RandomKey key) { return uniform(shape, -bound, bound, key); }

double over_root(double numerator, double fan) { return fan > 0 ? std::sqrt(numerator / fan) : 0; }

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
      throw UsageError(std::string(context) + "." + name + ": " + out.type + " does not take it",
                       kind->arguments[0].empty()
                           ? out.type + " takes no arguments"
                           : out.type + " takes " + std::string(kind->arguments[0]) +
                                 (kind->arguments[1].empty() ? "" : " and ") + std::string(kind->arguments[1]));
  for_each_field(out, [&]<class F>(std::string_view name, F& field) {
    if constexpr (std::same_as<F, double>)
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
  for (double each : {init.value, init.mean, init.a, init.gain})
    if (!std::isfinite(each)) refuse("an argument", each, "give finite numbers");
}

Tensor initial_values(const Init& init, const Init& fallback, const Shape& shape, RandomKey key, Fan fan) {
  const Init& use = init.type == "default" ? fallback : init;
  if (use.type == "zeros") return zeros(shape);
  if (use.type == "ones") return ones(shape);
  if (use.type == "constant") return full(shape, use.value);
  if (use.type == "uniform") return uniform(shape, use.low, use.high, key);
  if (use.type == "normal") return normal(shape, use.mean, use.std, key);
  if (use.type == "truncated_normal") return truncated_normal(shape, use.mean, use.std, key);
  if (use.type == "kaiming_uniform") return symmetric(shape, over_root(6 / (1 + use.a * use.a), fan.in), key);
  return symmetric(shape, use.gain * over_root(6, fan.in + fan.out), key);  // xavier_uniform; check_init knew the name
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
