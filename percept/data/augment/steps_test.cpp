// steps_test.cpp - what steps draw: distributions of angles, places, factors and areas, each read off the pixels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "percept/core/factories.h"
#include "percept/data/augment/steps/affine.h"
#include "percept/data/augment/steps/colour.h"
#include "percept/data/augment/steps/crop.h"
#include "percept/data/augment/steps/elastic.h"
#include "percept/data/augment/steps/erase.h"
#include "percept/data/augment/steps/filter.h"
#include "percept/data/augment/steps/flip.h"
#include "percept/data/augment/steps/perspective.h"
#include "percept/data/augment/steps/policies.h"
#include "percept/data/augment/steps/tone.h"

namespace percept {
namespace {

constexpr std::int64_t kMany = 4000;
constexpr std::int64_t kSide = 32;

// Every step of 4000 samples on the same picture [C, H, W].
std::vector<float> many(const AugmentStep& step, const std::vector<float>& picture, std::int64_t channels,
                        Shape* shape = nullptr) {
  std::vector<float> all;
  for (std::int64_t i = 0; i < kMany; ++i) all.insert(all.end(), picture.begin(), picture.end());
  std::vector<std::int64_t> samples(kMany);
  std::iota(samples.begin(), samples.end(), 0);
  const Batch out = Augment({step})({from_vector(all, {kMany, channels, kSide, kSide}), {}, 0}, {11, 3, samples});
  if (shape != nullptr) *shape = out.x.shape();
  return out.x.to_vector<float>();
}

// Each pixel says where it is: channel 0 its x, channel 1 its y, at its centre.
std::vector<float> places() {
  std::vector<float> picture;
  for (int c = 0; c < 2; ++c)
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) picture.push_back(static_cast<float>(c == 0 ? x : y) + 0.5f);
  return picture;
}

// The affine map near the middle of one sample: places 8 pixels apart on both axes.
struct Seen {
  double xx, xy, yx, yy;      // change of the source's x and y per pixel along x and y
  double middle_x, middle_y;  // where the middle (16, 16) comes from
};
Seen seen(const std::vector<float>& all, std::int64_t sample, std::int64_t height = kSide, std::int64_t width = kSide) {
  const auto at = [&](std::int64_t c, std::int64_t y, std::int64_t x) {
    return static_cast<double>(all[static_cast<std::size_t>(((sample * 2 + c) * height + y) * width + x)]);
  };
  const std::int64_t y = height / 2, x = width / 2;
  const auto mean = [&](std::int64_t c) {
    return (at(c, y - 1, x - 1) + at(c, y - 1, x) + at(c, y, x - 1) + at(c, y, x)) / 4;
  };
  return {(at(0, y, x + 4) - at(0, y, x - 4)) / 8,
          (at(0, y + 4, x) - at(0, y - 4, x)) / 8,
          (at(1, y, x + 4) - at(1, y, x - 4)) / 8,
          (at(1, y + 4, x) - at(1, y - 4, x)) / 8,
          mean(0),
          mean(1)};
}

// Uniform in low..high: the ends, mean and variance, within five standard errors.
void expect_uniform(const std::vector<double>& values, double low, double high, double slack, const std::string& what) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double variance = 0;
  for (const double v : values) variance += (v - mean) * (v - mean) / n;
  const double spread = (high - low) * (high - low) / 12;
  EXPECT_NEAR(mean, (low + high) / 2, 5 * std::sqrt(spread / n) + slack) << what;
  EXPECT_NEAR(variance, spread, 5 * std::sqrt(0.8 * spread * spread / n) + slack) << what;
  EXPECT_GE(*std::min_element(values.begin(), values.end()), low - slack) << what;
  EXPECT_LE(*std::max_element(values.begin(), values.end()), high + slack) << what;
}

std::vector<double> read_all(const AugmentStep& step, const std::function<double(const Seen&)>& read) {
  const std::vector<float> all = many(step, places(), 2);
  std::vector<double> values;
  for (std::int64_t i = 0; i < kMany; ++i) values.push_back(read(seen(all, i)));
  return values;
}

