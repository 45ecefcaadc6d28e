// noise.h - Keras's layers that disturb with normal noise while training: GaussianNoise, GaussianDropout.
#pragma once
#include "percept/nn/module.h"
#include "percept/nn/random_stream.h"

namespace percept {

// x + N(0, stddev) in a TrainingScope, else x itself.
class GaussianNoise {
 public:
  struct Options {
    double stddev = 0.1;
  };
  explicit GaussianNoise(Options options);
  GaussianNoise() : GaussianNoise(Options{}) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
  RandomStream stream_;
};

// x N(1, sqrt(rate / (1 - rate))) in a TrainingScope, else x itself. Source: Srivastava et al. 2014, section 10.
class GaussianDropout {
 public:
  struct Options {
    double rate = 0.5;
  };
  explicit GaussianDropout(Options options);
  GaussianDropout() : GaussianDropout(Options{}) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
  RandomStream stream_;
};

}  // namespace percept
