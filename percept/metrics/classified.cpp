// classified.cpp - the rule about shapes, and probabilities of single rows in double.
#include "percept/metrics/classified.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/metrics/_column.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

bool is_label_type(DType dtype) { return is_integer(dtype) || dtype == DType::boolean; }

// [B, K, ...] -> [B, ...]
Shape without_classes(Shape shape) {
  if (shape.size() >= 2) shape.erase(1);
  return shape;
}

// Row by row, [B, K, ...] -> [B, ..., K].
std::vector<double> rows_in(const Tensor& tensor) {
  if (tensor.rank() <= 2) return tensor.to_vector<double>();
  Dims axes{0};
  for (int axis = 2; axis < tensor.rank(); ++axis) axes.push_back(axis);
  axes.push_back(1);
  return permute(tensor.detach(), axes).to_vector<double>();
}

std::string described(const Tensor& tensor) { return std::string(name_of(tensor.dtype())) + " " + str(tensor.shape()); }

// log(1 + exp(x)) without overflow.
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

}  // namespace

Classified::Classified(const Tensor& output, const Tensor& target, const char* who) : who_(who) {
  const std::string name = who;
  if (!output.defined()) throw ShapeError(name + ": there is no output", "pass what the model gave");
  if (!target.defined()) throw ShapeError(name + ": the data has no targets", "use data with labels");
  const bool rows_fit = output.rank() >= 1 && target.rank() >= 1 && output.size(0) == target.size(0);
  const bool one_output = rows_fit && (output.rank() == 1 || output.size(1) == 1);
  const bool of_classes = rows_fit && output.rank() >= 2 && output.size(1) >= 2;
  const bool same = target.shape() == output.shape(), one_each = target.shape() == without_classes(output.shape());
  const bool columns = rows_fit && is_column(target) && output.rank() <= 2;
  binary_ = one_output && (same || one_each || columns);
  labels_ = of_classes && (one_each || columns) && is_label_type(target.dtype());
  if (!binary_ && !labels_ && !(of_classes && same))
    throw ShapeError(name + ": output is " + described(output) + ", target is " + described(target),
                     "for two classes the model gives one value per sample, [B] or [B, 1], and the data 0 or 1 for "
                     "each; for K classes the model gives [B, K], and the data integer labels [B] or one-hot rows "
                     "[B, K]");
  width_ = binary_ ? 1 : output.size(1);
  classes_ = binary_ ? 2 : width_;
  rows_ = output.numel() / width_;
  output_ = rows_in(output);
  target_ = labels_ ? target.to_vector<double>() : rows_in(target);
  if (labels_) leave_out_ignored();
}

void Classified::leave_out_ignored() {
  std::int64_t kept = 0;
  for (std::int64_t row = 0; row < rows_; ++row) {
    if (target_[static_cast<std::size_t>(row)] == static_cast<double>(kIgnoredLabel)) continue;
    if (kept < row) {
      target_[static_cast<std::size_t>(kept)] = target_[static_cast<std::size_t>(row)];
      std::copy_n(output_.begin() + row * width_, width_, output_.begin() + kept * width_);
    }
    ++kept;
  }
  rows_ = kept;
}

std::int64_t Classified::truth(std::int64_t row) const {
  if (!binary_ && !labels_) {
    const auto first = target_.begin() + row * width_;
    return std::max_element(first, first + width_) - first;
  }
  const double value = target_[static_cast<std::size_t>(row)];
  const double most = binary_ ? 1 : static_cast<double>(classes_ - 1);
  if (!(value >= 0 && value <= most))
    throw ValueError(std::string(who_) + ": the target of row " + number(row) + " is " + number(value),
                     binary_ ? "targets of two classes are 0 or 1; for more classes the model must give [B, K]"
                             : "labels are 0.." + number(classes_ - 1) + ", as many as the model has outputs");
  return binary_ ? (value > 0.5 ? 1 : 0) : static_cast<std::int64_t>(value);
}

std::int64_t Classified::predicted(std::int64_t row, double cut) const {
  if (binary_) return output(row) > cut ? 1 : 0;
  std::int64_t best = 0;
  for (std::int64_t k = 1; k < width_; ++k)
    if (output(row, k) > output(row, best)) best = k;
  return best;
}

void Classified::target_weights(std::int64_t row, std::span<double> weights) const {
  if (!binary_ && !labels_) {
    for (std::int64_t k = 0; k < width_; ++k) weights[static_cast<std::size_t>(k)] = target_[at(row, k)];
    return;
  }
  const std::int64_t label = truth(row);  // refuses what is out of range
  std::fill(weights.begin(), weights.end(), 0);
  if (binary_) {
    weights[1] = target_[static_cast<std::size_t>(row)];
    weights[0] = 1 - weights[1];
  } else {
    weights[static_cast<std::size_t>(label)] = 1;
  }
}

void Classified::check_probability(std::int64_t row, std::int64_t place) const {
  const double value = output(row, place);
  if (value < 0 || value > 1)
    throw ValueError(
        std::string(who_) + ": the output of row " + number(row) + " is " + number(value) + ", which is no probability",
        "end the model with a sigmoid or a softmax, or set from_logits = true");
}

void Classified::probabilities(std::int64_t row, bool from_logits, std::span<double> out) const {
  if (from_logits) {
    log_probabilities(row, true, out);
    for (double& value : out) value = std::exp(value);
    return;
  }
  for (std::int64_t k = 0; k < width_; ++k) {
    check_probability(row, k);
    out[static_cast<std::size_t>(k)] = output(row, k);
  }
  if (binary_) {
    out[1] = out[0];
    out[0] = 1 - out[1];
  }
}

void Classified::log_probabilities(std::int64_t row, bool from_logits, std::span<double> out) const {
  if (!from_logits) {
    constexpr double kLeast = std::numeric_limits<double>::epsilon();
    probabilities(row, false, out);
    for (double& value : out) value = std::log(std::isnan(value) ? value : std::clamp(value, kLeast, 1 - kLeast));
    return;
  }
  if (binary_) {
    out[0] = -softplus(output(row));
    out[1] = -softplus(-output(row));
    return;
  }
  double most = output(row);
  for (std::int64_t k = 1; k < width_; ++k) most = std::max(most, output(row, k));
  double sum = 0;
  for (std::int64_t k = 0; k < width_; ++k) sum += std::exp(output(row, k) - most);
  const double log_sum = std::log(sum);
  for (std::int64_t k = 0; k < width_; ++k) out[static_cast<std::size_t>(k)] = output(row, k) - most - log_sum;
}

double decision_cut(double threshold, bool from_logits, const char* who) {
  if (!(threshold >= 0 && threshold <= 1))
    throw ValueError(std::string(who) + ": threshold is " + number(threshold), "use a probability from 0 to 1");
  return from_logits ? std::log(threshold / (1 - threshold)) : threshold;
}

}  // namespace percept