TEST(Steps, RotateDrawsAngles) {
  const auto values = read_all(Rotate{{.degrees = 20}}, [](const Seen& s) {
    EXPECT_NEAR(s.xx * s.yy - s.xy * s.yx, 1, 1e-4);
    EXPECT_NEAR(s.middle_x, 16, 1e-3);
    return std::atan2(s.yx, s.xx) * 180 / std::numbers::pi;  // to the source: clockwise
  });
  expect_uniform(values, -20, 20, 1e-2, "degrees");
  // Counter-clockwise: what was on the right goes up.
  const auto up = read_all(Rotate{{.degrees = {10, 10}}}, [](const Seen& s) { return s.yx; });
  EXPECT_NEAR(up[0], std::sin(10 * std::numbers::pi / 180), 1e-4);
}

TEST(Steps, ZoomDrawsFactors) {
  expect_uniform(read_all(Zoom{{.scale = {0.8, 1.4}}}, [](const Seen& s) { return 1 / s.xx; }), 0.8, 1.4, 1e-3,
                 "scale");
  const auto ratio = read_all(Zoom{{.scale = 0.1}}, [](const Seen& s) { return s.xx / s.yy; });
  for (const double r : ratio) ASSERT_NEAR(r, 1, 1e-4);
  const auto each = read_all(Zoom{{.scale = 0.1, .per_axis = true}}, [](const Seen& s) { return 1 / s.yy; });
  expect_uniform(each, 0.9, 1.1, 1e-3, "of the height");
}

TEST(Steps, ShiftDrawsFractions) {
  const Shift step{{.width = 0.25, .height = {0, 0.125}}};
  expect_uniform(read_all(step, [](const Seen& s) { return 16 - s.middle_x; }), -8, 8, 1e-2, "right");
  expect_uniform(read_all(step, [](const Seen& s) { return 16 - s.middle_y; }), 0, 4, 1e-2, "down");
  for (const double v : read_all(Shift{{.whole_pixels = true}}, [](const Seen& s) { return s.middle_x; }))
    ASSERT_NEAR(v, std::nearbyint(v), 1e-5);
}

TEST(Steps, ShearDrawsAngles) {
  const auto values =
      read_all(Shear{{.degrees = 15}}, [](const Seen& s) { return std::atan(-s.xy) * 180 / std::numbers::pi; });
  expect_uniform(values, -15, 15, 1e-2, "degrees");
}

TEST(Steps, AffineDrawsAllOfThem) {
  const Affine step{{.degrees = 5, .width = 0.1, .height = 0.1, .scale = {0.9, 1.2}}};
  expect_uniform(read_all(step, [](const Seen& s) { return std::sqrt(1 / (s.xx * s.yy - s.xy * s.yx)); }), 0.9, 1.2,
                 1e-3, "scale");
  expect_uniform(read_all(step, [](const Seen& s) { return std::atan2(s.yx, s.xx) * 180 / std::numbers::pi; }), -5, 5,
                 1e-2, "degrees");
}

TEST(Steps, ProbabilityIsHowOftenTheyHappen) {
  const auto share = [](const AugmentStep& step) {
    const auto values =
        read_all(step, [](const Seen& s) { return std::abs(s.xx - 1) + std::abs(s.yy - 1) > 1e-6 ? 1.0 : 0.0; });
    return std::accumulate(values.begin(), values.end(), 0.0) / kMany;
  };
  const double five = 5 * std::sqrt(0.25 / kMany);
  EXPECT_NEAR(share(HorizontalFlip{}), 0.5, five);
  EXPECT_NEAR(share(VerticalFlip{{.probability = 0.2}}), 0.2, five);
  EXPECT_NEAR(share(Perspective{}), 0.5, five);
  EXPECT_NEAR(share(Rotate{{.probability = 0.7}}), 0.7, five);
  EXPECT_EQ(share(Zoom{{.probability = 0}}), 0);
}

