// micro_batches.cpp - cutting by the axis of samples, and the tree as a binary counter.
#include "percept/train/micro_batches.h"

#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/ops.h"

namespace percept {

std::vector<Batch> cut(const Batch& batch, std::int64_t parts) {
  const std::int64_t size = batch.x.size(0);
  parts = std::min(parts, size);
  checked_mul(size, parts);
  std::vector<Batch> all;
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t first = i * size / parts, end = (i + 1) * size / parts;
    const auto rows = [&](const Tensor& x) { return x.defined() ? slice(x, 0, first, end) : Tensor(); };
    all.push_back({rows(batch.x), rows(batch.y), batch.first_sample + first, rows(batch.weight)});
  }
  return all;
}

GradientTree::Gradients GradientTree::sum(const Gradients& a, const Gradients& b) {
  Gradients all;
  for (std::size_t i = 0; i < a.size(); ++i)
    all.push_back(!a[i].defined() ? b[i] : !b[i].defined() ? a[i] : a[i] + b[i]);
  return all;
}

void GradientTree::take() {
  Gradients own;
  for (State* parameter : parameters_) {
    own.push_back(parameter->grad());
    set_grad(*parameter, {});
  }
  int level = 0;
  for (; !sums_.empty() && sums_.back().first == level; ++level) {
    own = sum(sums_.back().second, own);
    sums_.pop_back();
  }
  sums_.emplace_back(level, std::move(own));
}

void GradientTree::put_back() {
  while (sums_.size() > 1) {
    Gradients last = std::move(sums_.back().second);
    sums_.pop_back();
    sums_.back().second = sum(sums_.back().second, last);
  }
  for (std::size_t i = 0; i < parameters_.size() && !sums_.empty(); ++i)
    set_grad(*parameters_[i], sums_.back().second[i]);
  sums_.clear();
}

}  // namespace percept
