// accuracy.h - the fraction of samples whose largest output is at the right class.
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

// Exact over any number of batches of any sizes: correct and total are counted.
class Accuracy {
 public:
  std::string name() const { return "accuracy"; }
  void update(const Tensor& output, const Tensor& target);
  double result() const;
  void reset() { correct_ = total_ = 0; }

 private:
  std::int64_t correct_ = 0, total_ = 0;
};

inline Metric accuracy() { return Accuracy(); }

}  // namespace percept
