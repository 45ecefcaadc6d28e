// architecture_test.cpp - [model] architecture = "resnet20" in place of a list of layers; benchmark items.
#include <gmock/gmock.h>
#include <gtest/gtest.h>


#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/recipes/bench.h"
#include "percept/recipes/model.h"
#include "percept/recipes/toml.h"
#include "tests/refusal.h"

namespace percept {
namespace {

using testing::HasSubstr;

Recipe with_model(const std::string& lines) {
  return parse_recipe("name = \"net\"\n[data]\nsource = \"synthetic\"\n[model]\n" + lines, "net.toml");
}

TEST(Architecture, StandsForItsLayers) {
  const Recipe recipe = with_model("architecture = \"resnet20\"\nnum_classes = 7");
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, {1, 16, 16});  // channels come from the data
  EXPECT_EQ(model(zeros({2, 1, 16, 16})).shape(), (Shape{2, 7}));
  // The recipe that a run writes lists the layers, and reads back as the same.
  const std::string text = to_toml(to_value(recipe));
  EXPECT_THAT(text, Not(HasSubstr("architecture")));
  EXPECT_THAT(text, Not(HasSubstr("in_channels = -1")));
  EXPECT_EQ(parse_recipe(text, "again.toml").layers, recipe.layers);
}

TEST(Architecture, RefusalsSayWhatToWrite) {
  const auto refused = [](const std::string& lines) { return refusal([&] { with_model(lines); }); };
  EXPECT_THAT(refused("architecture = \"resnet\""), HasSubstr("did you mean 'resnet"));
  EXPECT_THAT(refused("architecture = \"resnet\""), HasSubstr("model.architecture"));
  EXPECT_THAT(refused("architecture = \"vgg11\"\nnum_classes = -3"), HasSubstr("model.num_classes is -3"));
  EXPECT_THAT(refused("architecture = \"vgg11\"\nlayers = [\"Flatten\"]"), HasSubstr("both given"));
  EXPECT_THAT(refused("num_classes = 3\nlayers = [{ type = \"Flatten\" }]"), HasSubstr("beside model.layers"));
}

TEST(Bench, ItemsAreKnownByName) {
  EXPECT_EQ(find_bench_item("f_vgg16").classes, 1000);
  EXPECT_EQ(find_bench_item("f_resnet20", {"batch_size=3"}).recipe.train.batch_size, 3);
  EXPECT_THAT(refusal([] { find_bench_item("f_resnet19"); }), HasSubstr("did you mean 'f_resnet1"));
}

// items.md, section 1: GFLOP per training step, and forward.
TEST(Bench, ItemsHaveThePublishedFlops) {
  const auto flops = [](const char* name) {
    const BenchItem item = find_bench_item(name);
    RecipeModel model = make_model(item.recipe);
    build_recipe_model(model, item.recipe, item.sample_shape);
    Flops one = count_flops(model, item.sample_shape);
    const auto batch = static_cast<double>(item.recipe.train.batch_size);
    return std::pair(one.training() * batch * 1e-9, one.forward * batch * 1e-9);
  };
  EXPECT_NEAR(flops("f_resnet20").first, 31.23, 0.005);
  EXPECT_NEAR(flops("f_resnet20").second, 10.45, 0.005);
  EXPECT_NEAR(flops("f_resnet18").first, 53.26, 0.005);
}

}  // namespace
}  // namespace percept
