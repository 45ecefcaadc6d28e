// linear.h - the fully connected layer.
#pragma once
#include <optional>

#include "percept/nn/init.h"
#include "percept/nn/module.h"

namespace percept {

// y = x weight^T + bias: [B, in_features] -> [B, out_features], and on the last axis of more where in_features is
// given. weight [out_features, in_features] and bias [out_features] start uniform in +-1 / sqrt(in_features), as
// PyTorch's.
class Linear {
 public:
  struct Options {
    std::int64_t in_features = -1;  // -1: from the input, when built
    std::int64_t out_features = -1;
    bool bias = true;
    Init weight_init = {};
    Init bias_init = {};
  };
  explicit Linear(Options options);

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  Parameter weight;
  std::optional<Parameter> bias;
  PERCEPT_FIELDS(weight, bias);

 private:
  void settle(std::int64_t in_features);
  Options options_;
};

}  // namespace percept
