// channel_shuffle.h - mixing the channels of grouped convolutions: ChannelShuffle.
#pragma once
#include "percept/nn/module.h"

namespace percept {

// [B, C, ...]: the first channel of every group, then the second of every group, and so on. Source: Zhang et al. 2017.
class ChannelShuffle {
 public:
  struct Options {
    std::int64_t groups = 0;  // at least 1, dividing the channels; to be given
  };
  explicit ChannelShuffle(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
