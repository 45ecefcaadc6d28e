// calibration.cpp - samples sorted into bins by confidence.
#include "percept/metrics/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/metrics/classified.h"
#include "percept/metrics/metric_record.h"

namespace percept {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double mean_of(double sum, std::int64_t count) { return count > 0 ? sum / static_cast<double>(count) : kNaN; }

}  // namespace

CalibrationError::CalibrationError(const Options& options) : from_logits_(options.from_logits) {
  if (options.bins < 1 || options.bins > 10000)
    throw ValueError("ece: bins is " + number(options.bins), "from 1 to 10000, as 15");
  bins_.resize(static_cast<std::size_t>(options.bins));
}

// The first bin whose upper end, (i + 1) / bins, is not below the confidence.
std::size_t CalibrationError::bin_of(double confidence) const {
  const auto count = static_cast<double>(bins_.size());
  auto bin = static_cast<std::size_t>(std::clamp(std::ceil(confidence * count) - 1, 0.0, count - 1));
  while (bin > 0 && confidence <= static_cast<double>(bin) / count) --bin;  // the product was rounded up over an end
  while (bin + 1 < bins_.size() && confidence > static_cast<double>(bin + 1) / count) ++bin;
  return bin;
}

void CalibrationError::update(const Tensor& output, const Tensor& target) {
  const Classified batch(output, target, "ece");
  std::vector<double> p(static_cast<std::size_t>(batch.classes()));
  std::vector<Bin> bins = bins_;
  std::int64_t unknown = 0;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    const std::int64_t truth = batch.truth(row);
    batch.probabilities(row, from_logits_, p);
    if (std::any_of(p.begin(), p.end(), [](double value) { return std::isnan(value); })) {
      ++unknown;
      continue;
    }
    const double confidence = *std::max_element(p.begin(), p.end());
    // Of the outputs, not of p: rounding may make equal what was not.
    const std::int64_t predicted = batch.predicted(row, from_logits_ ? 0 : 0.5);
    Bin& bin = bins[bin_of(confidence)];
    ++bin.count;
    bin.right += predicted == truth ? 1 : 0;
    bin.confidence.add(confidence);
  }
  bins_ = std::move(bins);
  unknown_ += unknown;
  total_ += batch.rows();
}

double CalibrationError::result() const {
  if (total_ == 0 || unknown_ > 0) return kNaN;
  ExactSum sum;
  for (const Bin& bin : bins_) sum.add(std::abs(static_cast<double>(bin.right) - bin.confidence.value()));
  return sum.value() / static_cast<double>(total_);
}

double CalibrationError::largest_error() const {
  if (total_ == 0 || unknown_ > 0) return kNaN;
  double largest = 0;
  for (const CalibrationBin& bin : bins())
    if (bin.count > 0) largest = std::max(largest, std::abs(bin.accuracy - bin.confidence));
  return largest;
}

void CalibrationError::reset() {
  std::fill(bins_.begin(), bins_.end(), Bin{});
  total_ = unknown_ = 0;
}

std::vector<CalibrationBin> CalibrationError::bins() const {
  const auto count = static_cast<double>(bins_.size());
  std::vector<CalibrationBin> table;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const Bin& bin = bins_[i];
    table.push_back({.low = static_cast<double>(i) / count,
                     .high = static_cast<double>(i + 1) / count,
                     .count = bin.count,
                     .confidence = mean_of(bin.confidence.value(), bin.count),
                     .accuracy = mean_of(static_cast<double>(bin.right), bin.count)});
  }
  return table;
}

std::string calibration_table(const CalibrationError& error) {
  constexpr int kWidth = 12;
  std::string text;
  for (const char* title : {"from", "to", "samples", "confidence", "accuracy"}) text += pad_left(title, kWidth);
  text += "\n";
  for (const CalibrationBin& bin : error.bins()) {
    if (bin.count == 0) continue;
    text += pad_left(fixed(bin.low, 4), kWidth) + pad_left(fixed(bin.high, 4), kWidth) +
            pad_left(number(bin.count), kWidth) + pad_left(fixed(bin.confidence, 4), kWidth) +
            pad_left(fixed(bin.accuracy, 4), kWidth) + "\n";
  }
  return text + "expected calibration error " + fixed(error.result(), 4) + ", largest " +
         fixed(error.largest_error(), 4) + "\n";
}

std::vector<MetricRecord> metrics_calibration();
std::vector<MetricRecord> metrics_calibration() {
  return {metric_record<CalibrationError>(
      "ece",
      "Expected calibration error: samples in `bins` bins of equal width by confidence, the probability of the "
      "predicted\n"
      "class; sum over bins of count / N |accuracy - confidence|. Guo et al. 2017, equation 3.")};
}

}  // namespace percept
