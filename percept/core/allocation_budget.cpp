// allocation_budget.cpp - the thread's budgets, innermost first.
#include "percept/core/allocation_budget.h"

#include <string>
#include <utility>

#include "percept/base/error.h"

namespace percept {
namespace {
thread_local AllocationBudget* innermost = nullptr;
}  // namespace

AllocationBudget::AllocationBudget(std::size_t bytes)
    : bytes_(bytes), left_(bytes), outer_(std::exchange(innermost, this)) {}
AllocationBudget::~AllocationBudget() { innermost = outer_; }

void charge_allocation(std::size_t bytes) {
  for (AllocationBudget* budget = innermost; budget != nullptr; budget = budget->outer_) {
    if (bytes > budget->left_) {
      budget->spent_ = true;
      throw OutOfMemoryError("the budget of " + std::to_string(budget->bytes_) +
                                 " bytes is spent: " + std::to_string(bytes) + " more were asked for",
                             "use smaller sizes");
    }
    budget->left_ -= bytes;
  }
}

}  // namespace percept
