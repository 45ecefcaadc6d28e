// top_k.h - the fraction of samples whose class is among the k largest outputs.
#pragma once
#include <cstdint>
#include <string>

#include "percept/metrics/metric.h"

namespace percept {

// Of equal outputs the first classes are taken, so k = 1 is accuracy. NaN counts as smaller than any number. k at least
// the number of classes is always right.
class TopKAccuracy {
 public:
  struct Options {
    std::int64_t k = 5;
  };
  TopKAccuracy() : TopKAccuracy(Options{}) {}
  explicit TopKAccuracy(const Options& options);  // ValueError for k < 1

  std::string name() const;  // "top_5"
  // output [B, K], target [B] or [B, K]. ShapeError for other shapes, one output per sample too.
  void update(const Tensor& output, const Tensor& target);
  double result() const;
  void reset() { correct_ = total_ = 0; }
  bool higher_is_better() const { return true; }

 private:
  std::int64_t k_, correct_ = 0, total_ = 0;
};

}  // namespace percept
