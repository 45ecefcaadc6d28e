// class_counts.cpp - three integers per class.
#include "percept/metrics/class_counts.h"

#include <string>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/metrics/classified.h"

namespace percept {

ClassCounts::ClassCounts(const char* who, double threshold, bool from_logits)
    : who_(who), cut_(decision_cut(threshold, from_logits, who)), from_logits_(from_logits) {}

void ClassCounts::update(const Tensor& output, const Tensor& target) {
  const Classified batch(output, target, who_);
  const auto classes = static_cast<std::size_t>(batch.classes());
  if (!counts_.empty() && (counts_.size() != classes || binary_ != batch.binary()))
    throw ShapeError(std::string(who_) + ": output is " + str(output.shape()) + " after batches of " +
                         (binary_ ? std::string("one output per sample") : number(counts_.size()) + " classes"),
                     "every batch must come from one model; call reset() before another one");
  std::vector<ClassCount> counts = counts_;  // a refused batch counts nothing
  counts.resize(classes);
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    if (batch.binary() && !from_logits_) batch.check_probability(row);
    const std::int64_t truth = batch.truth(row), predicted = batch.predicted(row, cut_);
    ++counts[static_cast<std::size_t>(truth)].support;
    ++counts[static_cast<std::size_t>(predicted)].predicted;
    if (truth == predicted) ++counts[static_cast<std::size_t>(truth)].right;
  }
  counts_ = std::move(counts);
  binary_ = batch.binary();
}

void ClassCounts::reset() { counts_.clear(); }

std::int64_t ClassCounts::total() const {
  std::int64_t sum = 0;
  for (const ClassCount& count : counts_) sum += count.support;
  return sum;
}

std::int64_t ClassCounts::right() const {
  std::int64_t sum = 0;
  for (const ClassCount& count : counts_) sum += count.right;
  return sum;
}

}  // namespace percept
