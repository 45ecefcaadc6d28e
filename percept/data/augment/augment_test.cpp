// augment_test.cpp - purity of the pipeline, one resampling for many maps, targets, shapes, mixing, refusals.
#include "percept/data/augment/augment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/data/augment/steps.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// Smooth pictures with texture, all different.
Tensor pictures(std::int64_t count, std::int64_t channels, std::int64_t height, std::int64_t width) {
  std::vector<std::uint8_t> values;
  for (std::int64_t n = 0; n < count; ++n)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x)
          values.push_back(static_cast<std::uint8_t>((n * 37 + c * 50 + y * 7 + x * 5 + (x * y) % 11) % 256));
  return from_vector(values, {count, channels, height, width});
}

std::vector<std::int64_t> counting(std::int64_t count, std::int64_t first = 0) {
  std::vector<std::int64_t> v(static_cast<std::size_t>(count));
  std::iota(v.begin(), v.end(), first);
  return v;
}

Batch run(const Augment& augment, const Tensor& x, const Tensor& y = {}, std::uint64_t seed = 1, std::int64_t epoch = 0,
          std::int64_t first = 0) {
  const auto samples = counting(x.size(0), first);
  return augment({x, y, 0}, {seed, epoch, samples});
}

std::vector<AugmentStep> one_of_each() {
  return {HorizontalFlip{},
          Rotate{{.degrees = 20, .fill_mode = FillMode::reflect}},
          Zoom{{.scale = 0.2, .per_axis = true}},
          Shift{},
          Shear{},
          Affine{{.degrees = 5, .width = 0.1, .scale = 0.1, .shear = 3}},
          Perspective{{.distortion_scale = 0.3, .probability = 1}},
          Elastic{{.alpha = 10, .sigma = 2}},
          ColourJitter{{.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1}},
          ChannelShift{},
          ChannelPermutation{},
          Grayscale{},
          Solarize{},
          Posterize{},
          Equalize{},
          Autocontrast{},
          Invert{},
          Sharpness{},
          GaussianBlur{},
          PixelNoise{},
          RandomErasing{{.noise = true}},
          Cutout{{.size = 0.2}},
          RandAugment{},
          TrivialAugment{},
          AugMix{},
          VerticalFlip{},
          RandomCrop{{.height = 18, .width = 16, .padding = 2}},
          ResizedCrop{{.height = 17, .width = 19}}};
}

TEST(Augment, SameForAnyNumberOfWorkersAndAnyCut) {
  const TensorDataset data(pictures(23, 3, 20, 22), arange(23));
  const Augment augment(one_of_each());
  std::vector<std::vector<int>> all;
  for (const auto& [workers, batch_size] : {std::pair{0, 5}, {1, 5}, {4, 5}, {0, 23}, {3, 1}}) {
    std::vector<int> values;
    for (const std::int64_t epoch : {0, 1}) {
      DataLoader loader(
          data, {.batch_size = batch_size, .seed = 7, .epoch = epoch, .num_workers = workers, .transform = augment});
      for (const auto& [x, y, first, weight] : loader) {
        EXPECT_EQ(x.shape(), (Shape{y.size(0), 3, 17, 19}));
        const auto part = x.to_vector<int>();
        values.insert(values.end(), part.begin(), part.end());
      }
    }
    all.push_back(values);
  }
  for (const auto& values : all) EXPECT_EQ(values, all[0]);
}

TEST(Augment, DependsOnSeedEpochAndSampleOnly) {
  const Tensor x = pictures(1, 3, 20, 22);
  const Augment augment(one_of_each());
  const auto base = run(augment, x).x.to_vector<int>();
  EXPECT_EQ(run(augment, x).x.to_vector<int>(), base);
  EXPECT_NE(run(augment, x, {}, 2).x.to_vector<int>(), base);
  EXPECT_NE(run(augment, x, {}, 1, 1).x.to_vector<int>(), base);
  EXPECT_NE(run(augment, x, {}, 1, 0, 1).x.to_vector<int>(), base);
  // The same sample in another row of another batch.
  const Tensor twice = concat({x, x, x}, 0);
  const std::vector<std::int64_t> samples{5, 9, 0};
  const Tensor last = augment({twice, {}, 0}, {1, 0, samples}).x[2];
  EXPECT_EQ(last.to_vector<int>(), base);
}

