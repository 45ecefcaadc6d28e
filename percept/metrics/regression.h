// regression.h - errors of predicted numbers: mean square, its root, mean absolute, and the part of variance explained.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "percept/metrics/metric.h"

namespace percept {

// All take output and target of one shape, [B, ...] ([B] and [B, 1] are the same; nothing is broadcast), and reckon in
// double, sample by sample: the same bits for any cut into batches of samples in one order. NaN makes the result NaN.
struct ErrorOptions {
  double scale = 1;  // what 1 is in the unit that errors are told in: the std that a standardised target was divided by
};

// The mean over all values of a function of output - target.
class MeanError {
 public:
  using Options = ErrorOptions;
  void update(const Tensor& output, const Tensor& target);
  void reset();
  bool higher_is_better() const { return false; }

 protected:
  // ValueError unless scale is finite and above 0.
  MeanError(const char* name, bool squared, const Options& options);
  double mean() const;  // NaN before the first value

 private:
  const char* name_;
  bool squared_;
  double scale_;
  ExactSum sum_;
  std::int64_t count_ = 0;
};

class MeanSquaredError : public MeanError {
 public:
  MeanSquaredError() : MeanSquaredError(Options{}) {}
  explicit MeanSquaredError(const Options& options) : MeanError("mse", true, options) {}
  std::string name() const { return "mse"; }
  double result() const { return mean(); }
};

// The root of the mean over all values (Keras, torchmetrics; scikit-learn takes the root for each output apart).
class RootMeanSquaredError : public MeanError {
 public:
  RootMeanSquaredError() : RootMeanSquaredError(Options{}) {}
  explicit RootMeanSquaredError(const Options& options) : MeanError("rmse", true, options) {}
  std::string name() const { return "rmse"; }
  double result() const;
};

class MeanAbsoluteError : public MeanError {
 public:
  MeanAbsoluteError() : MeanAbsoluteError(Options{}) {}
  explicit MeanAbsoluteError(const Options& options) : MeanError("mae", false, options) {}
  std::string name() const { return "mae"; }
  double result() const { return mean(); }
};

// 1 - sum (target - output)^2 / sum (target - mean target)^2 for each output, and the plain mean over outputs, as
// scikit-learn's r2_score: 1 is perfect, 0 as good as the mean. Where a target never changes: 1 if it is met exactly,
// else 0. The spread is reckoned by Welford's update (1962) on targets less the first one, so a large mean cancels
// nothing.
class R2 {
 public:
  struct Options {};
  R2() = default;
  explicit R2(const Options& /*options*/) {}
  std::string name() const { return "r2"; }
  // ShapeError also for another number of outputs than before.
  void update(const Tensor& output, const Tensor& target);
  double result() const;  // NaN before the second sample
  void reset();
  bool higher_is_better() const { return true; }
  std::vector<double> per_output() const;

 private:
  struct Column {
    double first = 0, mean = 0;  // mean: of target - first
    ExactSum spread, error;      // of squares
  };
  std::vector<Column> columns_;
  std::int64_t count_ = 0;
};

}  // namespace percept
