// allocation_budget.h - a bound on what this thread may ask of the allocator: for models of unknown origin.
#pragma once
#include <cstddef>

namespace percept {

// Inside, this thread's tensors may take `bytes` in all, freed ones counted too.
// OutOfMemoryError beyond. Scopes nest; each counts against all outside.
class AllocationBudget {
 public:
  explicit AllocationBudget(std::size_t bytes);
  ~AllocationBudget();
  AllocationBudget(const AllocationBudget&) = delete;
  AllocationBudget& operator=(const AllocationBudget&) = delete;
  bool spent() const { return spent_; }  // whether it has refused

 private:
  friend void charge_allocation(std::size_t bytes);
  std::size_t bytes_, left_;
  bool spent_ = false;
  AllocationBudget* outer_;
};
// What each device's allocator calls before it serves.
void charge_allocation(std::size_t bytes);

}  // namespace percept
