// augment_record_test.cpp - steps from tables: all of them, their options, what is refused and how.
#include "percept/data/augment/augment_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/data/augment/steps/affine.h"
#include "percept/data/augment/steps/colour.h"
#include "percept/data/augment/steps/erase.h"
#include "percept/data/augment/steps/filter.h"
#include "percept/data/augment/steps/tone.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

using ::testing::HasSubstr;

Value table(std::string_view type, std::vector<std::pair<std::string, Value>> options = {}) {
  Value t = Value::object();
  t.set("type", type);
  for (auto& [key, value] : options) t.set(key, std::move(value));
  return t;
}

template <class E>
std::string refusal(const Value& given) {
  try {
    augment_of(given, "augment.steps[1]");
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << to_text(given) << " is taken";
  return "";
}

TEST(AugmentRecord, ListsEveryStepWithItsDoc) {
  EXPECT_EQ(all_augments().size(), 37u);
  for (const AugmentRecord& record : all_augments()) {
    EXPECT_FALSE(record.doc.empty()) << record.type;
    EXPECT_EQ(record.option_names().size(), record.default_options().as_object().size()) << record.type;
    const AugmentStep step = augment_of(table(record.type), "test");
    EXPECT_EQ(step.type_name(), record.type);
    EXPECT_EQ(step.options(), record.default_options()) << record.type;
    // Written out and read again, a step is the same.
    EXPECT_EQ(to_value(augment_of(to_value(step), "test")), to_value(step));
  }
  EXPECT_EQ(find_augment("rotat"), nullptr);
}

TEST(AugmentRecord, ReadsOptions) {
  const AugmentStep rotate = augment_of(table("rotate", {{"degrees", 10}, {"fill_mode", "reflect"}}), "test");
  EXPECT_EQ(to_value(rotate), to_value(AugmentStep(Rotate{{.degrees = 10, .fill_mode = FillMode::reflect}})));
  const Value range(Value::Array{Value(0.5), Value(0.75)});
  const AugmentStep jitter = augment_of(table("colour_jitter", {{"brightness", range}, {"hue", 0.1}}), "test");
  EXPECT_EQ(to_value(jitter), to_value(AugmentStep(ColourJitter{{.brightness = {0.5, 0.75}, .hue = 0.1}})));
  EXPECT_EQ(*jitter.options().find("brightness"), range);
  EXPECT_EQ(*augment_of(table("brightness", {{"factor", 0.2}}), "test").options().find("factor"), Value(0.2));
  EXPECT_EQ(augment_of("invert", "test").type_name(), "invert");  // a word is a type without options
}

TEST(AugmentRecord, ReadsAList) {
  std::vector<AugmentStep> steps;
  from_value(Value(Value::Array{table("rotate"), "horizontal_flip"}), steps, "augment.steps");
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[1].type_name(), "horizontal_flip");
  EXPECT_THROW(from_value(Value(Value::Array{Value(3)}), steps, "augment.steps"), UsageError);
}

TEST(AugmentRecord, ReadsTheSectionOfARecipe) {
  Value section = Value::object();
  section.set("steps", Value(Value::Array{table("shift", {{"width", 0.1}})}));
  section.set("targets", "mask");
  AugmentSection read;
  from_value(section, read, "augment");
  EXPECT_EQ(read.steps.size(), 1u);
  EXPECT_EQ(read.targets, TargetKind::mask);
  AugmentSection again;
  from_value(to_value(read), again, "augment");
  EXPECT_EQ(to_value(again), to_value(read));
  section.set("step", 1);
  EXPECT_THROW(from_value(section, read, "augment"), UsageError);
}

