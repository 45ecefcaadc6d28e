// flatten.h - from images to rows.
#pragma once
#include "percept/nn/module.h"

namespace percept {

// Joins the axes start_axis to end_axis: [B, C, H, W] -> [B, C H W], in the order C, H, W.
class Flatten {
 public:
  struct Options {
    int start_axis = 1;  // PyTorch's start_dim
    int end_axis = -1;
  };
  explicit Flatten(Options options) : options_(options) {}
  Flatten() = default;

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