TEST(Steps, RandomCropTakesEveryPlaceAlike) {
  std::vector<int> rows(9), columns(9);
  Shape shape;
  const auto all = many(RandomCrop{{.padding = 4, .fill_mode = FillMode::wrap}}, places(), 2, &shape);
  ASSERT_EQ(shape, (Shape{kMany, 2, kSide, kSide}));
  for (std::int64_t i = 0; i < kMany; ++i) {
    const Seen s = seen(all, i);
    ++columns[static_cast<std::size_t>(std::lround(s.middle_x - 16) + 4)];
    ++rows[static_cast<std::size_t>(std::lround(s.middle_y - 16) + 4)];
  }
  for (const auto& counts : {rows, columns})
    for (const int count : counts) EXPECT_NEAR(count, kMany / 9.0, 5 * std::sqrt(kMany / 9.0));
}

TEST(Steps, ResizedCropDrawsAreasAndRatios) {
  Shape shape;
  const auto all =
      many(ResizedCrop{{.height = 40, .width = 40, .scale = {0.2, 0.6}, .ratio = {0.5, 2}}}, places(), 2, &shape);
  ASSERT_EQ(shape, (Shape{kMany, 2, 40, 40}));
  std::vector<double> areas, ratios;
  for (std::int64_t i = 0; i < kMany; ++i) {
    const Seen s = seen(all, i, 40, 40);
    const double w = s.xx * 40, h = s.yy * 40;
    EXPECT_LE(s.middle_x + w / 2, 32.01);
    EXPECT_GE(s.middle_y - h / 2, -0.01);
    areas.push_back(w * h / 1024);
    ratios.push_back(std::log2(w / h));
  }
  // Sides are whole pixels, and wide parts of large area do not fit: the slack.
  expect_uniform(areas, 0.2, 0.6, 0.02, "area");
  expect_uniform(ratios, -1, 1, 0.1, "log2 of the ratio");
}

TEST(Steps, FallsBackToTheMiddleWhereNothingFits) {
  Draws draws(augment_key(1, 0), 0, 0);
  const PicturePart part = draw_part(draws, 10, 1000, {1, 1}, {3.0 / 4, 4.0 / 3});
  EXPECT_EQ(part.height, 10);
  EXPECT_EQ(part.width, 13);
  EXPECT_EQ(part.left, 493);
}

// Values of one grey pixel after a step of light.
std::vector<double> greys(const AugmentStep& step, float value) {
  const auto all = many(step, std::vector<float>(kSide * kSide, value), 1);
  std::vector<double> out;
  for (std::int64_t i = 0; i < kMany; ++i)
    out.push_back(static_cast<double>(all[static_cast<std::size_t>(i * kSide * kSide)]));
  return out;
}

TEST(Steps, LightDrawsFactors) {
  expect_uniform(greys(Brightness{{.factor = 0.4}}, 100), 60, 140, 0.01, "brightness");
  expect_uniform(greys(Brightness{{.factor = 3}}, 50), 0, 200, 0.01, "brightness from 0");
  expect_uniform(greys(ChannelShift{{.factor = 0.2}}, 100), 49, 151, 0.01, "channel_shift");
  expect_uniform(greys(ColourJitter{{.brightness = 0.4}}, 100), 60, 140, 0.01, "colour_jitter");
  for (const double v : greys(Contrast{}, 100)) ASSERT_NEAR(v, 100, 1e-3);  // the mean itself
}

TEST(Steps, NoiseIsAsWideAsSaid) {
  const auto all = many(PixelNoise{{.mean = 0.02, .sigma = 0.1}}, std::vector<float>(kSide * kSide, 128), 1);
  double mean = 0, variance = 0;
  for (const float v : all) mean += static_cast<double>(v) / static_cast<double>(all.size());
  for (const float v : all) variance += std::pow(static_cast<double>(v) - mean, 2) / static_cast<double>(all.size());
  EXPECT_NEAR(mean, 128 + 5.1, 0.1);
  EXPECT_NEAR(std::sqrt(variance), 25.5, 0.1);
}

