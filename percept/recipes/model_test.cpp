// model_test.cpp - recipes with layers inside layers: read, built, counted, saved and loaded; their errors.
#include "percept/recipes/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "percept/core/mode.h"
#include "percept/io/save.h"
#include "percept/nn/layers/blocks.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/summary.h"
#include "percept/ops/ops.h"
#include "percept/recipes/recipe.h"

namespace percept::recipe_model_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kResnet = R"(
name = "tiny_resnet"
[data]
source = "none"
[train]
algorithm = "direct"
[model]
layers = [
  { type = "Conv2d", out_channels = 4, kernel_size = 3, padding = 1, bias = false },
  { type = "Residual", activation = "ReLU", layers = [
      { type = "Conv2d", out_channels = 8, kernel_size = 3, stride = 2, padding = 1, bias = false },
      { type = "BatchNorm2d" },
      { type = "Sequential", layers = [ { type = "ReLU" }, { type = "Conv2d", out_channels = 8, kernel_size = 1 } ] },
    ], shortcut = [
      { type = "Conv2d", out_channels = 8, kernel_size = 1, stride = 2, bias = false },
    ] },
  { type = "Parallel", join = "concat", branches = [
      [ { type = "Conv2d", out_channels = 2, kernel_size = 1 } ],
      [ { type = "Conv2d", out_channels = 3, kernel_size = 3, padding = "same" }, { type = "ReLU" } ],
      [] ] },
  { type = "Flatten" },
  { type = "Linear", out_features = 10, weight_init = { type = "kaiming_normal", nonlinearity = "relu" } },
]
)";

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(RecipeModel, NestedLayersAreReadAndBuilt) {
  const Recipe recipe = parse_recipe(kResnet, "tiny.toml");
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, {3, 8, 8});
  EXPECT_EQ(model(zeros({2, 3, 8, 8})).shape(), (Shape{2, 10}));
  EXPECT_EQ(states(model)[1].path, "layers.1.body.0.weight");
  EXPECT_EQ(states(model)[7].path, "layers.1.body.2.1.weight");
  const auto* block = model.layers[1].get_if<Residual>();
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->body[0].get_if<Conv2d>()->options().algorithm, "direct");  // the recipe's, however deep
  // conv 3-4, 4-8, BatchNorm, 8-8 with bias, shortcut 4-8, branches 8-2 and 8-3, Linear 13 x 4 x 4 - 10
  EXPECT_EQ(parameter_count(model), 108 + 288 + 16 + 72 + 32 + 18 + 219 + 2090);
  EXPECT_EQ(count_flops(model, {3, 8, 8}).forward, 2.0 * (64 * 108 + 16 * (288 + 64 + 32 + 16 + 216) + 2080));
  EXPECT_THAT(summary(model, {3, 8, 8}),
              AllOf(HasSubstr("layers.1.body.2.1 (Conv2d)"), HasSubstr("layers.1.shortcut.0")));
}

TEST(RecipeModel, EveryDefaultIsWrittenOutAndReadBack) {
  const Recipe recipe = parse_recipe(kResnet, "tiny.toml");
  const std::string text = to_toml(to_value(recipe));
  EXPECT_THAT(text, HasSubstr("momentum = 0.1"));  // of the BatchNorm2d inside
  const Recipe again = parse_recipe(text, "again.toml");
  EXPECT_EQ(to_toml(to_value(again)), text);
}

TEST(RecipeModel, SavesAndLoads) {
  const auto path = std::filesystem::path(testing::TempDir()) / "percept_nested.safetensors";
  const Recipe recipe = parse_recipe(kResnet, "tiny.toml");
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, {3, 8, 8});
  const Tensor x = uniform({2, 3, 8, 8}, 0, 1, {1, 2});
  ModelInfo info;
  info.name = "tiny";
  info.architecture = architecture_of(recipe);
  info.sample_shape = {3, 8, 8};
  save_model(model, info, uniform({1, 3, 8, 8}, 0, 1, {1, 1}), path);
  const LoadedModel loaded = load_model(path);
  EXPECT_EQ(loaded.model(x).to_vector<float>(), model(x).to_vector<float>());
  RecipeModel& same = const_cast<RecipeModel&>(loaded.model);
  EXPECT_EQ(weights_sha256(same), weights_sha256(model));
  std::filesystem::remove(path);
}

