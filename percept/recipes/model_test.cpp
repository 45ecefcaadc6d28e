// model_test.cpp - recipes with layers inside layers: read, built, counted, saved and loaded; their errors.
#include "percept/recipes/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/io/save.h"
#include "percept/nn/layers/blocks.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/summary.h"
#include "percept/ops/ops.h"
#include "percept/recipes/recipe.h"
#include "tests/refusal.h"

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

TEST(RecipeModel, ForgedSampleShapesAreRefused) {
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
}

// A file with whatever description, sample and weights, with good checksums.
struct Forgery {
  std::string architecture = "[model]\nlayers = [{ type = \"Linear\", in_features = 2, out_features = 3 }]\n";
  std::string classes = "[]", sample_shape = "[2]", training = "metrics = []\n";
  Tensor input = ones({1, 2}), output = zeros({1, 3});
  NamedTensors weights = {{"layers.0.weight", zeros({3, 2})}, {"layers.0.bias", zeros({3})}};

  // What load_model says of it.
  std::string refused() const {
    const auto path = std::filesystem::path(testing::TempDir()) / "percept_forgery.safetensors";
    std::string names;
    for (const auto& [name, tensor] : weights) names += (names.empty() ? "\"" : ", \"") + name + "\"";
    NamedTensors tensors = weights;
    tensors.insert(tensors.end(), {{"sample.input", input}, {"sample.output", output}});
    save_states(path, tensors,
                {{"percept.version", "1"},
                 {"percept.name", "forged"},
                 {"percept.architecture", architecture},
                 {"percept.class_names", classes},
                 {"percept.sample_shape", sample_shape},
                 {"percept.data", "none"},
                 {"percept.data_fingerprint", ""},
                 {"percept.loss", "cross_entropy"},
                 {"percept.training", training},
                 {"model_states", "[" + names + "]"}});
    const std::string text = refusal([&] { load_model(path); });
    std::filesystem::remove(path);
    return text;
  }
};

TEST(RecipeModel, ForgedTrainingSectionsAreRefused) {
  for (const std::string& text :
       {std::string("metrics = ["), std::string("[data]\nsource = \"elsewhere\"\n"),
        std::string("metrics = [\"nosuch\"]\n"),
        std::string("[augment]\nsteps = [{ type = \"rotate\", degrees = \"all\" }]\n"),
        std::string("[augment]\nsteps = [{ type = \"nosuch\" }]\n"), std::string("[data]\nseed = -1\n"),
        std::string("[data]\nvalidation_split = 5.0\n"), std::string("[data]\ntest_split = nan\n"),
        std::string("nosuch = 1\n"), "# " + std::string(2 << 20, 'x') + "\n"}) {
    Forgery forged;
    forged.training = text;
    EXPECT_THAT(forged.refused(), HasSubstr("percept.training")) << text.substr(0, 60);
  }
}

