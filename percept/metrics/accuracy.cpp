// accuracy.cpp - counting right answers; those among K classes on host memory, in place: no copies, no allocation.
#include "percept/metrics/accuracy.h"

#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/metrics/_column.h"
#include "percept/metrics/classified.h"
#include "percept/metrics/metric_record.h"

namespace percept {
namespace {

std::int64_t largest_place(const Tensor& table, std::int64_t row) {
  const std::int64_t across = table.strides()[1], count = table.shape()[1], offset = row * table.strides()[0];
  return visit_dtype(table.dtype(), [&]<class T>(T) {
    const T* values = table.data<T>() + offset;
    std::int64_t best = 0;
    for (std::int64_t k = 1; k < count; ++k)
      if (static_cast<double>(values[k * across]) > static_cast<double>(values[best * across])) best = k;
    return best;
  });
}

double share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::int64_t predicted_class(const Tensor& output, std::int64_t row) { return largest_place(output, row); }

std::int64_t true_class(const Tensor& target, std::int64_t row) {
  if (target.rank() == 2) return largest_place(target, row);
  return visit_dtype(target.dtype(), [&]<class T>(T) {
    return static_cast<std::int64_t>(target.data<T>()[row * target.strides()[0]]);
  });
}

void check_classification(const Tensor& output, const Tensor& target, const char* who) {
  const std::string name = who;
  if (!target.defined()) throw ShapeError(name + ": the data has no targets", "use data with labels");
  const bool labels = target.rank() == 1 && (is_integer(target.dtype()) || target.dtype() == DType::boolean);
  const bool one_hot = target.rank() == 2 && target.shape() == output.shape();
  if (output.rank() == 2 && output.size(1) >= 1 && target.size(0) == output.size(0) && (labels || one_hot)) return;
  throw ShapeError(
      name + ": output is " + str(output.shape()) + ", target is " + std::string(name_of(target.dtype())) + " " +
          str(target.shape()),
      "the model must give one value per class, [B, K], and the data integer labels [B] or one-hot [B, K]");
}

Accuracy::Accuracy(const Options& options)
    : cut_(decision_cut(options.threshold, options.from_logits, "accuracy")), from_logits_(options.from_logits) {}

void Accuracy::update(const Tensor& output, const Tensor& target) {
  const bool plain = output.defined() && target.defined() && output.rank() == 2 && output.size(1) >= 2 &&
                     (target.rank() == 1 || target.shape() == output.shape());
  if (plain) {
    check_classification(output, target, "accuracy");
    for (std::int64_t row = 0; row < output.size(0); ++row) {
      const std::int64_t truth = true_class(target, row);
      if (truth == kIgnoredLabel) continue;
      correct_ += predicted_class(output, row) == truth ? 1 : 0;
      ++total_;
    }
    return;
  }
  const Classified batch(output, target, "accuracy");
  std::int64_t correct = 0;  // a refused batch counts nothing
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    if (batch.binary() && !from_logits_) batch.check_probability(row);
    correct += batch.predicted(row, cut_) == batch.truth(row) ? 1 : 0;
  }
  correct_ += correct;
  total_ += batch.rows();
}

double Accuracy::result() const { return share(correct_, total_); }

BinaryAccuracy::BinaryAccuracy(const Options& options)
    : cut_(decision_cut(options.threshold, options.from_logits, "binary_accuracy")),
      from_logits_(options.from_logits) {}

void BinaryAccuracy::update(const Tensor& output, const Tensor& target) {
  if (!target.defined()) throw ShapeError("binary_accuracy: the data has no targets", "use data with labels");
  const bool one_shape =
      output.shape() == target.shape() || (output.numel() == target.numel() && is_column(output) && is_column(target));
  if (output.rank() == 0 || !one_shape)
    throw ShapeError("binary_accuracy: output is " + str(output.shape()) + ", target is " + str(target.shape()),
                     "both must have one shape, a 0 or 1 for each output; for K classes use accuracy");
  const auto values = output.to_vector<double>(), wanted = target.to_vector<double>();
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(wanted[i] >= 0 && wanted[i] <= 1))
      throw ValueError("binary_accuracy: target " + number(i) + " is " + number(wanted[i]), "targets are 0 or 1");
    if (!from_logits_ && (values[i] < 0 || values[i] > 1))
      throw ValueError(
          "binary_accuracy: output " + number(i) + " is " + number(values[i]) + ", which is no probability",
          "end the model with a sigmoid, or set from_logits = true");
    correct += (values[i] > cut_) == (wanted[i] > 0.5) ? 1 : 0;
  }
  correct_ += correct;
  total_ += static_cast<std::int64_t>(values.size());
}

double BinaryAccuracy::result() const { return share(correct_, total_); }

std::vector<MetricRecord> metrics_accuracy();
std::vector<MetricRecord> metrics_accuracy() {
  return {
      metric_record<Accuracy>(
          "accuracy",
          "The fraction of samples answered rightly. By shapes: outputs [B, K] with labels [B] or one-hot rows\n"
          "[B, K]: the largest output is at the class (soft rows: at their largest). One output per sample, [B] or\n"
          "[B, 1], with 0 or 1 for each: above the threshold for 1, not above it for 0. NaN is never larger."),
      metric_record<BinaryAccuracy>(
          "binary_accuracy",
          "The fraction of values on the right side of the threshold, outputs and targets of one shape [B, ...]:\n"
          "also for several labels per sample at once. Keras's binary_accuracy.")};
}

}  // namespace percept
