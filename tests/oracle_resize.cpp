// oracle_resize.cpp - resized pictures against Pillow's, byte for byte.
#include <gtest/gtest.h>

#include "oracle.h"
#include "percept/base/text.h"
#include "percept/data/resize.h"

namespace percept {
namespace {

// "rgb.bilinear.20x33" -> what to resize, how, and to what.
struct Case {
  std::string image;
  ResizeOptions options;
  std::int64_t height = 0, width = 0;
};
Case case_of(const std::string& name) {
  const auto words = split(name, '.');
  const auto sides = split(words[2], 'x');
  Case result{std::string(words[0]), {}, *parse_int64(sides[0]), *parse_int64(sides[1])};
  if (const auto rule = enum_value<ResizeRule>(words[1]))
    result.options.rule = *rule;
  else
    result.options.interpolation = enum_value<ResizeFilter>(words[1]).value();
  return result;
}

TEST(OracleResize, SamePixelsAsPillow) {
  const testing::Fixtures fixtures("resize");
  int cases = 0;
  for (const auto& [name, expected] : fixtures.all()) {
    if (name.find('.') == std::string::npos) continue;
    const Case one = case_of(name);
    const Tensor resized = resize_image(fixtures.at(one.image), one.height, one.width, one.options);
    ASSERT_EQ(resized.shape(), expected.shape()) << name;
    EXPECT_EQ(resized.to_vector<std::int32_t>(), expected.to_vector<std::int32_t>()) << name;
    ++cases;
  }
  EXPECT_GT(cases, 30);
}

}  // namespace
}  // namespace percept
