// precision_recall.cpp - ratios of counts, and their means.
#include "percept/metrics/precision_recall.h"

#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/metrics/metric_record.h"

namespace percept {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

double precision_of(const ClassCount& count) { return ratio(count.right, count.predicted); }
double recall_of(const ClassCount& count) { return ratio(count.right, count.support); }
double f1_of(const ClassCount& count) { return ratio(2 * count.right, count.support + count.predicted); }

}  // namespace

ClassScores::ClassScores(const char* name, const Options& options)
    : name_(name), average_(options.average), counts_(name, options.threshold, options.from_logits) {}

std::string ClassScores::named() const {
  return average_ == Average::automatic ? name_ : name_ + ("_" + std::string(enum_name(average_)));
}

void ClassScores::update(const Tensor& output, const Tensor& target) {
  if (average_ == Average::binary && output.defined() && output.rank() >= 2 && output.size(1) > 2)
    throw ShapeError(std::string(name_) + ": output is " + str(output.shape()) + " for average = \"binary\"",
                     "use \"macro\", \"micro\" or \"weighted\" for more than two classes");
  counts_.update(output, target);
}

double ClassScores::averaged(double (*score)(const ClassCount&)) const {
  const std::vector<ClassCount>& classes = counts_.classes();
  const std::int64_t total = counts_.total();
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  const Average average =
      average_ != Average::automatic ? average_ : (counts_.binary() ? Average::binary : Average::macro);
  if (average == Average::binary) return score(classes[1]);
  if (average == Average::micro) return score({total, total, counts_.right()});
  double sum = 0;
  for (const ClassCount& count : classes)
    sum += score(count) * (average == Average::weighted ? static_cast<double>(count.support) : 1);
  return sum / (average == Average::weighted ? static_cast<double>(total) : static_cast<double>(classes.size()));
}

double Precision::result() const { return averaged(precision_of); }
double Recall::result() const { return averaged(recall_of); }
double F1::result() const { return averaged(f1_of); }

std::vector<MetricRecord> metrics_precision_recall();
std::vector<MetricRecord> metrics_precision_recall() {
  return {
      metric_record<Precision>(
          "precision",
          "Of what was called a class, how much was of it: right / predicted, 0 for a class never predicted.\n"
          "average: \"binary\" (of class 1), \"macro\", \"micro\", \"weighted\", or \"auto\": binary for one output\n"
          "per sample, else macro over all K classes. scikit-learn's precision_score with zero_division=0."),
      metric_record<Recall>(
          "recall",
          "Of a class, how much was found: right / support, 0 for a class that never occurred. average as for\n"
          "precision. scikit-learn's recall_score with zero_division=0."),
      metric_record<F1>(
          "f1",
          "The harmonic mean of precision and recall: 2 right / (support + predicted). average as for precision\n"
          "(the mean of the classes' F1, not the F1 of means). scikit-learn's f1_score with zero_division=0.")};
}

}  // namespace percept
