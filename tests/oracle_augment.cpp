// oracle_augment.cpp - each augmentation with fixed parameters beside Pillow, OpenCV, colorsys and NumPy
// (tests/oracle/make_augment.py), on a photo and a digit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "oracle.h"
#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/data/augment/steps/affine.h"
#include "percept/data/augment/steps/colour.h"
#include "percept/data/augment/steps/filter.h"
#include "percept/data/augment/steps/perspective.h"
#include "percept/data/augment/steps/tone.h"

namespace percept {
namespace {

const testing::Fixtures& fixtures() {
  static const testing::Fixtures all("augment");
  return all;
}
const Tensor& input(const std::string& name) { return fixtures().at("in." + name); }

Homography matrix_of(const std::string& name) {
  const auto values = fixtures().at("matrix." + name).to_vector<double>();
  Homography h;
  for (std::size_t i = 0; i < 9; ++i) h.m[i] = values[i] / values[8];
  return h;
}

Tensor fresh(DType dtype, std::int64_t channels, std::int64_t height, std::int64_t width) {
  return Tensor(contiguous_spec(dtype, {channels, height, width}));
}

Tensor as_f32(const Tensor& picture) {
  const auto values = picture.to_vector<float>();
  return from_vector(values, picture.shape());
}

// A copy of `picture` that `change` worked on.
Tensor changed(const Tensor& picture, const std::function<void(const Picture&)>& change) {
  const PixelSource from = source_of(picture);
  Tensor out = fresh(picture.dtype(), from.channels, from.height, from.width);
  const Picture to = picture_of(out);
  warp(from, {}, {}, {}, to);
  change(to);
  return out;
}

// The largest difference; `share` of the values may be off by more than `allowed` (ties of nearest neighbours).
void expect_within(const Tensor& got, const Tensor& wanted, double allowed, const std::string& what, double share = 0) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  std::size_t off = 0;
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    if (difference > allowed) ++off;
    worst = std::max(worst, difference);
  }
  EXPECT_LE(static_cast<double>(off), share * static_cast<double>(a.size())) << what << ": worst " << worst;
}

Sampling sampling_of(std::string_view mode, std::string_view interpolation) {
  return {.fill = Fill{*enum_value<FillMode>(mode), 37}, .interpolation = *enum_value<Interpolation>(interpolation)};
}

// Pillow cuts off what is behind the point of an 8-bit value, we round: never more than 1 apart. Bilinear weights are
// multiples of 1/2048 here, which adds 0.13 before the rounding.
TEST(OracleAugment, WarpsAsPillow) {
  int cases = 0;
  for (const auto& [name, wanted] : fixtures().all()) {
    const auto parts = split(name, '.');
    if (parts[0] != "warp") continue;
    ++cases;
    const Tensor& picture = input(std::string(parts[2]));
    const Homography map = matrix_of(std::string(parts[1]));
    const Sampling sampling = sampling_of(parts[3], parts[4]);
    const bool nearest = parts[4] == "nearest";
    for (const bool f32 : {false, true}) {
      const Tensor x = f32 ? as_f32(picture) : picture;
      Tensor out = fresh(x.dtype(), wanted.size(0), wanted.size(1), wanted.size(2));
      warp(source_of(x), map, {}, sampling, picture_of(out));
      expect_within(out, wanted, nearest ? 0 : 1, name + (f32 ? " of f32" : ""), nearest ? 0.002 : 0);
    }
  }
  EXPECT_EQ(cases, 22);
}

TEST(OracleAugment, StepsHaveTheseMatrices) {
  const auto expect_same = [](const Homography& got, const std::string& name) {
    const Homography wanted = matrix_of(name);
    for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(got.m[i] / got.m[8], wanted.m[i], 1e-12) << name << " " << i;
  };
  const PlanePoint small{12, 10}, digit{14, 14}, photo{32, 24};
  expect_same(
      affine_to_source({.degrees = 17.3, .scale_x = 1.1, .scale_y = 1.1, .shear_x = 8, .shift_x = 2.3, .shift_y = -1.7},
                       small),
      "affine");
  expect_same(affine_to_source({.degrees = 30}, photo), "rotate");
  expect_same(affine_to_source({.scale_x = 0.83, .scale_y = 0.83}, digit), "zoom");
  expect_same(affine_to_source({.shift_x = 3.25, .shift_y = -5.5}, digit), "shift");
  expect_same(affine_to_source({.shear_x = 20}, digit), "shear");
  const auto corners = fixtures().at("corners.new").to_vector<double>();
  std::array<PlanePoint, 4> to;
  for (std::size_t i = 0; i < 4; ++i) to[i] = {corners[2 * i], corners[2 * i + 1]};
  expect_same(perspective_to_source(24, 20, to), "perspective");
}

// Bytes are rounded between the axes as Pillow does it; floats are not.
TEST(OracleAugment, ResizesAsPillow) {
  int cases = 0;
  for (const auto& [name, wanted] : fixtures().all()) {
    const auto parts = split(name, '.');
    if (parts[0] != "resize") continue;
    ++cases;
    const Tensor& picture = input(std::string(parts[2]));
    const auto box = fixtures().at("box." + std::string(parts[1])).to_vector<double>();
    const double sx = (box[2] - box[0]) / static_cast<double>(wanted.size(2));
    const double sy = (box[3] - box[1]) / static_cast<double>(wanted.size(1));
    for (const bool f32 : {false, true}) {
      const Tensor x = f32 ? as_f32(picture) : picture;
      Tensor out = fresh(x.dtype(), wanted.size(0), wanted.size(1), wanted.size(2));
      warp(source_of(x), translation(box[0], box[1]) * scaling(sx, sy), {}, {.antialias = true}, picture_of(out));
      expect_within(out, wanted, f32 ? 1 : 0, name + (f32 ? " of f32" : ""));
    }
  }
  EXPECT_EQ(cases, 4);
}