TEST(Augment, ReadsPicturesStoredByPixelsAlike) {
  const Tensor x = pictures(3, 3, 20, 22);
  const Tensor by_pixels = permute(contiguous(permute(x, {0, 2, 3, 1})), {0, 3, 1, 2});
  ASSERT_TRUE(by_pixels.spec().is_channels_last());
  const Augment augment(one_of_each());
  const Tensor a = run(augment, x).x, b = run(augment, by_pixels).x;
  EXPECT_EQ(a.to_vector<int>(), b.to_vector<int>());
  EXPECT_TRUE(b.is_contiguous());
  // Neither order: every second column of a wider batch.
  const Tensor wide = pictures(3, 3, 20, 44);
  const Tensor skips = slice(wide, 3, 0, 44, 2);
  EXPECT_EQ(run(augment, skips).x.to_vector<int>(), run(augment, contiguous(skips)).x.to_vector<int>());
}

// Without clipping in between, f32 pictures of 0..1 follow those of u8 within the roundings of u8.
TEST(Augment, FloatsOfAnotherRangeFollowBytes) {
  const Tensor x = pictures(4, 3, 24, 24);
  std::vector<float> scaled = x.to_vector<float>();
  for (float& v : scaled) v /= 255;
  const std::vector<AugmentStep> steps{
      HorizontalFlip{}, Rotate{},
      Zoom{},           ColourJitter{{.brightness = 0.3, .contrast = 0.3, .saturation = 0.3, .hue = 0.1}},
      Sharpness{},      GaussianBlur{},
      PixelNoise{},     Invert{},
      RandomErasing{}};
  const auto bytes = run(Augment(steps), x).x.to_vector<float>();
  const Tensor floats = run(Augment(steps, {.value_range = {0, 1}}), from_vector(scaled, x.shape())).x;
  ASSERT_EQ(floats.dtype(), DType::f32);
  const auto values = floats.to_vector<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_GE(values[i], 0);
    ASSERT_LE(values[i], 1);
    ASSERT_NEAR(values[i] * 255, bytes[i], 6) << i;  // seven roundings, some made larger by later steps
  }
}

TEST(Augment, MapsInARowReadThePixelsOnce) {
  const Tensor x = pictures(1, 1, 20, 24);
  Workpiece work({});
  work.begin(source_of(x, 0), nullptr, false);
  const Fill fill{FillMode::reflect, 0};
  const Homography mirror{{-1, 0, 24, 0, 1, 0, 0, 0, 1}};
  const Homography turn = affine_to_source({.degrees = 25}, {12, 10});
  work.move({mirror, 20, 24});
  work.move({turn, 20, 24, fill, Interpolation::bilinear});
  work.move({translation(5, 4), 12, 16});
  Tensor got(contiguous_spec(DType::u8, {1, 12, 16})), wanted(contiguous_spec(DType::u8, {1, 12, 16}));
  work.finish(picture_of(got), nullptr);
  warp(source_of(x, 0), mirror * turn * translation(5, 4), {}, {.fill = fill}, picture_of(wanted));
  EXPECT_EQ(got.to_vector<int>(), wanted.to_vector<int>());
}

