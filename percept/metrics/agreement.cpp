// agreement.cpp - both follow from supports, predictions and the number of right answers; no division before the last.
#include "percept/metrics/agreement.h"

#include <cmath>
#include <limits>

#include "percept/metrics/metric_record.h"

namespace percept {
namespace {

// Whole numbers in double: exact, and so are differences of them, below 9e7 samples.
struct Products {
  double total = 0, agreed = 0;                 // n^2 and n times the right answers
  double both = 0, support = 0, predicted = 0;  // sums over classes of s p, s^2, p^2
};

Products products_of(const ClassCounts& counts) {
  const auto total = static_cast<double>(counts.total());
  Products sums{.total = total * total, .agreed = total * static_cast<double>(counts.right())};
  for (const ClassCount& count : counts.classes()) {
    const auto s = static_cast<double>(count.support), p = static_cast<double>(count.predicted);
    sums.both += s * p;
    sums.support += s * s;
    sums.predicted += p * p;
  }
  return sums;
}

}  // namespace

double CohenKappa::result() const {
  const Products sums = products_of(counts_);
  const double beyond = sums.total - sums.both;
  return beyond > 0 ? (sums.agreed - sums.both) / beyond : std::numeric_limits<double>::quiet_NaN();
}

double MatthewsCorrelation::result() const {
  const Products sums = products_of(counts_);
  if (sums.total == 0) return std::numeric_limits<double>::quiet_NaN();
  const double spread = std::sqrt((sums.total - sums.support) * (sums.total - sums.predicted));
  return spread > 0 ? (sums.agreed - sums.both) / spread : 0;
}

std::vector<MetricRecord> metrics_agreement();
std::vector<MetricRecord> metrics_agreement() {
  return {
      metric_record<CohenKappa>(
          "cohen_kappa",
          "(agreed - chance) / (1 - chance): accuracy beyond what the same numbers of answers per class would get\n"
          "by chance. NaN where there is one class and it is always answered. Cohen 1960; scikit-learn's\n"
          "cohen_kappa_score."),
      metric_record<MatthewsCorrelation>(
          "mcc",
          "The correlation of truth and answer, -1 to 1, for any number of classes (Gorodkin 2004); 0 where one of\n"
          "them never changes. scikit-learn's matthews_corrcoef.")};
}

}  // namespace percept
