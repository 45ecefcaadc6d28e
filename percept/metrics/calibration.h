// calibration.h - whether a model is right as often as it says: expected calibration error, and its table.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "percept/metrics/metric.h"

namespace percept {

// Samples whose confidence is above `low` and at most `high` (0 itself is in the first bin).
struct CalibrationBin {
  double low = 0, high = 0;
  std::int64_t count = 0;
  double confidence = 0, accuracy = 0;  // means of the bin; NaN when it is empty
};

// The sum over bins of count / N |accuracy - confidence|, with confidence the probability of the predicted class and
// bins of equal width. Guo, Pleiss, Sun, Weinberger 2017, "On calibration of modern neural networks", equation 3; their
// 15 bins. Shapes in classified.h; of one output per sample the confidence is that of the more probable class, 0.5..1.
// Soft targets count as their largest class. The same bits for any cut into batches of samples in one order.
class CalibrationError {
 public:
  struct Options {
    std::int64_t bins = 15;
    bool from_logits = true;
  };
  CalibrationError() : CalibrationError(Options{}) {}
  explicit CalibrationError(const Options& options);  // ValueError for bins outside 1..10000

  std::string name() const { return "ece"; }
  void update(const Tensor& output, const Tensor& target);
  double result() const;  // NaN before the first sample, and where an output is NaN
  void reset();
  bool higher_is_better() const { return false; }
  std::vector<CalibrationBin> bins() const;
  // The largest |accuracy - confidence| of a bin that has samples (maximum calibration error, equation 5).
  double largest_error() const;

 private:
  struct Bin {
    std::int64_t count = 0, right = 0;
    ExactSum confidence;
  };
  std::size_t bin_of(double confidence) const;
  bool from_logits_;
  std::vector<Bin> bins_;
  std::int64_t total_ = 0, unknown_ = 0;  // unknown: with NaN outputs, in no bin
};

// For people: confidence from, to, samples, confidence, accuracy, one line per bin that has samples, then the error.
std::string calibration_table(const CalibrationError& error);

}  // namespace percept