// A pattern of single pixels, turned and then shrunk to a quarter: with antialiasing grey everywhere, so the turn was
// read first; without, one reading, and whatever pixels it met.
TEST(Augment, AnAntialiasedShrinkingReadsOnItsOwnBesideATurn) {
  std::vector<std::uint8_t> values;
  for (int i = 0; i < 64 * 64; ++i) values.push_back((i / 64 + i % 64) % 2 ? 200 : 0);
  const Tensor x = from_vector(values, {1, 1, 64, 64});
  const auto spread = [&](bool antialias) {
    const Augment augment({Rotate{{.degrees = {20, 20}, .fill_mode = FillMode::wrap}},
                           Resize{{.height = 16, .width = 16, .antialias = antialias}}});
    const auto got = run(augment, x).x.to_vector<int>();
    return *std::max_element(got.begin(), got.end()) - *std::min_element(got.begin(), got.end());
  };
  EXPECT_LT(spread(true), 60);
  EXPECT_GT(spread(false), 120);
}

// There and back again is the picture itself: nothing was blurred in between.
TEST(Augment, ATurnAndItsInverseLeaveThePicture) {
  const Tensor x = pictures(2, 3, 20, 24);
  const Augment augment({Rotate{{.degrees = {33, 33}}}, Zoom{{.scale = {0.5, 0.5}}}, Zoom{{.scale = {2, 2}}},
                         Rotate{{.degrees = {-33, -33}}}});
  EXPECT_EQ(run(augment, x).x.to_vector<int>(), x.to_vector<int>());
}

TEST(Augment, StepsThatFillDifferentlyReadInTurns) {
  const Tensor x = full({1, 1, 10, 10}, 100, DType::u8);
  const Augment augment({Shift{{.width = {0.2, 0.2}, .height = 0, .fill_value = 7}},
                         Shift{{.width = {0.1, 0.1}, .height = 0, .fill_mode = FillMode::replicate}}});
  const auto row = run(augment, x).x.to_vector<int>();
  EXPECT_EQ(std::vector<int>(row.begin(), row.begin() + 5), (std::vector<int>{7, 7, 7, 100, 100}));
}

// A border is put around the picture as it is: a step between that does nothing but reads the pixels changes no bit.
TEST(Augment, BordersLieAroundWhatStepsBeforeHaveMade) {
  const AugmentStep nothing = Brightness{{.factor = {1, 1}}};
  const AugmentStep pad = PadBorder{{.left = 4, .top = 4, .right = 4, .bottom = 4, .fill_value = 255}};
  const AugmentStep reflect = PadBorder{{.left = 2, .top = 2, .right = 2, .bottom = 2, .fill_mode = FillMode::reflect}};
  const std::vector<std::vector<AugmentStep>> pairs{
      {Resize{{.height = 8, .width = 8}}, pad},
      {ResizedCrop{{.height = 16, .width = 16}}, RandomCrop{{.padding = 4, .fill_value = 255}}},
      {ResizedCrop{{.height = 16, .width = 16}}, pad},
      {CenterCrop{{.height = 10, .width = 10}}, pad},
      {Rotate{{.degrees = {20, 20}}}, CenterCrop{{.height = 40, .width = 40}}},
      {HorizontalFlip{{.probability = 1}}, pad},
      {pad, pad},
      {reflect, reflect}};
  const Tensor x = pictures(2, 3, 20, 24);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::vector<AugmentStep>& two = pairs[i];
    // Each step's place in the list is part of its key.
    const auto got = run(Augment({two[0], Invert{{.probability = 0}}, two[1]}), x).x;
    const auto wanted = run(Augment({two[0], nothing, two[1]}), x).x;
    EXPECT_EQ(got.to_vector<int>(), wanted.to_vector<int>()) << i;
  }
}

TEST(Augment, RefusesPicturesThatGrowBeyondMeasure) {
  const std::int64_t border = 23170;
  const Augment augment({PadBorder{{.left = border, .top = border, .right = border, .bottom = border}},
                         Brightness{{.factor = {1, 1}}}, Rotate{{.degrees = {0.001, 0.001}}},
                         Shift{{.width = {-0.4999, -0.4999}, .height = {-0.4999, -0.4999}}},
                         CenterCrop{{.height = 16, .width = 16}}});
  EXPECT_THROW(augment.output_shape({1, 16, 16}), ShapeError);
  EXPECT_THROW(run(augment, pictures(1, 1, 16, 16)), ShapeError);
}

