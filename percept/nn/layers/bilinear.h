// bilinear.h - the layer of two inputs that weighs their products.
#pragma once
#include <optional>

#include "percept/nn/init.h"
#include "percept/nn/module.h"

namespace percept {

// y = a^T weight[o] b + bias[o] for each output o: [..., in1_features], [..., in2_features] -> [..., out_features].
// weight [out_features, in1_features, in2_features] and bias [out_features] start uniform in +-1 / sqrt(in1_features),
// as PyTorch's. Being of two inputs it is held by a struct, not by a Sequential or a recipe.
class Bilinear {
 public:
  struct Options {
    std::int64_t in1_features = -1;  // -1: from the inputs, when built
    std::int64_t in2_features = -1;
    std::int64_t out_features = -1;
    bool bias = true;
    Init weight_init = {};
    Init bias_init = {};
  };
  explicit Bilinear(Options options);

  Tensor operator()(const Arg& a, const Arg& b) const;
  const Options& options() const { return options_; }

  Parameter weight;
  std::optional<Parameter> bias;
  PERCEPT_FIELDS(weight, bias);

 private:
  void settle(std::int64_t in1_features, std::int64_t in2_features);
  Options options_;
};

}  // namespace percept
