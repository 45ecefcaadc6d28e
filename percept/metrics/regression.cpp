// regression.cpp - sums of errors in double, one sample after the other.
#include "percept/metrics/regression.h"

#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/metrics/_column.h"
#include "percept/metrics/metric_record.h"

namespace percept {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void check(const Tensor& output, const Tensor& target, const char* who) {
  const std::string name = who;
  if (!output.defined()) throw ShapeError(name + ": there is no output", "pass what the model gave");
  if (!target.defined()) throw ShapeError(name + ": the data has no targets", "use data with targets");
  const bool columns = is_column(output) && is_column(target) && output.size(0) == target.size(0);
  if (output.rank() >= 1 && (columns || output.shape() == target.shape())) return;
  throw ShapeError(name + ": output is " + str(output.shape()) + ", target is " + str(target.shape()),
                   "both must have one shape, [B, ...]: one predicted number for each target");
}

}  // namespace

MeanError::MeanError(const char* name, bool squared, const Options& options)
    : name_(name), squared_(squared), scale_(options.scale) {
  if (!std::isfinite(scale_) || scale_ <= 0)
    throw ValueError(std::string(name) + ": scale is " + number(scale_), "use a number above 0, as 1");
}

void MeanError::update(const Tensor& output, const Tensor& target) {
  check(output, target, name_);
  const auto values = output.to_vector<double>(), wanted = target.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double error = (values[i] - wanted[i]) * scale_;
    sum_.add(squared_ ? error * error : std::abs(error));
  }
  count_ += static_cast<std::int64_t>(values.size());
}

void MeanError::reset() {
  sum_ = {};
  count_ = 0;
}

double MeanError::mean() const { return count_ > 0 ? sum_.value() / static_cast<double>(count_) : kNaN; }

double RootMeanSquaredError::result() const { return std::sqrt(mean()); }

void R2::update(const Tensor& output, const Tensor& target) {
  check(output, target, "r2");
  const std::int64_t rows = output.size(0);
  if (rows == 0) return;
  const auto values = output.to_vector<double>(), wanted = target.to_vector<double>();
  const std::size_t columns = values.size() / static_cast<std::size_t>(rows);
  if (!columns_.empty() && columns_.size() != columns)
    throw ShapeError(
        "r2: output is " + str(output.shape()) + " after batches of " + number(columns_.size()) + " outputs per sample",
        "every batch must come from one model; call reset() before another one");
  columns_.resize(columns);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % columns == 0) ++count_;
    Column& column = columns_[i % columns];
    if (count_ == 1) column.first = wanted[i];
    const double shifted = wanted[i] - column.first, before = shifted - column.mean;
    column.mean += before / static_cast<double>(count_);
    column.spread.add(before * (shifted - column.mean));
    column.error.add((wanted[i] - values[i]) * (wanted[i] - values[i]));
  }
}

std::vector<double> R2::per_output() const {
  std::vector<double> scores;
  for (const Column& column : columns_) {
    const double spread = column.spread.value(), error = column.error.value();
    if (count_ < 2 || std::isnan(error) || std::isnan(spread))
      scores.push_back(kNaN);
    else if (spread > 0)
      scores.push_back(1 - error / spread);
    else
      scores.push_back(error == 0 ? 1 : 0);
  }
  return scores;
}

double R2::result() const {
  double sum = 0;
  const std::vector<double> scores = per_output();
  for (const double score : scores) sum += score;
  return scores.empty() ? kNaN : sum / static_cast<double>(scores.size());
}

void R2::reset() {
  columns_.clear();
  count_ = 0;
}

std::vector<MetricRecord> metrics_regression();
std::vector<MetricRecord> metrics_regression() {
  return {metric_record<MeanSquaredError>("mse",
                                          "The mean over all values of (scale (output - target))^2, of one shape. "
                                          "scale: what 1 is in the unit that errors\n"
                                          "are told in, such as the std that a standardised target was divided by."),
          metric_record<RootMeanSquaredError>("rmse",
                                              "The root of mse, in the target's unit times scale. Over all values, as "
                                              "Keras and torchmetrics; scikit-learn takes\n"
                                              "the root for each output apart."),
          metric_record<MeanAbsoluteError>(
              "mae", "The mean over all values of scale |output - target|, of one shape. scale as for mse."),
          metric_record<R2>(
              "r2",
              "1 - sum (target - output)^2 / sum (target - mean target)^2, for each output, then the plain mean: 1 is\n"
              "perfect, 0 as good as the mean. A target that never changes: 1 if met exactly, else 0. scikit-learn's\n"
              "r2_score.")};
}

}  // namespace percept
