// pixel_table_test.cpp - rows of pixels as pictures, and labels in all their forms.
#include "percept/data/pixel_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {
namespace {

using testing::HasSubstr;

class PixelTable : public testing::Test {
 protected:
  // A table of pictures with `pixels` values, value i of row k being (i + k) % 256; one row per label.
  std::string write(const std::vector<std::string>& labels, int pixels = 16) {
    const auto path = std::filesystem::path(testing::TempDir()) / "pixels.csv";
    std::ofstream out(path);
    out << "label";
    for (int i = 1; i <= pixels; ++i) out << ",pixel" << i;
    for (std::size_t k = 0; k < labels.size(); ++k) {
      out << "\n" << labels[k];
      for (int i = 0; i < pixels; ++i) out << "," << (i + static_cast<int>(k)) % 256;
    }
    out << "\n";
    return path.string();
  }
  std::string refusal(const std::vector<std::string>& labels) {
    try {
      read_pixel_table(write(labels), {});
    } catch (const IoError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(PixelTable, ColoursLiePixelByPixel) {
  const TensorDataset data = read_pixel_table(write({"0", "1"}, 48), {});
  EXPECT_EQ(data.sample_shape(), (Shape{3, 4, 4}));
  const auto values = data.x().to_vector<int>();  // [2, 3, 4, 4]
  EXPECT_EQ(values[0], 0);
  EXPECT_EQ(values[1], 3);   // red of the second pixel
  EXPECT_EQ(values[16], 1);  // green of the first
  EXPECT_EQ(values[48], 1);  // red of the second picture's first
}

TEST_F(PixelTable, LabelsThatAreOneNumberAreOneClass) {
  const TensorDataset data = read_pixel_table(write({"10", "1", "1.0", "-0", "0", "b", "a"}), {});
  EXPECT_EQ(data.class_names(), (std::vector<std::string>{"0", "1", "10", "a", "b"}));
  EXPECT_EQ(data.y().to_vector<int>(), (std::vector<int>{2, 1, 1, 0, 0, 4, 3}));
  EXPECT_EQ(read_pixel_table(write({"1.0"}), {"0", "1"}).y().to_vector<int>(), (std::vector<int>{1}));
}

// "Nan" is a word here: as no number it would be neither above nor below another.
TEST_F(PixelTable, ClassesAreInOneOrderHoweverTheRowsLie) {
  const std::vector<std::string> wanted{"1", "2", "Nan"};
  EXPECT_EQ(read_pixel_table(write({"2", "Nan", "1"}), {}).class_names(), wanted);
  EXPECT_EQ(read_pixel_table(write({"Nan", "2", "1"}), {}).class_names(), wanted);
}

TEST_F(PixelTable, MissingLabelsAreRefused) {
  for (const char* label : {"", "nan", "NaN", "NA", "?"})
    EXPECT_THAT(refusal({"1", label}), HasSubstr("line 3: the label is missing")) << label;
}

TEST_F(PixelTable, ManyClassesAreSortedAtOnce) {
  std::vector<std::string> labels;
  for (int i = 0; i < 20'000; ++i) labels.push_back(number((i * 7919) % 20'000));
  const TensorDataset data = read_pixel_table(write(labels), {});
  ASSERT_EQ(data.class_names().size(), labels.size());
  EXPECT_EQ(data.class_names()[1234], "1234");
  EXPECT_EQ(data.y().to_vector<int>()[1], 7919);
}

}  // namespace
}  // namespace percept