TEST(RecipeModel, ForgedSampleShapesAndCrowdedRecipesAreRefused) {
  const auto path = std::filesystem::path(testing::TempDir()) / "percept_forged.safetensors";
  const Recipe recipe = parse_recipe(kResnet, "tiny.toml");
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, {3, 8, 8});
  ModelInfo info;
  info.name = "tiny";
  info.architecture = architecture_of(recipe);
  for (const Shape& shape : {Shape{1, 1, 1'000'000'000}, Shape{3, 0, 8}, Shape{1 << 20, 1 << 20}}) {
    info.sample_shape = shape;
    save_model(model, info, uniform({1, 3, 8, 8}, 0, 1, {1, 1}), path);
    EXPECT_THAT(refusal([&] { load_model(path); }), HasSubstr("percept.sample_shape is [")) << str(shape);
  }
  std::filesystem::remove(path);

  std::string keys = "[train]\n", layers = "layers = [";
  for (int i = 0; i < 1001; ++i) keys += "k" + std::to_string(i) + " = 1\n";
  for (int i = 0; i < 10'001; ++i) layers += "{ type = \"ReLU\" },";
  EXPECT_THAT(refusal([&] { parse_recipe(keys, "crowded.toml"); }), HasSubstr("train has 1001 entries"));
  EXPECT_THAT(refusal([&] { parse_recipe("[model]\n" + layers + "]", "crowded.toml"); }),
              HasSubstr("model.layers has 10001 entries"));
}

TEST(RecipeModel, ErrorsNameTheNestedPlace) {
  const auto parse = [](const std::string& from, const std::string& to) {
    return refusal([&] { parse_recipe(with(kResnet, from, to), "tiny.toml"); });
  };
  EXPECT_THAT(parse("{ type = \"ReLU\" }, { type = \"Conv2d\", out_channels = 8",
                    "{ type = \"ReLu\" }, { type = \"Conv2d\", out_channels = 8"),
              AllOf(HasSubstr("unknown layer 'ReLu' in model.layers[1].layers[2].layers[0]"),
                    HasSubstr("did you mean 'ReLU'"), HasSubstr("tiny.toml:13")));
  EXPECT_THAT(parse("stride = 2, bias = false },\n    ] }", "strid = 2, bias = false },\n    ] }"),
              AllOf(HasSubstr("model.layers[1].shortcut[0]"), HasSubstr("'stride'"), HasSubstr("tiny.toml:15")));
  EXPECT_THAT(parse("join = \"concat\"", "join = \"mix\""), HasSubstr("Parallel: join is \"mix\""));
  // Sizes that do not meet, found when the model is built.
  const std::string wrong =
      with(kResnet, "{ type = \"ReLU\" }, { type = \"Conv2d\", out_channels = 8, kernel_size = 1 }",
           "{ type = \"ReLU\" }, { type = \"Conv2d\", in_channels = 7, out_channels = 8, kernel_size = 1 }");
  const Recipe recipe = parse_recipe(wrong, "tiny.toml");
  RecipeModel model = make_model(recipe);
  EXPECT_THAT(refusal([&] { build_recipe_model(model, recipe, {3, 8, 8}); }),
              AllOf(StartsWith("layers.1.body.2.1: Conv2d(in_channels=7"),
                    HasSubstr("model.layers[1].layers[2].layers[1], line 13")));
  const Recipe sums = parse_recipe(with(kResnet, "kernel_size = 1, stride = 2", "kernel_size = 1"), "tiny.toml");
  RecipeModel other = make_model(sums);
  EXPECT_THAT(refusal([&] { build_recipe_model(other, sums, {3, 8, 8}); }),
              AllOf(StartsWith("layers.1: Residual: the body gives"), HasSubstr("model.layers[1], line 10")));
}

}  // namespace percept::recipe_model_test
