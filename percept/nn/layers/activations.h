// activations.h - activations without settings as layers: ReLU, ReLU6, Sigmoid, Tanh, SELU, SiLU, Mish, ...
#pragma once
#include "percept/nn/module.h"

namespace percept {

// What layers without settings have in common: an empty Options, so that recipes make them like all others.
struct NoOptions {};
struct LayerWithoutOptions {
  using Options = NoOptions;
  LayerWithoutOptions() = default;
  explicit LayerWithoutOptions(Options) {}
  Options options() const { return {}; }
};

// max(x, 0)
struct ReLU : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// min(max(x, 0), 6)
struct ReLU6 : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// 1 / (1 + exp(-x))
struct Sigmoid : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// The hyperbolic tangent.
struct Tanh : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// scale (max(x, 0) + min(alpha (exp(x) - 1), 0)) with the constants that keep mean 0 and variance 1.
struct SELU : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// x sigmoid(x), also called swish.
struct SiLU : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// x tanh(softplus(x))
struct Mish : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// x / (1 + |x|)
struct Softsign : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// log(sigmoid(x))
struct LogSigmoid : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// min(max(x / 6 + 1 / 2, 0), 1)
struct Hardsigmoid : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// x Hardsigmoid(x)
struct Hardswish : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// x - tanh(x)
struct Tanhshrink : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// x itself.
struct Identity : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};

}  // namespace percept
