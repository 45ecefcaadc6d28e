// activations.h - pointwise activations as layers: ReLU, Sigmoid, Tanh.
#pragma once
#include "percept/nn/module.h"

namespace percept {

// What layers without settings have in common: an empty Options, so that recipes make them like all others.
struct NoOptions {};

// max(x, 0)
struct ReLU {
  using Options = NoOptions;
  ReLU() = default;
  explicit ReLU(Options) {}
  Tensor operator()(const Arg& x) const;
  Options options() const { return {}; }
  PERCEPT_FIELDS();
};

// 1 / (1 + exp(-x))
struct Sigmoid {
  using Options = NoOptions;
  Sigmoid() = default;
  explicit Sigmoid(Options) {}
  Tensor operator()(const Arg& x) const;
  Options options() const { return {}; }
  PERCEPT_FIELDS();
};

// The hyperbolic tangent.
struct Tanh {
  using Options = NoOptions;
  Tanh() = default;
  explicit Tanh(Options) {}
  Tensor operator()(const Arg& x) const;
  Options options() const { return {}; }
  PERCEPT_FIELDS();
};

}  // namespace percept
