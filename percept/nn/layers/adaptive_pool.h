// adaptive_pool.h - pooling to a given size, or to one value per channel.
#pragma once
#include "percept/nn/layers/activations.h"
#include "percept/nn/module.h"
#include "percept/ops/sizes.h"

namespace percept {

// The mean of output_size nearly equal windows: [B, C, L] -> [B, C, output_size].
class AdaptiveAvgPool1d {
 public:
  struct Options {
    std::int64_t output_size = 0;
  };
  explicit AdaptiveAvgPool1d(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// Their largest value.
class AdaptiveMaxPool1d {
 public:
  struct Options {
    std::int64_t output_size = 0;
  };
  explicit AdaptiveMaxPool1d(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// [B, C, H, W] -> [B, C, h, w]: window i begins at floor(i H / h) and ends before ceil((i + 1) H / h).
class AdaptiveAvgPool2d {
 public:
  struct Options {
    Size2 output_size = 0;
  };
  explicit AdaptiveAvgPool2d(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

class AdaptiveMaxPool2d {
 public:
  struct Options {
    Size2 output_size = 0;
  };
  explicit AdaptiveMaxPool2d(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// The mean of each channel: [B, C, ...] -> [B, C], any number of axes. Keras's GlobalAveragePooling.
struct GlobalAvgPool : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};
// The largest value of each channel: [B, C, ...] -> [B, C].
struct GlobalMaxPool : LayerWithoutOptions {
  using LayerWithoutOptions::LayerWithoutOptions;
  Tensor operator()(const Arg& x) const;
};

}  // namespace percept
