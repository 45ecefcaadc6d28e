// dtype_test.cpp - names of element types, and numbers that are none.
#include "percept/core/dtype.h"

#include <gtest/gtest.h>

#include "percept/base/error.h"

namespace percept {
namespace {

TEST(DType, NamesAndSizes) {
  for (int i = 0; i < kDTypes; ++i) EXPECT_EQ(dtype_named(name_of(static_cast<DType>(i))), static_cast<DType>(i));
  EXPECT_EQ(size_of(DType::bf16), 2u);
  EXPECT_EQ(size_of(DType::i64), 8u);
  EXPECT_THROW(dtype_named("f8"), ValueError);
}

TEST(DType, ANumberBeyondTheLastIsRefused) {
  EXPECT_THROW(name_of(static_cast<DType>(kDTypes)), DTypeError);
  EXPECT_THROW(size_of(static_cast<DType>(255)), DTypeError);
}

}  // namespace
}  // namespace percept
