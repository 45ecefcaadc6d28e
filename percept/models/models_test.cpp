// models_test.cpp - numbers of weights as published, shapes, and one step of training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/models/architecture.h"
#include "percept/models/resnet.h"
#include "percept/models/vgg.h"
#include "percept/nn/shapes_only.h"

namespace percept {
namespace {

std::int64_t weights_of(const Architecture& one) {
  std::int64_t count = 0;
  const ShapesOnly sizes;  // the larger ones have half a gigabyte
  Sequential model = one.make(one.num_classes);
  build(model, one.sample_shape);
  for (const State* parameter : parameters(model)) count += parameter->numel();
  return count;
}

// torchvision 0.28's; the two small ones are those of the reference items.
TEST(Models, HaveThePublishedNumbersOfWeights) {
  const std::pair<const char*, std::int64_t> published[] = {
      {"resnet18", 11'689'512}, {"resnet18_small", 11'173'962}, {"resnet20", 272'474},
      {"resnet34", 21'797'672}, {"resnet50", 25'557'032},       {"vgg11", 132'863'336},
      {"vgg13", 133'047'848},   {"vgg16", 138'357'544},         {"vgg19", 143'667'240}};
  for (const auto& [name, count] : published) EXPECT_EQ(weights_of(find_architecture(name)), count) << name;
  EXPECT_EQ(std::size(published), all_architectures().size());
}

TEST(Models, GiveLogitsForOtherSizesToo) {
  const InferenceScope inference;
  EXPECT_EQ(resnet20({.num_classes = 7})(zeros({2, 3, 32, 32})).shape(), (Shape{2, 7}));
  EXPECT_EQ(resnet20({.in_channels = 1, .num_classes = 10})(zeros({1, 1, 20, 24})).shape(), (Shape{1, 10}));
  EXPECT_EQ(resnet18({.num_classes = 5})(zeros({1, 3, 64, 48})).shape(), (Shape{1, 5}));
}

// Stem 8, H/2: 4, H/4: 2; the blocks of the first stage keep their input as it is.
TEST(Models, AResNetHalvesImagesStageByStage) {
  Sequential model = resnet({.widths = {4, 8, 16}, .blocks = {1, 1, 1}, .num_classes = 3, .small_images = true});
  const InferenceScope inference;
  Tensor x = zeros({1, 3, 8, 8});
  std::vector<Shape> shapes;
  for (const AnyModule& layer : model.layers) shapes.push_back((x = layer(x)).shape());
  EXPECT_EQ(shapes[3], (Shape{1, 4, 8, 8}));
  EXPECT_EQ(shapes[4], (Shape{1, 8, 4, 4}));
  EXPECT_EQ(shapes[5], (Shape{1, 16, 2, 2}));
  EXPECT_EQ(shapes[6], (Shape{1, 16}));
}

TEST(Models, RefuseWhatTheyCannotBe) {
  EXPECT_THROW(resnet({.widths = {4, 8}, .blocks = {1}}), ValueError);
  EXPECT_THROW(resnet({.widths = {}, .blocks = {}}), ValueError);
  EXPECT_THROW(resnet({.widths = {4, 8}, .blocks = {1, 0}}), ValueError);
  EXPECT_THROW(resnet({.widths = {4, -8}, .blocks = {1, 1}}), ValueError);
  EXPECT_THROW(vgg({.convolutions = {2, -1}}), ValueError);
  EXPECT_THROW(vgg({.convolutions = {}}), ValueError);
  EXPECT_THROW(vgg({.convolutions = {1, 1, 1, 1, 1, 1}}), ValueError);
  try {
    find_architecture("resnet21");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'resnet20'?"));
  }
}

}  // namespace
}  // namespace percept
