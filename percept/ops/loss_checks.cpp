// loss_checks.cpp - what losses check and compute alike.
#include "percept/ops/loss_checks.h"

#include <cmath>

#include "percept/base/text.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {

void check_reduction(const char* who, const std::string& reduction) {
  if (reduction != "mean" && reduction != "sum" && reduction != "none")
    throw ValueError(std::string(who) + ": reduction is \"" + reduction + "\"", "use \"mean\", \"sum\" or \"none\"");
}

Tensor reduced(const Tensor& values, const std::string& reduction) {
  if (reduction == "mean") return mean(bare(values));
  return reduction == "sum" ? sum(bare(values)) : values;
}

void check_setting(const char* who, const char* name, double value, bool fits, const char* fix) {
  if (!fits || std::isnan(value)) throw ValueError(std::string(who) + ": " + name + " is " + number(value), fix);
}

void check_pair(const char* who, const char* x_name, const Tensor& x, const Tensor& target) {
  check_floating(who, x_name, x.dtype());
  if (x.shape() != target.shape())
    throw ShapeError(std::string(who) + ": shapes differ: " + x_name + " is " + str(x.shape()) + ", target is " +
                         str(target.shape()),
                     "they must be equal; reshape one of them");
}

Tensor floating_target(const Tensor& target, DType dtype) {
  return is_floating(target.dtype()) ? target : cast(bare(target), dtype);
}

void check_class_scores(const char* who, const char* name, const Tensor& scores) {
  if (scores.rank() < 2)
    throw ShapeError(
        std::string(who) + ": " + name + " are " + str(scores.shape()) + ", of rank " + std::to_string(scores.rank()),
        "pass [batch, classes, ...]; unsqueeze(x, 0) makes a batch of one sample");
  check_floating(who, name, scores.dtype());
}

void check_labels(const char* who, const char* name, const Tensor& scores, const Tensor& labels) {
  const DType dtype = labels.dtype();
  if (dtype != DType::u8 && dtype != DType::i32 && dtype != DType::i64)
    throw DTypeError(std::string(who) + ": labels are " + std::string(name_of(dtype)),
                     "pass class numbers as u8, i32 or i64; from one-hot rows take argmax(labels, 1)");
  Shape wanted = scores.shape();
  wanted.erase(1);
  if (labels.shape() != wanted)
    throw ShapeError(
        std::string(who) + ": " + name + " are " + str(scores.shape()) + ", labels are " + str(labels.shape()),
        "labels must be " + str(wanted) + ", one class number for each row of scores");
}

Tensor picked_classes(const char* who, const Tensor& scores, const Tensor& labels) {
  try {
    return gather(bare(scores), 1, bare(unsqueeze(bare(labels), 1)));
  } catch (ValueError& error) {
    error.add_context(std::string(who) + ": a label is no class of 0.." + std::to_string(scores.shape()[1] - 1));
    throw;
  }
}

}  // namespace percept
