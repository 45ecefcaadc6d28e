// contact_sheet_test.cpp - where pictures land on the sheet, enlarged and with alpha; refusals.
#include "percept/data/contact_sheet.h"

#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

Tensor picture(std::vector<std::uint8_t> values, const Shape& shape) { return from_vector(values, shape); }

TEST(ContactSheet, LaysPicturesInReadingOrderWithMargins) {
  const Tensor a = picture({10, 20}, {1, 1, 2}), b = picture({30, 40}, {1, 1, 2}), c = picture({50, 60}, {1, 1, 2});
  const Tensor sheet = contact_sheet({a, b, c}, {.columns = 2, .margin = 1, .min_side = 0, .background = 9});
  ASSERT_EQ(sheet.shape(), (Shape{3, 5, 7}));
  const std::vector<int> plane{9, 9,  9,  9, 9,  9,  9,  //
                               9, 10, 20, 9, 30, 40, 9,  //
                               9, 9,  9,  9, 9,  9,  9,  //
                               9, 50, 60, 9, 9,  9,  9,  //
                               9, 9,  9,  9, 9,  9,  9};
  std::vector<int> all;
  for (int k = 0; k < 3; ++k) all.insert(all.end(), plane.begin(), plane.end());
  EXPECT_EQ(sheet.to_vector<int>(), all);
}

TEST(ContactSheet, EnlargesByAWholeFactorAndCentresSmallerOnes) {
  const Tensor wide = picture({1, 2, 3}, {1, 1, 3}), small = picture({7}, {1, 1, 1});
  const Tensor sheet = contact_sheet({wide, small}, {.columns = 1, .margin = 0, .min_side = 4, .background = 0});
  ASSERT_EQ(sheet.shape(), (Shape{3, 4, 6}));
  const auto got = sheet.to_vector<int>();
  EXPECT_EQ(std::vector<int>(got.begin(), got.begin() + 24),
            (std::vector<int>{1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3, 0, 0, 7, 7, 0, 0, 0, 0, 7, 7, 0, 0}));
}

TEST(ContactSheet, ColoursAndAlpha) {
  const Tensor clear = picture({200, 100, 50, 0}, {4, 1, 1}), half = picture({200, 100, 50, 51}, {4, 1, 1});
  const Tensor sheet = contact_sheet({clear, half}, {.columns = 2, .margin = 0, .min_side = 0, .background = 255});
  EXPECT_EQ(sheet.to_vector<int>(), (std::vector<int>{255, 244, 255, 224, 255, 214}));
}

TEST(ContactSheet, ChoosesColumns) {
  const std::vector<Tensor> five(5, picture({1}, {1, 1, 1}));
  EXPECT_EQ(contact_sheet(five, {.margin = 0, .min_side = 0}).shape(), (Shape{3, 2, 3}));
  EXPECT_EQ(contact_sheet(five, {.columns = 9, .margin = 0, .min_side = 0}).shape(), (Shape{3, 1, 5}));
}

TEST(ContactSheet, Refuses) {
  const Tensor good = picture({1}, {1, 1, 1});
  EXPECT_THROW(contact_sheet({}), ValueError);
  EXPECT_THROW(contact_sheet({good}, {.columns = -1}), ValueError);
  EXPECT_THROW(contact_sheet({good}, {.margin = -1}), ValueError);
  EXPECT_THROW(contact_sheet({zeros({1, 2, 2})}), DTypeError);
  EXPECT_THROW(contact_sheet({Tensor()}), DTypeError);
  EXPECT_THROW(contact_sheet({picture({1, 2}, {2, 1, 1})}), ShapeError);
  EXPECT_THROW(contact_sheet({picture({1, 2}, {1, 2})}), ShapeError);
  EXPECT_THROW(contact_sheet(std::vector<Tensor>(9000, good), {.margin = 1000}), ShapeError);
}

}  // namespace
}  // namespace percept