TEST(Steps, ErasingTakesTheShareOfTheArea) {
  const auto all =
      many(RandomErasing{{.scale = {0.05, 0.3}, .probability = 1}}, std::vector<float>(kSide * kSide, 9), 1);
  std::vector<double> shares;
  for (std::int64_t i = 0; i < kMany; ++i)
    shares.push_back(static_cast<double>(std::count(all.begin() + i * 1024, all.begin() + (i + 1) * 1024, 0.0f)) /
                     1024);
  expect_uniform(shares, 0.05, 0.3, 0.02, "area");  // sides are whole pixels
  const auto squares = many(Cutout{{.size = 0.25, .fill_value = 3}}, std::vector<float>(kSide * kSide, 9), 1);
  std::int64_t most = 0;
  for (std::int64_t i = 0; i < kMany; ++i)
    most = std::max<std::int64_t>(most, std::count(squares.begin() + i * 1024, squares.begin() + (i + 1) * 1024, 3.0f));
  EXPECT_EQ(most, 64);
}

TEST(Steps, ElasticMovesByAlphaTimesSmoothNoise) {
  Draws draws(augment_key(1, 0), 0, 0);
  const Displacement field = elastic_displacement(100, 100, 50, 4, draws);
  double square = 0;
  for (const float v : field.x) square += static_cast<double>(v) * static_cast<double>(v) / 10000;
  // A Gaussian blur of white noise of variance 1/3 leaves 1 / (4 pi sigma^2) of it.
  EXPECT_NEAR(std::sqrt(square), 50 * std::sqrt(1.0 / 3 / (4 * std::numbers::pi * 16)), 0.3);
  EXPECT_NE(field.x, field.y);
}

// What a policy's change of that strength is, by the functions and maps themselves.
std::vector<float> changed(const std::vector<float>& picture, PolicyChange change, double strength,
                           const PolicyReach& reach) {
  const Tensor from = from_vector(picture, {3, kSide, kSide});
  Tensor to = from_vector(picture, {3, kSide, kSide});
  const Picture out = picture_of(to);
  const auto read = [&](const Homography& to_source) {
    warp(source_of(from), about({kSide / 2.0, kSide / 2.0}, to_source), {}, {.fill = Fill{}}, out);
  };
  const double size = std::abs(strength), factor = 1 + reach.factor * strength;
  const double slant = reach.shear * strength;
  switch (change) {
    case PolicyChange::identity:
      break;
    case PolicyChange::shear_x:  // the content: x += slant y
      read({{1, -slant, 0, 0, 1, 0, 0, 0, 1}});
      break;
    case PolicyChange::shear_y:
      read({{1, 0, 0, -slant, 1, 0, 0, 0, 1}});
      break;
    case PolicyChange::shift_x:
      read(translation(-std::trunc(reach.shift_x * strength), 0));
      break;
    case PolicyChange::shift_y:
      read(translation(0, -std::trunc(reach.shift_y * strength)));
      break;
    case PolicyChange::rotate:
      read(rotation(-reach.degrees * strength));
      break;
    case PolicyChange::brightness:
      adjust_brightness(out, factor);
      break;
    case PolicyChange::saturation:
      adjust_saturation(out, factor);
      break;
    case PolicyChange::contrast:
      adjust_contrast(out, factor);
      break;
    case PolicyChange::sharpness:
      sharpen(out, factor);
      break;
    case PolicyChange::posterize:
      posterize(out, static_cast<int>(std::lround(reach.bits - reach.fewer_bits * size)));
      break;
    case PolicyChange::solarize:
      solarize(out, 255 * (1 - size));
      break;
    case PolicyChange::autocontrast:
      stretch_tones(out);
      break;
    case PolicyChange::equalize:
      equalize_tones(out);
      break;
  }
  return to.to_vector<float>();
}

