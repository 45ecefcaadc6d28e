// log_loss.h - the mean negative logarithm of the probability given to the truth.
#pragma once
#include <cstdint>
#include <string>

#include "percept/metrics/metric.h"

namespace percept {

// - sum over classes of target_k log p_k, the mean over samples; targets are labels, or soft rows (shapes in
// classified.h). From logits it is exact however large they are; probabilities are held to 2^-52 .. 1 - 2^-52, as in
// scikit-learn for f64. The same bits for any cut into batches of samples in one order.
class LogLoss {
 public:
  struct Options {
    bool from_logits = true;
  };
  LogLoss() : LogLoss(Options{}) {}
  explicit LogLoss(const Options& options) : options_(options) {}

  std::string name() const { return "log_loss"; }
  void update(const Tensor& output, const Tensor& target);
  double result() const;  // NaN before the first sample, and where an output is NaN
  void reset();
  bool higher_is_better() const { return false; }

 private:
  Options options_;
  ExactSum sum_;
  std::int64_t total_ = 0;
};

}  // namespace percept