TEST(RecipeModel, SamplesThatProveNothingAreRefused) {
  EXPECT_EQ(Forgery{}.refused(), "nothing was thrown");
  EXPECT_THAT((Forgery{.input = zeros({0, 2}), .output = zeros({0, 3})}).refused(),
              HasSubstr("sample.input has shape [0, 2], percept.sample_shape is [2]"));
  EXPECT_THAT((Forgery{.input = zeros({1, 4})}).refused(), HasSubstr("sample.input has shape [1, 4]"));
  EXPECT_THAT((Forgery{.input = tensor(1.0)}).refused(), HasSubstr("sample.input has shape []"));
  EXPECT_THAT((Forgery{.output = zeros({3})}).refused(), HasSubstr("sample.output has shape [3] for 1 samples"));
  EXPECT_THAT((Forgery{.output = zeros({1, 4})}).refused(), HasSubstr("the model gives [1, 3] for its sample"));
  EXPECT_THAT((Forgery{.output = ones({1, 3})}).refused(), HasSubstr("(sample output 0: 0, was 1)"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT((Forgery{.output = full({1, 3}, nan),
                       .weights = {{"layers.0.weight", zeros({3, 2})}, {"layers.0.bias", full({3}, nan)}}})
                  .refused(),
              AllOf(HasSubstr("sample output 0 is nan, as when the model was saved"), HasSubstr("train again")));
  // It gives no [B, K].
  EXPECT_THAT((Forgery{.architecture = "[model]\nlayers = [{ type = \"ReLU\" }]\n",
                       .sample_shape = "[2, 1]",
                       .input = ones({1, 2, 1}),
                       .output = ones({1, 2, 1}),
                       .weights = {}})
                  .refused(),
              HasSubstr("sample.output has shape [1, 2, 1]"));
}

TEST(RecipeModel, ForgedListsAreRefused) {
  for (const char* text : {"{}", "[1]", "[\"a\"", "\"a\""})
    EXPECT_THAT(Forgery{.classes = text}.refused(), HasSubstr("metadata 'percept.class_names' is no list")) << text;
  for (const char* text : {"{}", "[1.5]", "[\"1\"]", "[18446744073709551615]"})
    EXPECT_THAT((Forgery{.sample_shape = text}).refused(), HasSubstr("metadata 'percept.sample_shape' is no list"))
        << text;
}

TEST(RecipeModel, DescriptionsThatDoNotWorkNameTheFile) {
  const auto refused = [](const std::string& layer) {
    return Forgery{.architecture = "[model]\nlayers = [{ " + layer + " }]\n"}.refused();
  };
  EXPECT_THAT(refused("type = \"Linear\", in_features = 5, out_features = 3"),
              AllOf(HasSubstr("percept_forgery.safetensors: the model it describes does not work: layers.0: Linear("),
                    HasSubstr("[1, 2]")));
  EXPECT_THAT(refused("type = \"Upsample\", scale_factor = 10"), HasSubstr("percept_forgery.safetensors: the model"));
  EXPECT_THAT(refused("type = \"Lisp\""), HasSubstr("percept_forgery.safetensors: unknown layer 'Lisp'"));
  EXPECT_THAT(refused("type = \"Linear\", in_features = 2, out_features = 4"),
              HasSubstr("'layers.0.weight' has shape [3, 2] in the file, [4, 2] in the model"));
}

// Each describes gigabytes in less than two kilobytes, and is refused before it costs them.
TEST(RecipeModel, ModelsOutOfProportionToTheirFileAreRefused) {
  const auto refused = [](const std::string& layers) {
    memory_of(Device::cpu()).reset_peak();
    const std::string text = Forgery{.architecture = "[model]\nlayers = [" + layers + "]\n"}.refused();
    EXPECT_LT(memory_of(Device::cpu()).stats().peak_in_use, 100u << 20) << layers;
    return text;
  };
  const auto upsample = [](int factor) { return ", { type = \"Upsample\", scale_factor = " + number(factor) + " }"; };
  EXPECT_THAT(refused("{ type = \"Linear\", in_features = 2, out_features = 1000000000 }"),
              HasSubstr("memory out of proportion to the file: 8000000000 bytes for one sample"));
  for (const char* init : {"eye", "orthogonal"})
    EXPECT_THAT(refused("{ type = \"Linear\", out_features = 100000000, weight_init = \"" + std::string(init) + "\" }"),
                HasSubstr("[100000000, 2] in the model"));
  EXPECT_THAT(refused("{ type = \"Embedding\", num_embeddings = 100000000, embedding_dim = 30 }"),
              HasSubstr("'layers.0.bias' is not in the model"));
  EXPECT_THAT(refused("{ type = \"Unflatten\", unflattened_size = [2, 1, 1] }" + upsample(1000) + upsample(20)),
              HasSubstr("memory out of proportion to the file: "));
  EXPECT_THAT(refused("{ type = \"Linear\", out_features = 1000000000 }, { type = \"BatchNorm1d\", affine = false }"),
              HasSubstr("memory out of proportion to the file: "));
}

TEST(RecipeModel, CrowdedRecipesAreRefused) {
  std::string keys = "[train]\n", layers = "layers = [";
  for (int i = 0; i < 1001; ++i) keys += "k" + std::to_string(i) + " = 1\n";
  for (int i = 0; i < 10'001; ++i) layers += "{ type = \"ReLU\" },";
  EXPECT_THAT(refusal([&] { parse_recipe(keys, "crowded.toml"); }), HasSubstr("train has 1001 entries"));
  // toml++ would build a table in a table for each part, and take them down a call deep each.
  for (const std::string head : {"a", "[a", "x = {a", "\"a\"", "name = \"\"\"\n.\n\"\"\"\na"}) {
    std::string deep = head;
    for (int i = 0; i < 50'000; ++i) deep += i % 2 ? ".b" : " . 'c'";
    EXPECT_THAT(refusal([&] { parse_recipe(deep + " = 1", "deep.toml"); }), HasSubstr("a key of more than 32 parts"))
        << head;
  }
  EXPECT_THAT(refusal([] { parse_recipe("[train]\n" + std::string(129, 'k') + " = 1", "long.toml"); }),
              HasSubstr("long.toml:2: the key 'kkkk"));
  EXPECT_THAT(refusal([&] { parse_recipe("[model]\n" + layers + "]", "crowded.toml"); }),
              HasSubstr("model.layers has 10001 entries"));
}

TEST(RecipeModel, CommentsStayComments) {
  EXPECT_EQ(toml_comment("a \"b\" # c"), "# a \"b\" # c\n");
  EXPECT_EQ(toml_comment("a\nb = 1\r\x7f"), "# a\\x0ab = 1\\x0d\\x7f\n");
  EXPECT_EQ(toml_comment("K\xc3\xb6ln"), "# K\xc3\xb6ln\n");
  EXPECT_EQ(toml_comment("K\xc3\xb6ln \xff"), "# K\\xc3\\xb6ln \\xff\n");
  Recipe recipe = parse_recipe(kResnet, "tiny.toml");
  const std::string plain = recipe_text(recipe);
  EXPECT_EQ(plain, to_toml(to_value(recipe)));
  recipe.comments = {"why:", " - \"\"\"\n[train]\nepochs = 7", "\xff'"};
  const std::string text = recipe_text(recipe);
  EXPECT_EQ(text, "# why:\n#  - \"\"\"\\x0a[train]\\x0aepochs = 7\n# \\xff'\n\n" + plain);
  EXPECT_EQ(recipe_text(parse_recipe(text, "again.toml")), plain);
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
  EXPECT_THAT(parse("join = \"concat\"", "join = \"mix\""),
              AllOf(StartsWith("model.layers[2]: Parallel: join is \"mix\""), HasSubstr("tiny.toml:17")));
  EXPECT_THAT(
      parse("out_channels = 2", "out_channels = -2"),
      AllOf(StartsWith("model.layers[2].branches[0][0]: Conv2d: out_channels is -2"), HasSubstr("tiny.toml:18")));
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
