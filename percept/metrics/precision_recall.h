// precision_recall.h - precision, recall and F1, of one class or averaged over classes.
#pragma once
#include <array>
#include <string>

#include "percept/base/enum_names.h"
#include "percept/metrics/class_counts.h"

namespace percept {

// How the scores of classes become one number.
enum class Average { automatic, binary, macro, micro, weighted };
constexpr auto enum_names(Average) {
  return std::to_array<EnumName<Average>>({{Average::automatic, "auto"},
                                           {Average::binary, "binary"},
                                           {Average::macro, "macro"},
                                           {Average::micro, "micro"},
                                           {Average::weighted, "weighted"}});
}

struct ScoreOptions {
  // binary: of class 1 alone, for two classes; macro: the plain mean over classes; micro: from the counts of all
  // classes together (with one class per sample: accuracy); weighted: the mean weighted by how many samples are of each
  // class; auto: binary where the model gives one output per sample, else macro.
  Average average = Average::automatic;
  double threshold = 0.5;   // of one output per sample
  bool from_logits = true;  // of one output per sample: logits, not probabilities
};

// What the three have in common. A class that was never predicted has precision 0, one that never occurred recall 0
// (scikit-learn's zero_division=0), and means are over all K classes of the output, met or not (its labels=range(K)),
// as in ConfusionMatrix. Shapes as in classified.h; exact over any batches: integers are counted.
class ClassScores {
 public:
  using Options = ScoreOptions;
  // ShapeError also for average = "binary" with more than two classes.
  void update(const Tensor& output, const Tensor& target);
  void reset() { counts_.reset(); }
  bool higher_is_better() const { return true; }
  const ClassCounts& counts() const { return counts_; }

 protected:
  ClassScores(const char* name, const Options& options);
  std::string named() const;                                  // "f1", or with an average asked for "f1_macro"
  double averaged(double (*score)(const ClassCount&)) const;  // NaN before the first sample

 private:
  const char* name_;
  Average average_;
  ClassCounts counts_;
};

// Of what was called this class, how much was right.
class Precision : public ClassScores {
 public:
  Precision() : Precision(Options{}) {}
  explicit Precision(const Options& options) : ClassScores("precision", options) {}
  std::string name() const { return named(); }
  double result() const;
};

// Of this class, how much was found.
class Recall : public ClassScores {
 public:
  Recall() : Recall(Options{}) {}
  explicit Recall(const Options& options) : ClassScores("recall", options) {}
  std::string name() const { return named(); }
  double result() const;
};

// The harmonic mean of both: 2 right / (support + predicted).
class F1 : public ClassScores {
 public:
  F1() : F1(Options{}) {}
  explicit F1(const Options& options) : ClassScores("f1", options) {}
  std::string name() const { return named(); }
  double result() const;
};

}  // namespace percept
