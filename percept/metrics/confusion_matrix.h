// confusion_matrix.h - how often each class was taken for each other one, and what follows per class.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "percept/metrics/metric.h"

namespace percept {

// Precision: of what was called this class, how much was right; recall: of this class, how much was found.
// 0 where nothing was called so, or nothing was of the class (scikit-learn's zero_division=0).
struct ClassScore {
  std::string name;
  double precision = 0, recall = 0, f1 = 0;
  std::int64_t support = 0;  // samples of the class
};

class ConfusionMatrix {
 public:
  // ValueError for no classes.
  explicit ConfusionMatrix(std::vector<std::string> class_names);
  explicit ConfusionMatrix(std::int64_t classes);  // named "0", "1", ...

  std::int64_t classes() const { return static_cast<std::int64_t>(names_.size()); }
  const std::vector<std::string>& class_names() const { return names_; }
  // output [B, K], target [B] or [B, K]; with two classes also one output per sample, [B] or [B, 1], which is class 1
  // above `cut` (0 for logits, 0.5 for probabilities). ShapeError unless K is the number of classes, ValueError for a
  // label outside.
  void update(const Tensor& output, const Tensor& target, double cut = 0);
  void add(std::int64_t truth, std::int64_t predicted);
  void reset();

  std::int64_t count(std::int64_t truth, std::int64_t predicted) const;
  std::int64_t total() const;
  double accuracy() const;  // NaN before the first sample
  std::vector<ClassScore> scores() const;
  ClassScore macro_average() const;     // the plain mean over classes; support: all samples
  ClassScore weighted_average() const;  // weighted by support

 private:
  std::vector<std::string> names_;
  std::vector<std::int64_t> counts_;  // [K truth, K predicted]
};

// The table of classes for people: precision, recall, F1 and support per class, then accuracy and averages.
std::string class_table(const ConfusionMatrix& matrix);
// The counts, one row per true class.
std::string count_table(const ConfusionMatrix& matrix);

}  // namespace percept
