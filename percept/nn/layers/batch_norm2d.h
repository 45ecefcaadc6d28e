// batch_norm2d.h - batch normalisation of images.
#pragma once
#include "percept/nn/module.h"

namespace percept {

// y = (x - mean) / sqrt(var + eps) * weight + bias per channel: [B, C, H, W] -> [B, C, H, W].
// In a TrainingScope mean and (biased) var are the batch's, and the running ones move by
// running = (1 - momentum) running + momentum new, with the unbiased variance. Otherwise the running ones are used.
// Source: Ioffe and Szegedy 2015, algorithm 1; defaults are PyTorch's.
class BatchNorm2d {
 public:
  struct Options {
    std::int64_t num_features = -1;  // channels; -1: from the input, when built
    double eps = 1e-5;
    double momentum = 0.1;  // the share of the new value
  };
  explicit BatchNorm2d(Options options);
  BatchNorm2d() : BatchNorm2d(Options{}) {}

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  Parameter weight, bias;            // [C], from 1 and 0
  Buffer running_mean, running_var;  // [C], from 0 and 1
  PERCEPT_FIELDS(weight, bias, running_mean, running_var);

 private:
  void settle(std::int64_t channels);
  void move_statistics(const Tensor& mean, const Tensor& var, std::int64_t count);
  Options options_;
};

}  // namespace percept
