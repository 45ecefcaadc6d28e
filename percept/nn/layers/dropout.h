// dropout.h - layers that drop elements or channels while training: Dropout, Dropout1d, Dropout2d, AlphaDropout.
#pragma once
#include "percept/nn/module.h"
#include "percept/nn/random_stream.h"

namespace percept {

struct DropoutOptions {
  double rate = 0.5;  // PyTorch's p: the share that is dropped
};

// What they have in common: a rate and a stream of random numbers. What is dropped is a function of the layer's
// stream, the step, the call within the step, and the element. Outside a TrainingScope: x itself.
class DropoutLayer {
 public:
  using Options = DropoutOptions;
  const Options& options() const { return options_; }
  const RandomStream& stream() const { return stream_; }

 protected:
  DropoutLayer(const char* who, Options options);
  Options options_;
  RandomStream stream_;
};

// Each element is 0 with probability rate, the others are divided by 1 - rate. Source: Srivastava et al. 2014.
class Dropout : public DropoutLayer {
 public:
  explicit Dropout(Options options) : DropoutLayer("Dropout", options) {}
  Dropout() : Dropout(Options{}) {}
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS();
};

// Whole channels of [B, C, L] at once. Source: Tompson et al. 2015.
class Dropout1d : public DropoutLayer {
 public:
  explicit Dropout1d(Options options) : DropoutLayer("Dropout1d", options) {}
  Dropout1d() : Dropout1d(Options{}) {}
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS();
};

// Whole channels of [B, C, H, W] at once.
class Dropout2d : public DropoutLayer {
 public:
  explicit Dropout2d(Options options) : DropoutLayer("Dropout2d", options) {}
  Dropout2d() : Dropout2d(Options{}) {}
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS();
};

// Dropped elements get SELU's lowest value, and all are scaled so that mean and variance stay. Source: Klambauer et al.
// 2017.
class AlphaDropout : public DropoutLayer {
 public:
  explicit AlphaDropout(Options options) : DropoutLayer("AlphaDropout", options) {}
  AlphaDropout() : AlphaDropout(Options{}) {}
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS();
};

}  // namespace percept
