// local_response_norm.h - normalisation by the channels nearby: LocalResponseNorm.
#pragma once
#include "percept/nn/module.h"

namespace percept {

// [B, C, ...]: every value divided by (k + alpha * mean)^beta, the mean of x^2 over `size` neighbouring channels, those
// outside counting as 0. Source: Krizhevsky et al. 2012.
class LocalResponseNorm {
 public:
  struct Options {
    std::int64_t size = 0;  // channels in the mean, at least 1; to be given
    double alpha = 1e-4;
    double beta = 0.75;
    double k = 1;
  };
  explicit LocalResponseNorm(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