TEST(AugmentRecord, BlackAndWhiteFollowFromTheData) {
  const auto settled = [](std::vector<float> values, AugmentStep step, DType dtype = DType::f32) {
    const auto count = static_cast<std::int64_t>(values.size());
    AugmentSection section;
    section.steps = {std::move(step)};
    settle_value_range(section, TensorDataset(cast(from_vector(values, {count, 1, 1, 1}), dtype)));
    return section.value_range;
  };
  using Range = std::pair<double, double>;
  std::vector<float> many(300, 0.5f);
  EXPECT_EQ(settled(many, Invert{}), (Range{0, 1}));
  many.back() = 200;  // in the second part that is looked at
  EXPECT_EQ(settled(many, Invert{}), (Range{0, 255}));
  EXPECT_EQ(settled(many, Invert{}, DType::u8), std::nullopt);
  many.back() = -1;
  EXPECT_EQ(settled(many, Rotate{}), std::nullopt);
  EXPECT_EQ(settled(many, RandomErasing{}), std::nullopt);
  for (const AugmentStep& step : {AugmentStep(Invert{}), AugmentStep(RandomErasing{{.noise = true}})})
    EXPECT_THROW(settled(many, step), UsageError);
  many.back() = std::nanf("");
  EXPECT_THROW(settled(many, PixelNoise{}), UsageError);
  EXPECT_EQ(value_range_of({}), ValueRange{});
  EXPECT_EQ(value_range_of({.steps = {}, .value_range = Range{-2, 2}}), (ValueRange{-2, 2}));
  EXPECT_THROW(value_range_of({.steps = {}, .value_range = Range{2, 2}}), UsageError);
}

TEST(AugmentRecord, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal<UsageError>(table("rotat")), HasSubstr("did you mean 'rotate'?"));
  EXPECT_THAT(refusal<UsageError>(table("rotate", {{"degree", 3}})), HasSubstr("degrees"));
  EXPECT_THAT(refusal<UsageError>(table("rotate", {{"fill_mode", "mirror"}})), HasSubstr("augment.steps[1].fill_mode"));
  EXPECT_THAT(refusal<UsageError>(table("rotate", {{"degrees", "many"}})), HasSubstr("augment.steps[1].degrees"));
  EXPECT_THAT(refusal<UsageError>(Value::object()), HasSubstr("has no type"));
}

TEST(AugmentRecord, RefusesValuesOutOfRange) {
  const Value back(Value::Array{Value(2.0), Value(1.0)});
  const Value bad[] = {table("rotate", {{"probability", 1.5}}),
                       table("rotate", {{"degrees", -3}}),
                       table("rotate", {{"degrees", back}}),
                       table("zoom", {{"scale", 1.0}}),
                       table("shift", {{"width", 2}}),
                       table("shear", {{"degrees", 90}}),
                       table("affine", {{"height", 1.5}}),
                       table("perspective", {{"distortion_scale", 1.2}}),
                       table("random_crop", {{"padding", -1}}),
                       table("center_crop", {{"height", -1}}),
                       table("pad", {{"left", 100000}}),
                       table("resize", {{"width", -5}}),
                       table("resized_crop", {{"scale", back}}),
                       table("resized_crop", {{"ratio", Value(Value::Array{Value(0.0), Value(1.0)})}}),
                       table("brightness", {{"factor", back}}),
                       table("hue", {{"factor", 0.6}}),
                       table("colour_jitter", {{"hue", 0.7}}),
                       table("channel_shift", {{"factor", 2}}),
                       table("solarize", {{"threshold", 128}}),
                       table("posterize", {{"bits", 9}}),
                       table("sharpness", {{"factor", Value(Value::Array{Value(-1.0), Value(1.0)})}}),
                       table("gaussian_blur", {{"kernel_size", 4}}),
                       table("gaussian_blur", {{"sigma", Value(Value::Array{Value(0.0), Value(1.0)})}}),
                       table("gaussian_noise", {{"sigma", -0.1}}),
                       table("random_erasing", {{"scale", back}}),
                       table("cutout", {{"size", 0}}),
                       table("cutout", {{"count", 0}}),
                       table("elastic", {{"sigma", 0}}),
                       table("aug_mix", {{"severity", 11}}),
                       table("aug_mix", {{"alpha", 0}}),
                       table("mixup", {{"alpha", 0}}),
                       table("cutmix", {{"alpha", -1}}),
                       table("rand_augment", {{"magnitude", 31}}),
                       table("rand_augment", {{"num_ops", 0}}),
                       table("trivial_augment", {{"num_magnitude_bins", 1}})};
  for (const Value& given : bad) EXPECT_THAT(refusal<ValueError>(given), HasSubstr("fix: give ")) << to_text(given);
}

}  // namespace
}  // namespace percept
