// shape_test.cpp - lists of sizes, short ones and those on the heap: copies, equality, growing and shrinking.
#include "percept/core/shape.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "percept/base/error.h"

namespace percept {
namespace {

Dims counted(std::size_t rank) {
  Dims dims;
  for (std::size_t i = 0; i < rank; ++i) dims.push_back(static_cast<std::int64_t>(10 + i));
  return dims;
}
std::vector<std::int64_t> values(const Dims& dims) { return {dims.begin(), dims.end()}; }

TEST(Dims, CopiesAreEqualAndTheirOwn) {
  for (std::size_t rank = 0; rank <= 32; ++rank) {
    const Dims dims = counted(rank);
    Dims copy = dims, assigned = counted(32 - rank);
    assigned = dims;
    EXPECT_EQ(values(copy), values(dims));
    EXPECT_EQ(copy, dims);
    EXPECT_EQ(assigned, dims);
    assigned = *&assigned;
    EXPECT_EQ(assigned, dims);
    EXPECT_EQ(Dims(std::move(assigned)), dims);
    if (rank == 0) continue;
    copy[rank - 1] = 7;
    EXPECT_FALSE(copy == dims);
    EXPECT_EQ(dims.back(), static_cast<std::int64_t>(9 + rank));
    copy.erase(rank - 1);
    EXPECT_EQ(copy, counted(rank - 1));
    EXPECT_FALSE(copy == dims);
  }
}

TEST(Dims, ShrinkAndGrow) {
  Dims dims = counted(9);
  while (dims.size() > 2) dims.erase(0);  // shorter than what lies on the heap
  EXPECT_EQ(values(dims), (std::vector<std::int64_t>{17, 18}));
  Dims copy = dims;
  EXPECT_EQ(copy, (Dims{17, 18}));
  copy.insert(1, 4);
  dims = copy;
  EXPECT_EQ(values(dims), (std::vector<std::int64_t>{17, 4, 18}));
  EXPECT_EQ(Dims(3, 8), (Dims{8, 8, 8}));
  EXPECT_EQ(Dims(6, 8), (Dims{8, 8, 8, 8, 8, 8}));
  EXPECT_THROW(Dims(33, 8), ShapeError);
}

TEST(Dims, FastWaysGiveWhatTheSlowOnesDo) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(broadcast(shape, shape, "test"), shape);
  EXPECT_EQ(dense_strides_like(shape, {12, 4, 1}), (Strides{12, 4, 1}));
  EXPECT_EQ(dense_strides_like(shape, {24, 8, 2}), (Strides{12, 4, 1}));
  EXPECT_EQ(dense_strides_like(shape, {1, 2, 6}), (Strides{1, 2, 6}));
  EXPECT_EQ(dense_strides_like({2, 1, 4}, {4, 99, 1}), (Strides{4, 4, 1}));
  EXPECT_EQ(dense_strides_like({2, 0, 4}, {5, 6, 7}), (Strides{1, 1, 1}));
}

}  // namespace
}  // namespace percept
