// max_pool2d.h - max pooling over images.
#pragma once
#include "percept/nn/module.h"
#include "percept/ops/sizes.h"

namespace percept {

// The largest value of each window: [B, C, H, W] -> [B, C, H', W']. The stride is the kernel's size unless given.
class MaxPool2d {
 public:
  struct Options {
    Size2 kernel_size = 0;
    Size2 stride = 0;  // 0: the kernel's size
    Padding padding = {};
  };
  explicit MaxPool2d(Options options);

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
