// call_layer.h - what every layer does around its own arithmetic: settle sizes, name itself in errors, be observed.
// For the files of layers.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "percept/core/mode.h"
#include "percept/nn/init.h"
#include "percept/nn/module.h"
#include "percept/ops/node.h"
#include "percept/ops/ops.h"

namespace percept {

// "Linear(out_features=10)": the type and the options that differ from their defaults.
template <class L>
std::string describe(const L& layer) {
  return std::string(type_name_of<L>()) + "(" + str_options(layer.options()) + ")";
}

// Runs `forward()` as a call of `layer`: errors get the layer's description, path and the caller's line.
template <class L, class F>
Tensor call_layer(const L& layer, const Arg& x, F&& forward) {
  try {
    Tensor y = forward();
    tell_observers(layer, y);
    return y;
  } catch (Error& error) {
    error.add_context(describe(layer));
    error.set_where(x.site());
    if (layer_path()) error.set_path(*layer_path());
    throw;
  }
}

// Building is the one change that a call makes to a layer, and only inside a BuildScope.
template <class S>
S& to_settle(const S& state) {
  return const_cast<S&>(state);
}

// Whether `build` has something left to settle; a file may have brought the weight and not the bias.
inline bool is_open(const Parameter& weight, const std::optional<Parameter>& bias) {
  return !weight.built() || (bias && !bias->built());
}

// What ops take for a parameter that a layer may lack.
inline std::optional<Arg> optional_arg(const std::optional<Parameter>& parameter) {
  return parameter ? std::optional<Arg>(*parameter) : std::nullopt;
}

// The channels of the input that settles a convolution. ShapeError unless it has the rank: "it takes " + `wanted`.
std::int64_t settling_channels(const Tensor& input, int rank, const char* wanted, const char* fix);

// A file loaded into a layer with open sizes brings its own: those that the options name must agree (-1: any).
// ShapeError otherwise. Two integers or four to compare: cheap enough for each call.
void check_sizes(const State& weight, const Dims& wanted);

// Refuses the call of a layer whose sizes were left open, outside `build`.
void check_building(const char* open_size);

// ValueError "Linear: out_features is -1" unless the value is at least `low`.
void check_option(const char* layer, const char* name, std::int64_t value, std::int64_t low);

}  // namespace percept
