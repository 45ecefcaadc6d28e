// resize_test.cpp - sizes worked out by hand, rules for other ratios, refusals. Pillow's pixels:
// tests/oracle_resize.cpp.
#include "percept/data/resize.h"

#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

Tensor image(std::vector<std::uint8_t> values, Shape shape) { return from_vector(values, shape); }
std::vector<std::int32_t> pixels(const Tensor& t) { return t.to_vector<std::int32_t>(); }

TEST(Resize, HalfTheSizeIsTheMeanOfWhatTheTriangleCovers) {
  // One row of 4 to 2: the triangle of width 2 around 1 covers pixels 0..2 with weights .75 .75 .25 (of 1.75).
  const Tensor row = image({0, 100, 200, 40}, {1, 1, 4});
  EXPECT_EQ(pixels(resize_image(row, 1, 2)), (std::vector<std::int32_t>{71, 117}));
  // Without antialiasing each is between its two neighbours.
  EXPECT_EQ(pixels(resize_image(row, 1, 2, {.antialias = false})), (std::vector<std::int32_t>{50, 120}));
}

TEST(Resize, NearestTakesThePixelUnderTheMiddle) {
  const Tensor row = image({1, 2, 3, 4, 5}, {1, 1, 5});
  EXPECT_EQ(pixels(resize_image(row, 1, 3, {.interpolation = ResizeFilter::nearest})),
            (std::vector<std::int32_t>{1, 3, 5}));
}

TEST(Resize, TheSameSizeGivesTheSamePixels) {
  const Tensor picture = image({9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 11, 12}, {3, 2, 2});
  for (const auto how : {ResizeFilter::nearest, ResizeFilter::bilinear, ResizeFilter::bicubic})
    EXPECT_EQ(pixels(resize_image(picture, 2, 2, {.interpolation = how})), pixels(picture));
}

TEST(Resize, RulesForAnotherRatio) {
  const Tensor wide = image({10, 20, 30, 40, 50, 60, 70, 80}, {1, 2, 4});
  EXPECT_EQ(pixels(resize_image(wide, 2, 2, {.rule = ResizeRule::crop})), (std::vector<std::int32_t>{20, 30, 60, 70}));
  const Tensor padded = resize_image(wide, 4, 4, {.rule = ResizeRule::pad});
  EXPECT_EQ(pixels(padded), (std::vector<std::int32_t>{0, 0, 0, 0, 10, 20, 30, 40, 50, 60, 70, 80, 0, 0, 0, 0}));
  const Tensor tall = image({10, 20, 30, 40}, {1, 4, 1});  // its middle pixel, 1 x 1, three times as large
  EXPECT_EQ(pixels(resize_image(tall, 3, 3, {.rule = ResizeRule::crop})), std::vector<std::int32_t>(9, 20));
  EXPECT_EQ(resize_image(tall, 3, 2, {.rule = ResizeRule::pad}).shape(), (Shape{1, 3, 2}));
}

TEST(Resize, AnyStridesGiveTheSame) {
  const Tensor picture = image({9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 11, 12}, {3, 2, 2});
  const Tensor turned = permute(contiguous(permute(picture, {1, 2, 0})), {2, 0, 1});
  EXPECT_EQ(pixels(resize_image(turned, 3, 5)), pixels(resize_image(picture, 3, 5)));
}

TEST(Resize, RefusesWhatIsNoPicture) {
  EXPECT_THROW(resize_image(Tensor(), 2, 2), DTypeError);
  EXPECT_THROW(resize_image(zeros({1, 2, 2}), 2, 2), DTypeError);
  EXPECT_THROW(resize_image(zeros({2, 2}, DType::u8), 2, 2), ShapeError);
  EXPECT_THROW(resize_image(zeros({1, 0, 2}, DType::u8), 2, 2), ShapeError);
  EXPECT_THROW(resize_image(zeros({1, 2, 2}, DType::u8), 0, 2), ValueError);
  EXPECT_THROW(resize_image(zeros({1, 2, 2}, DType::u8), 2, 70000), ValueError);
}

}  // namespace
}  // namespace percept
