// top_k.cpp - the class's place in the order of outputs, without sorting them.
#include "percept/metrics/top_k.h"

#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/metrics/classified.h"
#include "percept/metrics/metric_record.h"

namespace percept {
namespace {

// How many classes come before `truth`.
std::int64_t place_of(const Classified& batch, std::int64_t row, std::int64_t truth) {
  const double own = batch.output(row, truth);
  std::int64_t before = 0;
  for (std::int64_t k = 0; k < batch.classes(); ++k) {
    const double value = batch.output(row, k);
    const bool equal = value == own || (std::isnan(value) && std::isnan(own));
    const bool larger = value > own || (!std::isnan(value) && std::isnan(own));
    before += larger || (equal && k < truth) ? 1 : 0;
  }
  return before;
}

}  // namespace

TopKAccuracy::TopKAccuracy(const Options& options) : k_(options.k) {
  if (k_ < 1) throw ValueError("top_k: k is " + number(k_), "at least 1, as 5");
}

std::string TopKAccuracy::name() const { return "top_" + number(k_); }

void TopKAccuracy::update(const Tensor& output, const Tensor& target) {
  const Classified batch(output, target, "top_k");
  if (batch.binary())
    throw ShapeError("top_k: output is " + str(output.shape()) + ", one value per sample",
                     "the model must give one value per class, [B, K]; for two classes use accuracy");
  std::int64_t correct = 0;
  for (std::int64_t row = 0; row < batch.rows(); ++row) correct += place_of(batch, row, batch.truth(row)) < k_ ? 1 : 0;
  correct_ += correct;
  total_ += batch.rows();
}

double TopKAccuracy::result() const {
  if (total_ == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(correct_) / static_cast<double>(total_);
}

std::vector<MetricRecord> metrics_top_k();
std::vector<MetricRecord> metrics_top_k() {
  return {metric_record<TopKAccuracy>(
      "top_k",
      "The fraction of samples whose class is among the k largest of the outputs [B, K]; of equal outputs the first\n"
      "classes are taken, so that k = 1 is accuracy. Called top_5 in logs. Keras's top_k_categorical_accuracy.")};
}

}  // namespace percept
