// accuracy.h - the fraction of samples, or of values, that were answered rightly.
#pragma once
#include <cstdint>
#include <string>

#include "percept/metrics/metric.h"

namespace percept {

// The class of one row of outputs [B, K]: the place of its largest value, the first of equals. NaN is never larger.
std::int64_t predicted_class(const Tensor& output, std::int64_t row);
// The class of one row of targets: labels [B], or one-hot rows [B, K].
std::int64_t true_class(const Tensor& target, std::int64_t row);
// ShapeError unless output is [B, K] with K >= 1 and target [B] integers or [B, K]. `who` begins the message.
void check_classification(const Tensor& output, const Tensor& target, const char* who);

// What "accuracy" means follows from the shapes (classified.h): of K classes the largest output counts, against labels
// or one-hot rows; one output per sample, [B] or [B, 1], is compared with the threshold. Exact over any number of
// batches of any sizes: correct and total are counted. Labels of kIgnoredLabel (-100) are left out.
class Accuracy {
 public:
  struct Options {
    double threshold = 0.5;   // of one output per sample: above it is class 1
    bool from_logits = true;  // the outputs are logits, the threshold is a probability
  };
  Accuracy() : Accuracy(Options{}) {}
  explicit Accuracy(const Options& options);  // ValueError for a threshold outside 0..1

  std::string name() const { return "accuracy"; }
  void update(const Tensor& output, const Tensor& target);
  double result() const;
  void reset() { correct_ = total_ = 0; }
  bool higher_is_better() const { return true; }

 private:
  double cut_;
  bool from_logits_;
  std::int64_t correct_ = 0, total_ = 0;
};

inline Metric accuracy() { return Accuracy(); }

// Each value on its own: whether the output is above the threshold where the target is above 0.5. For one output per
// sample and for several labels per sample at once, [B, ...] with 0 or 1 for each.
class BinaryAccuracy {
 public:
  using Options = Accuracy::Options;
  BinaryAccuracy() : BinaryAccuracy(Options{}) {}
  explicit BinaryAccuracy(const Options& options);

  std::string name() const { return "binary_accuracy"; }
  // ShapeError unless both have one shape, [B] and [B, 1] being the same; ValueError for a target outside 0..1, and for
  // an output outside when they are probabilities.
  void update(const Tensor& output, const Tensor& target);
  double result() const;
  void reset() { correct_ = total_ = 0; }
  bool higher_is_better() const { return true; }

 private:
  double cut_;
  bool from_logits_;
  std::int64_t correct_ = 0, total_ = 0;
};

}  // namespace percept
