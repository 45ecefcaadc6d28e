// auc.h - the area under the ROC curve and under precision over recall, exact.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "percept/base/enum_names.h"
#include "percept/metrics/metric.h"

namespace percept {

enum class Curve { roc, pr };
constexpr auto enum_names(Curve) { return std::to_array<EnumName<Curve>>({{Curve::roc, "roc"}, {Curve::pr, "pr"}}); }

// roc: how probable it is that a sample of the class gets a larger score than one of another (of equal scores: one half
// for each pair). NaN while there are not both.
// pr: average precision, the sum over falling scores of (recall_n - recall_(n-1)) precision_n, equal scores taken
// together: scikit-learn's average_precision_score, not the trapezoids of its auc. NaN while no sample is of the class.
// `negative` has the scores of samples of other classes. NaN among the scores gives NaN.
double area_under(Curve curve, std::vector<double> positive, std::vector<double> negative);

// One output per sample (shapes in classified.h): the area for class 1. K classes: each against the rest by its
// probability, and the plain mean over the classes that have an area (one-vs-rest macro).
//
// Exact, by sorting all scores: nothing is binned, the result does not depend on batches or order. Memory: 9 bytes per
// sample for one output, 8 K + 8 for K classes, and 8 per sample more while result() sorts; O(K N log N) time, so it is
// costly(). Soft targets count as their largest class.
class AUC {
 public:
  struct Options {
    Curve curve = Curve::roc;
    bool from_logits = true;  // K classes: softmax first; of one output only the order counts
  };
  AUC() : AUC(Options{}) {}
  explicit AUC(const Options& options) : options_(options) {}

  std::string name() const { return options_.curve == Curve::roc ? "auc" : "pr_auc"; }
  // ShapeError for shapes that do not fit or another number of classes than before; ValueError for labels outside.
  void update(const Tensor& output, const Tensor& target);
  double result() const;  // NaN without samples, or where no class has an area
  void reset();
  bool higher_is_better() const { return true; }
  bool costly() const { return true; }
  // The area of each class, NaN where it has none; of one output per sample only class 1's.
  std::vector<double> per_class() const;

 private:
  double area(std::int64_t place, std::int64_t positive) const;
  Options options_;
  std::int64_t columns_ = 0;               // scores per sample; 0 before the first batch
  std::vector<double> scores_;             // [N, columns]
  std::vector<std::int64_t> labels_ = {};  // [N]; empty while binary
  std::vector<std::uint8_t> is_one_ = {};  // [N] when binary
};

}  // namespace percept
