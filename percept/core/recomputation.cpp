// recomputation.cpp - the runs of this thread, and what they remember.
#include "percept/core/recomputation.h"

#include <algorithm>
#include <utility>

#include "percept/base/error.h"

namespace percept {
namespace {
thread_local RecomputedRun* innermost = nullptr;
thread_local std::uint64_t runs = 0;
}  // namespace

bool Recomputation::holds(const Tensor& tensor) const {
  const auto same = [&](const Tensor& other) { return other.storage() == tensor.storage(); };
  return std::any_of(inputs.begin(), inputs.end(), same) || std::any_of(values.begin(), values.end(), same);
}

RecomputedRun::RecomputedRun(Recomputation& function, bool again)
    : function_(function), again_(again), outer_(std::exchange(innermost, this)), id_(++runs) {}
RecomputedRun::~RecomputedRun() { innermost = outer_; }

Tensor RecomputedRun::found(FunctionRef<Tensor()> now) {
  if (again_) {
    if (next_value_ == function_.values.size()) Recomputation::refuse_change("it reads more parameters and buffers");
    return function_.values[next_value_++];
  }
  return function_.values.emplace_back(outer_ != nullptr ? outer_->found(now) : now());
}

std::uint64_t RecomputedRun::counted(FunctionRef<std::uint64_t()> now) {
  if (again_) {
    if (next_number_ == function_.numbers.size()) Recomputation::refuse_change("it draws more random numbers");
    return function_.numbers[next_number_++];
  }
  return function_.numbers.emplace_back(outer_ != nullptr ? outer_->counted(now) : now());
}

void Recomputation::refuse_change(const std::string& what) {
  throw ValueError("recompute: the function does not do what it did the first time: " + what,
                   "what it refers to must stay as it is until backward() has run: capture numbers by value, and "
                   "count or choose outside of it");
}

RecomputedRun* recomputed_run() { return innermost; }

bool running_again() {
  return innermost != nullptr && (innermost->again() || (innermost->outer() != nullptr && innermost->outer()->again()));
}

Tensor found(FunctionRef<Tensor()> now) { return innermost != nullptr ? innermost->found(now) : now(); }
std::uint64_t counted(FunctionRef<std::uint64_t()> now) {
  return innermost != nullptr ? innermost->counted(now) : now();
}

}  // namespace percept
