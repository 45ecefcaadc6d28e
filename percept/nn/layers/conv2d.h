// conv2d.h - the convolution layer over images.
#pragma once
#include <optional>
#include <string>

#include "percept/nn/init.h"
#include "percept/nn/module.h"
#include "percept/ops/sizes.h"

namespace percept {

// [B, in_channels, H, W] -> [B, out_channels, H', W'], H' = (H + pads - dilation (kernel - 1) - 1) / stride + 1.
// weight [out_channels, in_channels / groups, kh, kw] and bias [out_channels] start uniform in +-1 / sqrt(fan_in),
// fan_in = in_channels / groups * kh * kw, as PyTorch's.
class Conv2d {
 public:
  struct Options {
    std::int64_t in_channels = -1;  // -1: from the input, when built
    std::int64_t out_channels = -1;
    Size2 kernel_size = 0;
    Size2 stride = 1;
    Padding padding = {};
    Size2 dilation = 1;
    std::int64_t groups = 1;
    bool bias = true;
    std::string algorithm = "auto";  // "direct" and "winograd" round differently
    Init weight_init = {};
    Init bias_init = {};
  };
  explicit Conv2d(Options options);

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
