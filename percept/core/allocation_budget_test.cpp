// allocation_budget_test.cpp - what a thread may ask for, in nested scopes.
#include "percept/core/allocation_budget.h"

#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/core/tensor.h"

namespace percept {
namespace {

Tensor bytes(std::int64_t count) { return Tensor(contiguous_spec(DType::u8, {count})); }

TEST(AllocationBudget, CountsWhatWasFreedToo) {
  AllocationBudget budget(3 * 1024);
  bytes(1024);
  bytes(1024);
  EXPECT_FALSE(budget.spent());
  EXPECT_THROW(bytes(1025), OutOfMemoryError);  // its size class has 1280
  EXPECT_TRUE(budget.spent());
  bytes(1024);
  EXPECT_THROW(bytes(1), OutOfMemoryError);
}

TEST(AllocationBudget, NestedOnesCountAgainstAll) {
  AllocationBudget outer(2048);
  {
    const AllocationBudget inner(1024);
    bytes(1024);
    EXPECT_THROW(bytes(64), OutOfMemoryError);
    EXPECT_FALSE(outer.spent());
  }
  bytes(1024);
  EXPECT_THROW(bytes(64), OutOfMemoryError);
  EXPECT_TRUE(outer.spent());
}

TEST(AllocationBudget, EndsWithItsScope) {
  {
    const AllocationBudget none(0);
  }
  EXPECT_EQ(bytes(64).numel(), 64);
}

}  // namespace
}  // namespace percept
