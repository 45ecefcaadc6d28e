// softmax.h - probabilities and their logarithms as layers: Softmax, Softmin, LogSoftmax.
#pragma once
#include "percept/nn/module.h"

namespace percept {

// exp(x) / sum exp(x) along an axis. Not before cross_entropy, which takes logits.
class Softmax {
 public:
  struct Options {
    int axis = -1;
  };
  explicit Softmax(Options options) : options_(options) {}
  Softmax() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// x - log sum exp(x) along an axis.
class LogSoftmax {
 public:
  struct Options {
    int axis = -1;
  };
  explicit LogSoftmax(Options options) : options_(options) {}
  LogSoftmax() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// exp(-x) / sum exp(-x) along an axis: the softmax of -x.
class Softmin {
 public:
  struct Options {
    int axis = -1;
  };
  explicit Softmin(Options options) : options_(options) {}
  Softmin() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
