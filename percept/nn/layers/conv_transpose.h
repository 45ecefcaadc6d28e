// conv_transpose.h - transposed convolutions, which enlarge: ConvTranspose1d, ConvTranspose2d.
#pragma once
#include <optional>

#include "percept/nn/init.h"
#include "percept/nn/module.h"
#include "percept/ops/sizes.h"

namespace percept {

// The gradient of Conv1d as a layer: [B, in_channels, L] -> [B, out_channels, L'],
// L' = (L - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1.
// weight [in_channels, out_channels / groups, k], bias [out_channels].
class ConvTranspose1d {
 public:
  struct Options {
    std::int64_t in_channels = -1;  // -1: from the input, when built
    std::int64_t out_channels = -1;
    std::int64_t kernel_size = 0;
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t output_padding = 0;  // rows added on one side of the result
    std::int64_t groups = 1;
    bool bias = true;
    std::int64_t dilation = 1;
    Init weight_init = {};
    Init bias_init = {};
  };
  explicit ConvTranspose1d(Options options);

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  Parameter weight;
  std::optional<Parameter> bias;
  PERCEPT_FIELDS(weight, bias);

 private:
  void settle(std::int64_t in_channels);
  Options options_;
};

// The same over images: [B, in_channels, H, W] -> [B, out_channels, H', W'].
// weight [in_channels, out_channels / groups, kh, kw], bias [out_channels]. Source: Dumoulin and Visin 2016, section 4.
class ConvTranspose2d {
 public:
  struct Options {
    std::int64_t in_channels = -1;
    std::int64_t out_channels = -1;
    Size2 kernel_size = 0;
    Size2 stride = 1;
    Size2 padding = 0;
    Size2 output_padding = 0;
    std::int64_t groups = 1;
    bool bias = true;
    Size2 dilation = 1;
    Init weight_init = {};
    Init bias_init = {};
  };
  explicit ConvTranspose2d(Options options);

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
