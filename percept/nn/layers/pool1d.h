// pool1d.h - pooling over sequences: MaxPool1d, AvgPool1d.
#pragma once
#include "percept/nn/module.h"

namespace percept {

// The largest value of each window: [B, C, L] -> [B, C, L']. The stride is the kernel's size unless given.
class MaxPool1d {
 public:
  struct Options {
    std::int64_t kernel_size = 0;
    std::int64_t stride = 0;  // 0: the kernel's size
    std::int64_t padding = 0;
  };
  explicit MaxPool1d(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// The mean of each window: [B, C, L] -> [B, C, L'].
class AvgPool1d {
 public:
  struct Options {
    std::int64_t kernel_size = 0;
    std::int64_t stride = 0;  // 0: the kernel's size
    std::int64_t padding = 0;
    bool count_include_pad = true;  // zeros of the padding count in the mean
  };
  explicit AvgPool1d(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
