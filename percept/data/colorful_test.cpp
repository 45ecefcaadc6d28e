// colorful_test.cpp - pictures with colours, and grey ones in three channels.
#include "percept/data/colorful.h"

#include <gtest/gtest.h>

#include "percept/core/factories.h"
#include "percept/data/dataset.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// 20 pictures of 2 x 2, of which the first `colored` have a red channel that is `apart` above the others.
Dataset pictures(std::int64_t colored, int apart, DType dtype = DType::u8, std::int64_t channels = 3) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < 20; ++i)
    for (std::int64_t c = 0; c < channels; ++c)
      for (int pixel = 0; pixel < 4; ++pixel) values.push_back(40 * pixel + (c == 0 && i < colored ? apart : 0));
  Tensor x = from_vector(values, {20, channels, 2, 2});
  return TensorDataset(cast(x, dtype), from_vector(std::vector<std::int64_t>(20, 0), {20}), {"all"});
}

TEST(Colorful, AsksForColoursInMostPictures) {
  EXPECT_TRUE(colorful(pictures(20, 30)));
  EXPECT_TRUE(colorful(pictures(11, 30)));
  EXPECT_FALSE(colorful(pictures(10, 30)));
  EXPECT_FALSE(colorful(pictures(20, 12)));  // a tinted scan: 12 of 255
  EXPECT_TRUE(colorful(pictures(20, 13)));
  EXPECT_FALSE(colorful(pictures(0, 0)));
}

TEST(Colorful, KnowsTheRangeOfFloatsAndRefusesOtherShapes) {
  EXPECT_TRUE(colorful(pictures(20, 30, DType::f32)));  // of 150
  EXPECT_FALSE(colorful(pictures(20, 5, DType::f32)));
  EXPECT_FALSE(colorful(pictures(20, 30, DType::u8, 1)));
  EXPECT_FALSE(colorful(pictures(20, 30, DType::u8, 4)));
}

}  // namespace
}  // namespace percept
