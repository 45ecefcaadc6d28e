// norm_states.h - what normalising layers share: their first values and the checks of their options.
// For the files of layers.
#pragma once
#include <cmath>
#include <optional>
#include <string>

#include "percept/nn/call_layer.h"

namespace percept {

inline Initializer filled(double value) {
  return [value](const Shape& shape, RandomKey) { return full(shape, value); };
}

// Already when the layer is made; the ops check what they are given.
inline void check_layer_eps(const char* who, double eps) {
  if (!(eps >= 0) || !std::isfinite(eps))
    throw ValueError(std::string(who) + ": eps is " + number(eps), "give a small number above 0, as 1e-5");
}

inline void check_momentum(const char* who, const std::optional<double>& momentum) {
  if (momentum && !(*momentum >= 0 && *momentum <= 1))
    throw ValueError(std::string(who) + ": momentum is " + number(*momentum), "give the new value's share, 0 to 1");
}

}  // namespace percept
