// avg_pool2d.h - avg pooling over images.
#pragma once
#include "percept/nn/module.h"
#include "percept/ops/sizes.h"

namespace percept {

// The mean of each window: [B, C, H, W] -> [B, C, H', W']. The stride is the kernel's size unless given.
class AvgPool2d {
 public:
  struct Options {
    Size2 kernel_size = 0;
    Size2 stride = 0;  // 0: the kernel's size
    Padding padding = {};
    bool count_include_pad = true;  // zeros of the padding count in the mean
  };
  explicit AvgPool2d(Options options);

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
