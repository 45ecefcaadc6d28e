// log_loss.h - the mean negative logarithm of the probability given to the truth, and perplexity.
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
  explicit LogLoss(const Options& options) : LogLoss(options, "log_loss") {}

  std::string name() const { return name_; }
  void update(const Tensor& output, const Tensor& target);
  double result() const;  // NaN before the first sample, and where an output is NaN
  void reset();
  bool higher_is_better() const { return false; }

 protected:
  LogLoss(const Options& options, const char* name) : options_(options), name_(name) {}

 private:
  Options options_;
  const char* name_;
  ExactSum sum_;
  std::int64_t total_ = 0;
};

// e to the log loss: among how many equally probable classes a guess would do as well. Of language models [B, V, T].
class Perplexity : public LogLoss {
 public:
  Perplexity() : Perplexity(Options{}) {}
  explicit Perplexity(const Options& options) : LogLoss(options, "perplexity") {}
  double result() const;
};

}  // namespace percept
