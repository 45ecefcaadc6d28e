// accuracy.cpp - counting right answers on host memory, in place: no copies, no allocation per batch.
#include "percept/metrics/accuracy.h"

#include <limits>

#include "percept/base/error.h"

namespace percept {
namespace {

std::int64_t largest_place(const Tensor& table, std::int64_t row) {
  const std::int64_t across = table.strides()[1], count = table.shape()[1], offset = row * table.strides()[0];
  return visit_dtype(table.dtype(), [&]<class T>(T) {
    const T* values = table.data<T>() + offset;
    std::int64_t best = 0;
    for (std::int64_t k = 1; k < count; ++k)
      if (static_cast<double>(values[k * across]) > static_cast<double>(values[best * across])) best = k;
    return best;
  });
}

}  // namespace

std::int64_t predicted_class(const Tensor& output, std::int64_t row) { return largest_place(output, row); }

std::int64_t true_class(const Tensor& target, std::int64_t row) {
  if (target.rank() == 2) return largest_place(target, row);
  return visit_dtype(target.dtype(), [&]<class T>(T) {
    return static_cast<std::int64_t>(target.data<T>()[row * target.strides()[0]]);
  });
}

void check_classification(const Tensor& output, const Tensor& target, const char* who) {
  const std::string name = who;
  if (!target.defined()) throw ShapeError(name + ": the data has no targets", "use data with labels");
  const bool labels = target.rank() == 1 && (is_integer(target.dtype()) || target.dtype() == DType::boolean);
  const bool one_hot = target.rank() == 2 && target.shape() == output.shape();
  if (output.rank() == 2 && output.size(1) >= 1 && target.size(0) == output.size(0) && (labels || one_hot)) return;
  throw ShapeError(
      name + ": output is " + str(output.shape()) + ", target is " + std::string(name_of(target.dtype())) + " " +
          str(target.shape()),
      "the model must give one value per class, [B, K], and the data integer labels [B] or one-hot [B, K]");
}

void Accuracy::update(const Tensor& output, const Tensor& target) {
  check_classification(output, target, "accuracy");
  for (std::int64_t row = 0; row < output.size(0); ++row)
    correct_ += predicted_class(output, row) == true_class(target, row) ? 1 : 0;
  total_ += output.size(0);
}

double Accuracy::result() const {
  if (total_ == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(correct_) / static_cast<double>(total_);
}

}  // namespace percept
