// class_counts.h - how often each class occurred, was predicted, and was predicted rightly: all that precision, recall,
// F1 and agreement need.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/metrics/metric.h"

namespace percept {

struct ClassCount {
  std::int64_t support = 0, predicted = 0, right = 0;
};

// The number of classes comes with the first batch: 2 for one output per sample, else K.
class ClassCounts {
 public:
  // As Accuracy's; `who` begins the messages and must outlive the counts.
  ClassCounts(const char* who, double threshold, bool from_logits);

  // ShapeError for shapes that do not fit or another number of classes than before, ValueError for labels outside.
  void update(const Tensor& output, const Tensor& target);
  void reset();

  bool binary() const { return binary_; }  // one output per sample
  const std::vector<ClassCount>& classes() const { return counts_; }
  std::int64_t total() const;  // samples so far
  std::int64_t right() const;

 private:
  const char* who_;
  double cut_;
  bool from_logits_, binary_ = false;
  std::vector<ClassCount> counts_;
};

}  // namespace percept
