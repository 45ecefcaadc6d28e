// separable_conv2d.h - Keras's convolutions of one channel at a time: DepthwiseConv2d, SeparableConv2d.
#pragma once
#include <optional>

#include "percept/nn/init.h"
#include "percept/nn/module.h"
#include "percept/ops/sizes.h"

namespace percept {

// Each channel with its own depth_multiplier filters: [B, C, H, W] -> [B, C depth_multiplier, H', W'], outputs of one
// channel beside each other. It is Conv2d with groups = C, and has its states: weight [C depth_multiplier, 1, kh, kw]
// and bias [C depth_multiplier].
class DepthwiseConv2d {
 public:
  struct Options {
    std::int64_t in_channels = -1;  // -1: from the input, when built
    Size2 kernel_size = 0;
    Size2 stride = 1;
    Padding padding = {};
    Size2 dilation = 1;
    std::int64_t depth_multiplier = 1;
    bool bias = true;
    Init weight_init = {};
    Init bias_init = {};
  };
  explicit DepthwiseConv2d(Options options);

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  Parameter weight;
  std::optional<Parameter> bias;
  PERCEPT_FIELDS(weight, bias);

 private:
  void settle(std::int64_t in_channels);
  Options options_;
};

// A depthwise convolution without bias, then a 1x1 convolution over the channels: [B, C, H, W] -> [B, out_channels,
// H', W']. depthwise_weight [C depth_multiplier, 1, kh, kw], pointwise_weight [out_channels, C depth_multiplier, 1, 1],
// bias [out_channels]. Source: Chollet 2017.
class SeparableConv2d {
 public:
  struct Options {
    std::int64_t in_channels = -1;
    std::int64_t out_channels = -1;
    Size2 kernel_size = 0;
    Size2 stride = 1;
    Padding padding = {};
    Size2 dilation = 1;
    std::int64_t depth_multiplier = 1;
    bool bias = true;
    Init depthwise_init = {};
    Init pointwise_init = {};
    Init bias_init = {};
  };
  explicit SeparableConv2d(Options options);

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  Parameter depthwise_weight, pointwise_weight;
  std::optional<Parameter> bias;
  PERCEPT_FIELDS(depthwise_weight, pointwise_weight, bias);

 private:
  void settle(std::int64_t in_channels);
  Options options_;
};

}  // namespace percept