// Whether two pictures differ by no more than the last digits of a map.
bool alike(const float* a, const float* b) {
  for (std::size_t i = 0; i < 3 * kSide * kSide; ++i)
    if (std::abs(a[i] - b[i]) > 0.01f) return false;
  return true;
}

std::vector<float> coloured() {
  std::vector<float> picture;
  for (int i = 0; i < 3 * kSide * kSide; ++i) picture.push_back(static_cast<float>((i * 7) % 200 + 20));
  return picture;
}

TEST(Steps, EachChangeOfAPolicyIsItsFunction) {
  const std::vector<float> picture = coloured();
  const Tensor x = from_vector(picture, {3, kSide, kSide});
  const PolicyReach usual{.shift_x = 10, .shift_y = 7};
  const PolicyReach wide{.shear = 0.99, .shift_x = 32, .shift_y = 32, .degrees = 135, .factor = 0.99, .fewer_bits = 6};
  for (int kind = 0; kind < kPolicyChanges; ++kind)
    for (const double strength : {0.0, 0.3, -0.3, 1.0, -1.0})
      for (const PolicyReach& reach : {usual, wide}) {
        const auto change = static_cast<PolicyChange>(kind);
        Workpiece work({});
        work.begin(source_of(x), nullptr, false);
        apply_change(work, change, strength, reach, {}, Interpolation::bilinear);
        Tensor got = from_vector(picture, {3, kSide, kSide});
        work.finish(picture_of(got), nullptr);
        const std::vector<float> wanted = changed(picture, change, strength, reach);
        EXPECT_TRUE(alike(got.to_vector<float>().data(), wanted.data())) << kind << " at " << strength;
      }
}

TEST(Steps, RandAugmentReachesAllItsChanges) {
  const std::vector<float> picture = coloured();
  const double strength = 20.0 / 30;
  const PolicyReach reach{.shift_x = 150.0 / 331 * kSide, .shift_y = 150.0 / 331 * kSide};
  std::vector<std::vector<float>> candidates;
  for (int kind = 0; kind < kPolicyChanges; ++kind)
    for (const double side : {strength, -strength})
      candidates.push_back(changed(picture, static_cast<PolicyChange>(kind), side, reach));
  const auto all = many(RandAugment{{.num_ops = 1, .magnitude = 20}}, picture, 3);
  std::vector<int> seen(kPolicyChanges);
  for (std::size_t i = 0; i < static_cast<std::size_t>(kMany); ++i) {
    std::size_t k = 0;
    while (k < candidates.size() && !alike(all.data() + i * picture.size(), candidates[k].data())) ++k;
    ASSERT_LT(k, candidates.size()) << "sample " << i << " is none of the changes";
    ++seen[k / 2];
  }
  const double each = kMany / 14.0;
  for (int kind = 0; kind < kPolicyChanges; ++kind)
    EXPECT_NEAR(seen[static_cast<std::size_t>(kind)], each, 5 * std::sqrt(each)) << kind;
}

TEST(Steps, PoliciesLeaveSomeSamplesAsTheyAre) {
  const std::vector<float> picture = coloured();
  for (const AugmentStep& step :
       {AugmentStep(RandAugment{{.num_ops = 1, .magnitude = 20}}), AugmentStep(TrivialAugment{})}) {
    const auto all = many(step, picture, 3);
    const std::size_t size = picture.size();
    std::int64_t same = 0;
    for (std::int64_t i = 0; i < kMany; ++i)
      same += std::equal(picture.begin(), picture.end(), all.begin() + i * static_cast<std::int64_t>(size));
    // Identity is 1 of 14, and strength 0 (of 31) leaves nine of the others idle.
    EXPECT_GT(same, kMany / 14 / 2);
    EXPECT_LT(same, kMany / 5);
    for (const float v : all) {
      ASSERT_GE(v, 0);
      ASSERT_LE(v, 255);
    }
  }
}

}  // namespace
}  // namespace percept
