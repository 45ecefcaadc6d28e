// colour_chain_test.cpp - changes of colour in one go have the bits of the same changes one by one, under every
// instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "hwy/targets.h"
#include "percept/data/augment/steps/_colour_chain.h"
#include "percept/data/augment/steps/_grey.h"

namespace percept {
namespace {

template <class T>
std::vector<T> noise(std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  std::uint32_t state = 99;
  for (T& v : values) v = static_cast<T>((state = state * 1664525u + 1013904223u) >> 24);
  return values;
}

template <class T>
Picture picture_on(std::vector<T>& values, std::int64_t channels, std::int64_t height, std::int64_t width) {
  return {sizeof(T) == 1 ? DType::u8 : DType::f32, values.data(), channels, height, width, {}};
}

using Changes = std::array<ColourChange, 4>;
constexpr Changes kChanges{{{ColourKind::brightness, 1.3},
                            {ColourKind::contrast, 0.6},
                            {ColourKind::saturation, 1.7},
                            {ColourKind::hue, -0.08}}};

template <class T>
void expect_one_by_one(const Changes& changes, std::int64_t channels) {
  const std::int64_t height = 37, width = 31;  // two tiles and an odd rest
  std::vector<std::vector<T>> found;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    auto together = noise<T>(channels * height * width), alone = together;
    change_colours(picture_on(together, channels, height, width), changes);
    for (const ColourChange& change : changes)
      change_colours(picture_on(alone, channels, height, width), std::array{change});
    EXPECT_EQ(together, alone);
    found.push_back(together);
    EXPECT_EQ(found.front(), found.back());
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(ColourChain, HasTheBitsOfItsChanges) {
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  do {
    Changes changes = kChanges;
    for (std::size_t i = 0; i < 4; ++i) changes[i] = kChanges[order[i]];
    for (const std::int64_t channels : {1, 2, 3, 4}) {
      expect_one_by_one<std::uint8_t>(changes, channels);
      expect_one_by_one<float>(changes, channels);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

// Worked out pixel by pixel in double precision; within what single precision may turn at a tie.
TEST(ColourChain, ContrastAndSaturationRoundToNearest) {
  const std::int64_t count = 1000;
  const auto before = noise<std::uint8_t>(3 * count);
  const auto grey = [&](std::size_t i) {
    return grey_of(before[i], before[i + static_cast<std::size_t>(count)],
                   before[i + 2 * static_cast<std::size_t>(count)]);
  };
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) sum += grey(i);
  const double mean = std::floor(static_cast<double>(sum) / static_cast<double>(count) + 0.5);
  auto contrast = before, saturation = before;
  change_colours(picture_on(contrast, 3, 10, 100), std::array{ColourChange{ColourKind::contrast, 1.37}});
  change_colours(picture_on(saturation, 3, 10, 100), std::array{ColourChange{ColourKind::saturation, 300}});
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double v = before[i], own = grey(i % static_cast<std::size_t>(count));
    EXPECT_NEAR(contrast[i], std::clamp(mean + 1.37 * (v - mean), 0.0, 255.0), 0.5 + 1e-4);
    EXPECT_NEAR(saturation[i], std::clamp(own + 300 * (v - own), 0.0, 255.0), 0.5);
  }
}

TEST(ColourChain, AlphaStays) {
  auto values = noise<std::uint8_t>(4 * 50);
  const auto before = values;
  change_colours(picture_on(values, 4, 5, 10), kChanges);
  EXPECT_TRUE(std::equal(values.begin() + 150, values.end(), before.begin() + 150));
  EXPECT_NE(values, before);
}

}  // namespace
}  // namespace percept