// Four zooms and a shrinking as one map would have 200 million neighbours per pixel.
TEST(Augment, AbsurdZoomsBeforeAShrinkingCostNothing) {
  const AugmentStep zoom = Zoom{{.scale = {0.01, 0.01}, .fill_value = 9}};
  std::vector<AugmentStep> steps(4, zoom);
  steps.emplace_back(Resize{{.height = 8, .width = 8}});
  const Tensor x = pictures(1, 1, 16, 16);
  for (const int value : run(Augment(steps), x).x.to_vector<int>()) EXPECT_EQ(value, 9);
  EXPECT_EQ(run(Augment(std::vector<AugmentStep>(300, zoom)), x).x.shape(), x.shape());  // 0.01^300
}

TEST(Augment, FlipsAndCropsMoveWholePixels) {
  const Tensor x = from_vector(std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}, {1, 1, 2, 3});
  const auto values = [&](std::vector<AugmentStep> steps) {
    return run(Augment(std::move(steps)), x).x.to_vector<int>();
  };
  EXPECT_EQ(values({HorizontalFlip{{.probability = 1}}}), (std::vector<int>{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(values({VerticalFlip{{.probability = 1}}}), (std::vector<int>{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(values({Rotate{{.degrees = {180, 180}}}}), (std::vector<int>{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(values({CenterCrop{{.height = 2, .width = 1}}}), (std::vector<int>{2, 5}));
  EXPECT_EQ(values({CenterCrop{{.height = 4, .width = 3, .fill_value = 9}}}),
            (std::vector<int>{9, 9, 9, 1, 2, 3, 4, 5, 6, 9, 9, 9}));
  EXPECT_EQ(values({PadBorder{{.left = 1, .right = 2, .fill_mode = FillMode::wrap}}}),
            (std::vector<int>{3, 1, 2, 3, 1, 2, 6, 4, 5, 6, 4, 5}));
  EXPECT_EQ(values({Resize{{.height = 1, .width = 3, .antialias = false}}}), (std::vector<int>{3, 4, 5}));  // 2.5 up
}

TEST(Augment, MasksMoveAlongToTheNearestPixelAndKeepTheirLight) {
  const Tensor x = pictures(3, 3, 20, 24);
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 3 * 20 * 24; ++i) labels.push_back(i % 24 < 12 ? 1000000 : -5);
  const Tensor y = from_vector(labels, {3, 1, 20, 24}), flat = from_vector(labels, {3, 20, 24});
  const Augment augment(
      {Rotate{{.degrees = 30}}, Brightness{{.factor = {0, 0}}}, HorizontalFlip{}, RandomCrop{{.height = 10}}});
  const Batch out = run(augment, x, y);
  EXPECT_EQ(out.y.shape(), (Shape{3, 1, 10, 24}));
  EXPECT_EQ(out.y.dtype(), DType::i64);
  for (const std::int64_t v : out.y.to_vector<std::int64_t>()) EXPECT_TRUE(v == 1000000 || v == -5 || v == 0);
  EXPECT_EQ(run(augment, x, flat).y.shape(), (Shape{3, 10, 24}));
  EXPECT_EQ(run(augment, x, flat).y.to_vector<std::int64_t>(), out.y.to_vector<std::int64_t>());
}

TEST(Augment, PicturesAsTargetsMoveAsTheirInputs) {
  const Tensor x = pictures(3, 3, 20, 24);
  const Augment augment({Rotate{{.degrees = 30}}, Elastic{{.alpha = 10, .sigma = 2}}, ResizedCrop{{.height = 10}}},
                        {.targets = TargetKind::picture});
  const Batch out = run(augment, x, x);
  EXPECT_EQ(out.y.to_vector<int>(), out.x.to_vector<int>());
}

TEST(Augment, TellsTheOutputShape) {
  const Augment augment({Resize{{.height = 40}}, RandomCrop{{.width = 20, .padding = 2}}, PadBorder{{.top = 3}}});
  EXPECT_EQ(augment.output_shape({3, 20, 24}), (Shape{3, 43, 20}));
  EXPECT_EQ(run(augment, pictures(2, 3, 20, 24)).x.shape(), (Shape{2, 3, 43, 20}));
  EXPECT_THROW(augment.output_shape({20, 24}), ShapeError);
  EXPECT_THROW(Augment({RandomCrop{{.height = 30}}}).output_shape({3, 20, 24}), ShapeError);
}

TEST(Augment, MixUpBlendsWithTheRowBefore) {
  Augment augment({MixUp{{.alpha = 0.4}}});
  augment.set_num_classes(5);
  const Tensor x = pictures(4, 1, 3, 3), y = tensor({0, 4, 2, 2}, DType::i64);
  const Batch out = run(augment, x, y);
  ASSERT_EQ(out.y.shape(), (Shape{4, 5}));
  const auto labels = out.y.to_vector<float>(), before = x.to_vector<float>(), after = out.x.to_vector<float>();
  const int own[] = {0, 4, 2, 2}, other[] = {2, 0, 4, 2};
  for (std::size_t row = 0; row < 4; ++row) {
    const float* const p = labels.data() + 5 * row;
    EXPECT_FLOAT_EQ(p[0] + p[1] + p[2] + p[3] + p[4], 1);
    if (own[row] == other[row]) {
      EXPECT_FLOAT_EQ(p[own[row]], 1);
      continue;
    }
    const float share = p[own[row]];
    EXPECT_FLOAT_EQ(p[other[row]], 1 - share);
    for (std::size_t i = 0; i < 9; ++i)
      EXPECT_NEAR(after[9 * row + i], share * before[9 * row + i] + (1 - share) * before[9 * ((row + 3) % 4) + i],
                  0.501);
  }
}

TEST(Augment, CutMixWeighsLabelsByTheArea) {
  Augment augment({CutMix{}}, {.num_classes = 3});
  std::vector<std::uint8_t> values;
  for (int row = 0; row < 8; ++row) values.insert(values.end(), 100, static_cast<std::uint8_t>(10 * row));
  const Tensor x = from_vector(values, {8, 1, 10, 10}), y = tensor({0, 1, 2, 0, 1, 2, 0, 1}, DType::i64);
  const Batch out = run(augment, x, y);
  const auto pixels = out.x.to_vector<int>();
  const auto labels = out.y.to_vector<float>(), hard = y.to_vector<float>();
  bool cut_some = false;
  for (std::size_t row = 0; row < 8; ++row) {
    const auto mine = std::count(pixels.begin() + 100 * static_cast<int>(row),
                                 pixels.begin() + 100 * (static_cast<int>(row) + 1), 10 * static_cast<int>(row));
    cut_some = cut_some || (mine > 0 && mine < 100);
    const auto own = static_cast<std::size_t>(hard[row]), other = static_cast<std::size_t>(hard[(row + 7) % 8]);
    if (own != other) {
      EXPECT_FLOAT_EQ(labels[3 * row + own], static_cast<float>(mine) / 100);
    }
    EXPECT_FLOAT_EQ(labels[3 * row] + labels[3 * row + 1] + labels[3 * row + 2], 1);
  }
  EXPECT_TRUE(cut_some);
}

TEST(Augment, MixingMayFollowAndPrecedeOtherSteps) {
  const Tensor x = pictures(6, 3, 12, 12), y = tensor({0, 1, 2, 0, 1, 2}, DType::i64);
  const Augment augment({HorizontalFlip{}, MixUp{}, RandomCrop{{.padding = 2}}, CutMix{{.probability = 0.5}}},
                        {.num_classes = 3});
  EXPECT_TRUE(augment.mixes_labels());
  const auto labels = run(augment, x, y).y.to_vector<float>();
  for (std::size_t row = 0; row < 6; ++row)
    EXPECT_NEAR(labels[3 * row] + labels[3 * row + 1] + labels[3 * row + 2], 1, 1e-6);
  EXPECT_FALSE(Augment({HorizontalFlip{}}).mixes_labels());
}

TEST(Augment, TakesGreyAlphaAndManyChannels) {
  for (const std::int64_t channels : {1, 2, 3, 4, 7}) {
    const Tensor x = pictures(2, channels, 20, 22);
    EXPECT_EQ(run(Augment(one_of_each()), x).x.shape(), (Shape{2, channels, 17, 19})) << channels;
  }
  // Light and colour leave alpha alone.
  const Tensor x = pictures(2, 4, 6, 6);
  const Tensor out = run(Augment({ColourJitter{{.brightness = 0.9, .contrast = 0.9, .saturation = 0.9, .hue = 0.5}},
                                  Invert{{.probability = 1}}, Grayscale{{.probability = 1}}, PixelNoise{},
                                  Sharpness{{.probability = 1}}, ChannelShift{}}),
                         x)
                         .x;
  const auto before = x.to_vector<int>(), after = out.to_vector<int>();
  for (std::size_t i = 108; i < 144; ++i) EXPECT_EQ(after[i], before[i]);
}

TEST(Augment, TinyPicturesAndEmptyBatches) {
  const std::vector<AugmentStep> steps = one_of_each();
  const Augment most(std::vector<AugmentStep>(steps.begin(), steps.end() - 2));
  for (const auto& [h, w] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {1, 5}, {4, 1}, {2, 2}})
    EXPECT_EQ(run(most, pictures(3, 3, h, w)).x.shape(), (Shape{3, 3, h, w}));
  EXPECT_EQ(run(Augment(steps), zeros({0, 3, 20, 22}, DType::u8)).x.shape(), (Shape{0, 3, 17, 19}));
}

TEST(Augment, NotANumberIsNoReasonToFall) {
  std::vector<float> values(3 * 20 * 22, std::nanf(""));
  run(Augment(one_of_each()), from_vector(values, {1, 3, 20, 22}));
}

TEST(Augment, RefusesOtherData) {
  const Augment augment({Rotate{}});
  const std::vector<std::int64_t> one{0};
  EXPECT_THROW(augment({zeros({1, 4}), {}, 0}, {0, 0, one}), ShapeError);
  EXPECT_THROW(augment({zeros({1, 1, 4, 4}, DType::i64), {}, 0}, {0, 0, one}), DTypeError);
  EXPECT_THROW(augment({zeros({1, 1, 0, 4}), {}, 0}, {0, 0, one}), ShapeError);
  EXPECT_THROW(augment({zeros({2, 1, 4, 4}), {}, 0}, {0, 0, one}), ValueError);
  EXPECT_THROW(augment({zeros({1, 1, 4, 4}), zeros({1, 1, 4, 5}), 0}, {0, 0, one}), ShapeError);
  const Augment mix({MixUp{}});
  EXPECT_THROW(mix({zeros({1, 1, 4, 4}), tensor({0}, DType::i64), 0}, {0, 0, one}), ValueError);
  const Augment three({CutMix{}}, {.num_classes = 3});
  EXPECT_THROW(three({zeros({1, 1, 4, 4}), tensor({3}, DType::i64), 0}, {0, 0, one}), ValueError);
  EXPECT_THROW(three({zeros({1, 1, 4, 4}), zeros({1, 2}, DType::f64), 0}, {0, 0, one}), DTypeError);
  EXPECT_THROW(Augment({}, {.num_classes = 1}), ValueError);
  EXPECT_THROW(Augment({}, {.value_range = {1, 1}}), ValueError);
}

}  // namespace
}  // namespace percept
