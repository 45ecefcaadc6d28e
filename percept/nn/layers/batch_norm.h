// batch_norm.h - batch normalisation: BatchNorm1d, BatchNorm2d.
#pragma once
#include <optional>

#include "percept/nn/channel_norm.h"

namespace percept {

struct BatchNormOptions {
  std::int64_t num_features = -1;        // channels; -1: from the input, when built
  double eps = 1e-5;                     // added to the variance
  std::optional<double> momentum = 0.1;  // the share of the new value; none: the mean over all batches so far
  bool affine = true;                    // weight and bias
  bool track_running_stats = true;       // without: the batch's statistics in inference too
};

// What both have in common.
// y = (x - mean) / sqrt(var + eps) * weight + bias per channel. In a TrainingScope mean and (biased) var are the
// batch's, and the running ones move by running = (1 - momentum) running + momentum new, with the unbiased variance.
// Otherwise the running ones are used. Source: Ioffe and Szegedy 2015, algorithm 1; defaults are PyTorch's.
class BatchNorm : public ChannelNorm {
 public:
  using Options = BatchNormOptions;
  const Options& options() const { return options_; }

 protected:
  BatchNorm(const char* who, const Options& options)
      : ChannelNorm(who, options.num_features, options.eps, options.momentum, options.affine,
                    options.track_running_stats),
        options_(options) {}
  Tensor normalised(const Arg& x) const;

 private:
  void move_statistics(const Tensor& mean, const Tensor& var, std::int64_t count);
  Options options_;
};

// Of rows and sequences: [B, C] or [B, C, L].
class BatchNorm1d : public BatchNorm {
 public:
  explicit BatchNorm1d(Options options) : BatchNorm("BatchNorm1d", options) {}
  BatchNorm1d() : BatchNorm1d(Options{}) {}
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS(weight, bias, running_mean, running_var, num_batches_tracked);
};

// Of images: [B, C, H, W].
class BatchNorm2d : public BatchNorm {
 public:
  explicit BatchNorm2d(Options options) : BatchNorm("BatchNorm2d", options) {}
  BatchNorm2d() : BatchNorm2d(Options{}) {}
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS(weight, bias, running_mean, running_var, num_batches_tracked);
};

}  // namespace percept
