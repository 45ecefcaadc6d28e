// classified.h - one batch of a classification as metrics read it: what output and target mean follows from their
// shapes.
//
//   output               target                                      meaning
//   [B] or [B, 1, ...]   the same, with or without the 1, of 0..1    binary: the output is for class 1
//   [B, K, ...]          integers [B, ...]; for [B, K] also [B, 1]   labels of K classes
//   [B, K, ...]          [B, K, ...] of the same shape               one-hot rows, or soft ones (MixUp, label
//   smoothing)
//
// Where axes follow (places of an image, steps of a sequence) each place is a row of its own, as for the loss. Places
// whose label is kIgnoredLabel are left out, as by CrossEntropyLoss.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "percept/metrics/metric.h"

namespace percept {

inline constexpr std::int64_t kIgnoredLabel = -100;  // CrossEntropyLoss's ignore_index

// K >= 2 where the outputs are for classes.
class Classified {
 public:
  // ShapeError for shapes that are none of the above; `who` (the metric's name) begins all messages.
  Classified(const Tensor& output, const Tensor& target, const char* who);

  bool binary() const { return binary_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t classes() const { return classes_; }  // 2 when binary

  // The class the row is of: its label, the largest of its target row (the first of equals), or whether a binary
  // target is above 0.5. ValueError for a label outside 0..K-1 and a binary target outside 0..1.
  std::int64_t truth(std::int64_t row) const;
  // The place of the largest output, the first of equals; when binary, whether it is above `cut`. NaN is never larger.
  std::int64_t predicted(std::int64_t row, double cut) const;
  // What the target says of each class, [K]: 1 for a label and 0 for the others, or the soft row itself.
  void target_weights(std::int64_t row, std::span<double> weights) const;

  double output(std::int64_t row, std::int64_t place = 0) const { return output_[at(row, place)]; }  // as it came
  // Of each class, [K]: softmax or sigmoid of logits; else the outputs themselves, and ValueError outside 0..1.
  // NaN outputs give NaN.
  void probabilities(std::int64_t row, bool from_logits, std::span<double> out) const;
  // The logarithms of the same, exact for logits however large; log of a probability at least 2^-52 and at most
  // 1 - 2^-52 otherwise, as in scikit-learn.
  void log_probabilities(std::int64_t row, bool from_logits, std::span<double> out) const;
  // ValueError for an output that is no probability (NaN is let through).
  void check_probability(std::int64_t row, std::int64_t place = 0) const;

 private:
  void leave_out_ignored();
  std::size_t at(std::int64_t row, std::int64_t place) const { return static_cast<std::size_t>(row * width_ + place); }
  const char* who_;
  bool binary_ = false, labels_ = false;
  std::int64_t rows_ = 0, classes_ = 0, width_ = 0;  // width: outputs per row
  std::vector<double> output_, target_;
};

// Where a threshold of probability lies among the outputs: log(t / (1 - t)) for logits. ValueError outside 0..1.
double decision_cut(double threshold, bool from_logits, const char* who);

}  // namespace percept
