// dropout.h - the layer that drops elements while training.
#pragma once
#include "percept/nn/module.h"
#include "percept/nn/random_stream.h"

namespace percept {

// In a TrainingScope: each element is 0 with probability rate, the others are divided by 1 - rate. Otherwise x itself.
// What is dropped is a function of the layer's stream, the step, the call within the step, and the element.
// Source: Srivastava et al. 2014.
class Dropout {
 public:
  struct Options {
    double rate = 0.5;  // PyTorch's p
  };
  explicit Dropout(Options options);
  Dropout() : Dropout(Options{}) {}

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  const RandomStream& stream() const { return stream_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
  RandomStream stream_;
};

}  // namespace percept
