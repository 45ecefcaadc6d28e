// conv1d.h - the convolution layer over sequences.
#pragma once
#include <optional>

#include "percept/nn/init.h"
#include "percept/nn/module.h"
#include "percept/ops/sizes.h"

namespace percept {

// [B, in_channels, L] -> [B, out_channels, L'], L' = (L + pads - dilation (kernel - 1) - 1) / stride + 1.
// weight [out_channels, in_channels / groups, k] and bias [out_channels] start as Conv2d's do.
class Conv1d {
 public:
  struct Options {
    std::int64_t in_channels = -1;  // -1: from the input, when built
    std::int64_t out_channels = -1;
    std::int64_t kernel_size = 0;
    std::int64_t stride = 1;
    Padding padding = {};  // a number, "same" or "valid"
    std::int64_t dilation = 1;
    std::int64_t groups = 1;
    bool bias = true;
    Init weight_init = {};
    Init bias_init = {};
  };
  explicit Conv1d(Options options);

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  Parameter weight;
  std::optional<Parameter> bias;
  PERCEPT_FIELDS(weight, bias);

 private:
  void settle(std::int64_t in_channels);
  Options options_;
};

}  // namespace percept
