// reshape.h - layers that only rearrange: Reshape, Unflatten, Permute.
#pragma once
#include "percept/nn/module.h"
#include "percept/nn/shape_option.h"

namespace percept {

// Each sample in a new shape: [B, ...] -> [B, shape]; one size may be -1. Keras's.
class Reshape {
 public:
  struct Options {
    ShapeOption shape = {};  // of one sample
  };
  explicit Reshape(Options options) : options_(std::move(options)) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// One axis as several: [B, 12] -> [B, 3, 4] for axis 1 and unflattened_size {3, 4}; one size may be -1.
class Unflatten {
 public:
  struct Options {
    int axis = 1;  // PyTorch's dim
    ShapeOption unflattened_size = {};
  };
  explicit Unflatten(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// The axes in another order, the batch's among them: {0, 2, 1} exchanges the last two of [B, C, L].
class Permute {
 public:
  struct Options {
    ShapeOption axes = {};
  };
  explicit Permute(Options options) : options_(std::move(options)) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
