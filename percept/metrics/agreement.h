// agreement.h - Cohen's kappa and Matthews's correlation: how far answers agree with the truth beyond chance.
#pragma once
#include <string>

#include "percept/metrics/class_counts.h"

namespace percept {

struct AgreementOptions {
  double threshold = 0.5;   // of one output per sample
  bool from_logits = true;  // of one output per sample: logits, not probabilities
};

// (agreed - chance) / (1 - chance), with chance = sum over classes of support * predicted / total^2. NaN where chance
// is 1: one class only, always predicted. Cohen 1960.
class CohenKappa {
 public:
  using Options = AgreementOptions;
  CohenKappa() : CohenKappa(Options{}) {}
  explicit CohenKappa(const Options& options) : counts_("cohen_kappa", options.threshold, options.from_logits) {}
  std::string name() const { return "cohen_kappa"; }
  void update(const Tensor& output, const Tensor& target) { counts_.update(output, target); }
  double result() const;
  void reset() { counts_.reset(); }
  bool higher_is_better() const { return true; }

 private:
  ClassCounts counts_;
};

// The correlation of truth and answer, -1..1, for K classes as Gorodkin 2004. 0 where either never changes.
class MatthewsCorrelation {
 public:
  using Options = AgreementOptions;
  MatthewsCorrelation() : MatthewsCorrelation(Options{}) {}
  explicit MatthewsCorrelation(const Options& options) : counts_("mcc", options.threshold, options.from_logits) {}
  std::string name() const { return "mcc"; }
  void update(const Tensor& output, const Tensor& target) { counts_.update(output, target); }
  double result() const;
  void reset() { counts_.reset(); }
  bool higher_is_better() const { return true; }

 private:
  ClassCounts counts_;
};

}  // namespace percept
