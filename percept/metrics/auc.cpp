// auc.cpp - two sorted lists of scores, walked together from the largest down.
#include "percept/metrics/auc.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/metrics/classified.h"
#include "percept/metrics/metric_record.h"

namespace percept {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool has_nan(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

// How many values from `at` on equal `score`; `at` moves behind them.
double take_equal(const std::vector<double>& values, std::size_t& at, double score) {
  const std::size_t first = at;
  while (at < values.size() && values[at] == score) ++at;
  return static_cast<double>(at - first);
}

}  // namespace

double area_under(Curve curve, std::vector<double> positive, std::vector<double> negative) {
  if (positive.empty() || (curve == Curve::roc && negative.empty()) || has_nan(positive) || has_nan(negative))
    return kNaN;
  std::sort(positive.begin(), positive.end(), std::greater<>());
  std::sort(negative.begin(), negative.end(), std::greater<>());
  const auto positives = static_cast<double>(positive.size()), negatives = static_cast<double>(negative.size());
  double pairs = 0;          // in which the positive comes first; whole and half numbers: exact up to 2^52
  ExactSum precision;        // each positive's, at its score
  std::size_t p = 0, n = 0;  // so many have a score above the current one
  while (p < positive.size()) {
    const double score = std::max(positive[p], n < negative.size() ? negative[n] : positive[p]);
    const double above = static_cast<double>(n);
    const double more = take_equal(positive, p, score), false_ones = take_equal(negative, n, score);
    pairs += more * (negatives - above - false_ones) + more * false_ones / 2;
    if (more > 0) precision.add(more * (static_cast<double>(p) / static_cast<double>(p + n)));
  }
  return curve == Curve::roc ? pairs / (positives * negatives) : precision.value() / positives;
}

void AUC::update(const Tensor& output, const Tensor& target) {
  const Classified batch(output, target, "auc");
  const std::int64_t columns = batch.binary() ? 1 : batch.classes();
  if (columns_ != 0 && columns_ != columns)
    throw ShapeError(
        "auc: output is " + str(output.shape()) + " after batches of " + number(columns_) + " outputs per sample",
        "every batch must come from one model; call reset() before another one");
  std::vector<std::int64_t> labels;
  std::vector<double> scores, row_scores(static_cast<std::size_t>(batch.classes()));
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    labels.push_back(batch.truth(row));
    if (batch.binary()) {
      if (!options_.from_logits) batch.check_probability(row);
      scores.push_back(batch.output(row));
      continue;
    }
    batch.probabilities(row, options_.from_logits, row_scores);
    scores.insert(scores.end(), row_scores.begin(), row_scores.end());
  }
  columns_ = columns;  // from here on nothing is refused
  scores_.insert(scores_.end(), scores.begin(), scores.end());
  if (batch.binary())
    is_one_.insert(is_one_.end(), labels.begin(), labels.end());
  else
    labels_.insert(labels_.end(), labels.begin(), labels.end());
}

double AUC::area(std::int64_t place, std::int64_t positive) const {
  std::vector<double> of_class, of_others;
  const auto columns = static_cast<std::size_t>(columns_);
  for (std::size_t row = 0, at = static_cast<std::size_t>(place); at < scores_.size(); ++row, at += columns) {
    const std::int64_t label = columns_ == 1 ? is_one_[row] : labels_[row];
    (label == positive ? of_class : of_others).push_back(scores_[at]);
  }
  return area_under(options_.curve, std::move(of_class), std::move(of_others));
}

std::vector<double> AUC::per_class() const {
  if (columns_ == 1) return {area(0, 1)};
  std::vector<double> areas;
  for (std::int64_t k = 0; k < columns_; ++k) areas.push_back(area(k, k));
  return areas;
}

double AUC::result() const {
  if (has_nan(scores_)) return kNaN;  // before classes without an area are left out
  double sum = 0;
  std::int64_t count = 0;
  for (const double value : per_class()) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : kNaN;
}

void AUC::reset() {
  columns_ = 0;
  scores_.clear();
  labels_.clear();
  is_one_.clear();
}

std::vector<MetricRecord> metrics_auc();
std::vector<MetricRecord> metrics_auc() {
  return {metric_record<AUC>(
      "auc",
      "curve = \"roc\": the area under the ROC curve, how probable it is that a sample of the class gets a larger "
      "score\n"
      "than one of another, equal scores counting one half. curve = \"pr\": average precision, the sum of recall "
      "gained\n"
      "times precision over falling scores (called pr_auc). One output per sample: of class 1; K classes: one-vs-rest\n"
      "by their probabilities, the plain mean over classes that occur. Exact, by sorting: 9 bytes per sample for one\n"
      "output, 8 K + 8 for K. scikit-learn's roc_auc_score (multi_class=\"ovr\") and average_precision_score.")};
}

}  // namespace percept