TEST(OracleAugment, FloatsMoveAsInDoublePrecision) {
  const Tensor digit = as_f32(input("digit"));
  Tensor out = fresh(DType::f32, 1, 28, 28);
  warp(source_of(digit), matrix_of("f32"), {}, {.fill = Fill{}}, picture_of(out));
  const Tensor& wanted = fixtures().at("warp_f32");
  expect_within(out, from_vector(wanted.to_vector<double>(), {1, 28, 28}), 1e-3, "warp_f32");  // of 255, by f32
}

TEST(OracleAugment, ElasticReadsWhereTheFieldSays) {
  const auto field = fixtures().at("field").to_vector<float>();
  const Displacement displacement{{field.begin(), field.begin() + 784}, {field.begin() + 784, field.end()}};
  const Tensor wanted = from_vector(fixtures().at("elastic").to_vector<double>(), {1, 28, 28});
  Tensor bytes = fresh(DType::u8, 1, 28, 28), floats = fresh(DType::f32, 1, 28, 28);
  const Tensor digit = as_f32(input("digit"));
  warp(source_of(input("digit")), {}, displacement, {.fill = Fill{}}, picture_of(bytes));
  warp(source_of(digit), {}, displacement, {.fill = Fill{}}, picture_of(floats));
  expect_within(bytes, wanted, 0.64, "elastic");  // half a level and the weights' 1/2048
  expect_within(floats, wanted, 1e-3, "elastic of f32");
}

using Change = void (*)(const Picture&, double);

// Pillow cuts off fractions: at most 1 apart. Of f32, which rounds nowhere, Pillow's whole grey adds another half.
TEST(OracleAugment, LightAndColourAsPillow) {
  const std::pair<std::string, Change> changes[] = {{"brightness", adjust_brightness},
                                                    {"contrast", adjust_contrast},
                                                    {"saturation", adjust_saturation},
                                                    {"sharpness", sharpen}};
  for (const auto& [name, change] : changes)
    for (const auto& [text, factor] : {std::pair{"0.35", 0.35}, std::pair{"1.6", 1.6}}) {
      const std::string what = name + "." + text;
      const auto by = [&, f = factor](const Picture& p) { change(p, f); };
      expect_within(changed(input("photo"), by), fixtures().at(what), 1, what);
      expect_within(changed(as_f32(input("photo")), by), fixtures().at(what), 1.5, what + " of f32");
    }
  expect_within(changed(input("digit"), [](const Picture& p) { adjust_contrast(p, 1.6); }),
                fixtures().at("contrast_digit.1.6"), 1, "contrast of a digit");
}

TEST(OracleAugment, GreyIsPillows) {
  const Tensor grey = changed(input("photo"), make_grey);
  const auto got = grey.to_vector<int>(), wanted = fixtures().at("grey").to_vector<int>();
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_EQ(got[c * wanted.size() + i], wanted[i]);
}

TEST(OracleAugment, TonesArePillows) {
  const auto check = [](const std::string& name, const std::string& in, const std::function<void(const Picture&)>& f,
                        double allowed, double allowed_f32) {
    expect_within(changed(input(in), f), fixtures().at(name), allowed, name);
    expect_within(changed(as_f32(input(in)), f), fixtures().at(name), allowed_f32, name + " of f32");
  };
  check("invert", "small", invert_tones, 0, 0);
  check("solarize.100", "small", [](const Picture& p) { solarize(p, 100); }, 0, 0);
  check("posterize.3", "small", [](const Picture& p) { posterize(p, 3); }, 0, 1e-4);
  check("equalize", "photo", equalize_tones, 0, 1e-4);
  check("equalize_digit", "digit", equalize_tones, 0, 1e-4);
  check("autocontrast", "photo", stretch_tones, 1, 1);  // Pillow cuts off fractions
}

TEST(OracleAugment, HueIsColorsyss) {
  for (const auto& [text, turns] : {std::pair{"0.1", 0.1}, std::pair{"-0.3", -0.3}, std::pair{"0.5", 0.5}}) {
    const std::string name = std::string("hue.") + text;
    const auto by = [t = turns](const Picture& p) { adjust_hue(p, t); };
    expect_within(changed(input("small"), by), fixtures().at(name), 0.5 + 1e-4, name);  // rounded to nearest
    expect_within(changed(as_f32(input("small")), by), fixtures().at(name), 1e-3, name + " of f32");
  }
}

TEST(OracleAugment, BlurIsOpenCVs) {
  for (const auto& [name, size, sigma] : {std::tuple{"blur.5.1.3", 5, 1.3}, std::tuple{"blur.9.2.0", 9, 2.0}}) {
    const auto by = [n = size, s = sigma](const Picture& p) { blur(p, n, s); };
    expect_within(changed(input("small"), by), fixtures().at(name), 0.5 + 1e-3, name);
    expect_within(changed(as_f32(input("small")), by), fixtures().at(name), 1e-3, std::string(name) + " of f32");
  }
}

}  // namespace
}  // namespace percept
