// channel_norm.h - what BatchNorm and InstanceNorm share: their states per channel, and when those are settled.
#pragma once
#include <optional>

#include "percept/nn/module.h"

namespace percept {

class ChannelNorm {
 public:
  std::optional<Parameter> weight, bias;            // [C], from 1 and 0
  std::optional<Buffer> running_mean, running_var;  // [C], from 0 and 1
  std::optional<Buffer> num_batches_tracked;        // i64, rank 0

 protected:
  // num_features -1: from the first input, when built.
  ChannelNorm(const char* who, std::int64_t num_features, double eps, const std::optional<double>& momentum,
              bool affine, bool track_running_stats);
  // Settles what is open for x [B, C, ...]. ShapeError where the states have another number of channels.
  void meet_channels_of(const Tensor& x) const;
  // (x - running_mean) / sqrt(running_var + eps) * weight + bias.
  Tensor by_running_statistics(const Arg& x, double eps) const;
  // The weight, or ones, and the bias, or zeros, of x's channels and dtype.
  Arg scale_for(const Tensor& x) const;
  Arg shift_for(const Tensor& x) const;

 private:
  void settle(std::int64_t channels);
};

}  // namespace percept
