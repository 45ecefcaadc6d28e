// norms.h - normalisation within one sample: LayerNorm, RMSNorm, GroupNorm, InstanceNorm1d, InstanceNorm2d.
#pragma once
#include <optional>

#include "percept/nn/channel_norm.h"
#include "percept/nn/shape_option.h"

namespace percept {

// y = (x - mean) / sqrt(var + eps) * weight + bias over the last axes, those of normalized_shape.
// Source: Ba et al. 2016.
class LayerNorm {
 public:
  struct Options {
    ShapeOption normalized_shape = {};  // none: the last axis, from the input, when built
    double eps = 1e-5;
    bool elementwise_affine = true;
    bool bias = true;
  };
  explicit LayerNorm(Options options);
  LayerNorm() : LayerNorm(Options{}) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  std::optional<Parameter> weight, bias;  // of normalized_shape, from 1 and 0
  PERCEPT_FIELDS(weight, bias);

 private:
  Options options_;
  Shape shape_;  // what is normalised over; empty while open
};

// y = x / sqrt(mean(x^2) + eps) * weight over the last axes, those of normalized_shape. Source: Zhang and Sennrich
// 2019.
class RMSNorm {
 public:
  struct Options {
    ShapeOption normalized_shape = {};  // none: the last axis, from the input, when built
    std::optional<double> eps = {};     // none: 2^-23, for f64 2^-52
    bool elementwise_affine = true;
  };
  explicit RMSNorm(Options options);
  RMSNorm() : RMSNorm(Options{}) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  std::optional<Parameter> weight;  // of normalized_shape, from 1
  PERCEPT_FIELDS(weight);

 private:
  Options options_;
  Shape shape_;
};

// Over num_groups groups of neighbouring channels and all positions of one sample: [B, C, ...]. Source: Wu and He 2018.
class GroupNorm {
 public:
  struct Options {
    std::int64_t num_groups = 0;
    std::int64_t num_channels = -1;  // -1: from the input, when built
    double eps = 1e-5;
    bool affine = true;
  };
  explicit GroupNorm(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  std::optional<Parameter> weight, bias;  // [C], from 1 and 0
  PERCEPT_FIELDS(weight, bias);

 private:
  void settle(std::int64_t channels);
  Options options_;
};

struct InstanceNormOptions {
  std::int64_t num_features = -1;  // channels; -1: from the input, when built
  double eps = 1e-5;
  double momentum = 0.1;
  bool affine = false;
  bool track_running_stats = false;  // with: inference normalises by means over training's samples
};

// What both have in common: each channel of each sample by its own mean and variance. Source: Ulyanov et al. 2016.
// num_batches_tracked is saved and never counted up, as PyTorch's.
class InstanceNorm : public ChannelNorm {
 public:
  using Options = InstanceNormOptions;
  const Options& options() const { return options_; }

 protected:
  InstanceNorm(const char* who, const Options& options)
      : ChannelNorm(who, options.num_features, options.eps, options.momentum, options.affine,
                    options.track_running_stats),
        options_(options) {}
  Tensor normalised(const Arg& x) const;

 private:
  void move_statistics(const Tensor& x);
  Options options_;
};

// Of sequences: [B, C, L].
class InstanceNorm1d : public InstanceNorm {
 public:
  explicit InstanceNorm1d(Options options) : InstanceNorm("InstanceNorm1d", options) {}
  InstanceNorm1d() : InstanceNorm1d(Options{}) {}
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS(weight, bias, running_mean, running_var, num_batches_tracked);
};

// Of images: [B, C, H, W].
class InstanceNorm2d : public InstanceNorm {
 public:
  explicit InstanceNorm2d(Options options) : InstanceNorm("InstanceNorm2d", options) {}
  InstanceNorm2d() : InstanceNorm2d(Options{}) {}
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS(weight, bias, running_mean, running_var, num_batches_tracked);
};

}  // namespace percept
