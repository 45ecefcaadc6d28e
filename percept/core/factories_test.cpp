// factories_test.cpp - numbers become elements, or are refused where the dtype does not hold them.
#include "percept/core/factories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "percept/base/error.h"

namespace percept {
namespace {

using testing::ElementsAre;

TEST(Factories, IntegersLoseTheirFraction) {
  EXPECT_THAT(tensor({1.9, -1.9, -0.5}, DType::i32).to_vector<std::int32_t>(), ElementsAre(1, -1, 0));
  EXPECT_THAT(tensor({255.5, -0.9}, DType::u8).to_vector<std::uint8_t>(), ElementsAre(255, 0));
  EXPECT_THAT(full({1}, -0x1p63, DType::i64).to_vector<std::int64_t>(), ElementsAre(INT64_MIN));
}

TEST(Factories, WhatADTypeDoesNotHoldIsRefused) {
  for (const DType dtype : {DType::i8, DType::u8, DType::i32, DType::i64})
    for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL, 0x1p63, -0x1.1p63})
      EXPECT_THROW(full({2}, value, dtype), ValueError) << value;
  EXPECT_THROW(tensor({256}, DType::u8), ValueError);
  EXPECT_THROW(tensor({-1}, DType::u8), ValueError);
  EXPECT_THROW(tensor({-129}, DType::i8), ValueError);
  EXPECT_THROW(arange(0, 300, 1, DType::u8), ValueError);
  EXPECT_THROW(full({2}, 0x1p31, DType::i32), ValueError);
  EXPECT_TRUE(std::isinf(full({}, 1e300, DType::f32).item()));  // floats have an infinity
}

}  // namespace
}  // namespace percept
