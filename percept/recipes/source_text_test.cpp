// source_text_test.cpp - parts of a text, whose characters they know, and recipes and models that carry a vocabulary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "percept/base/error.h"
#include "percept/base/options.h"
#include "percept/recipes/data.h"
#include "percept/recipes/model.h"
#include "percept/recipes/suggest.h"
#include "percept/recipes/text_input.h"
#include "tests/refusal.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<std::int64_t>;

std::string write(const std::string& name, std::string_view bytes) {
  const std::string path = (std::filesystem::path(testing::TempDir()) / name).string();
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// The text that a part's windows show, targets included.
std::string shown(const Dataset& part, const Vocabulary& vocabulary) {
  const TextCodec codec(vocabulary);
  std::string text = codec.decode(part.get({0}).x.to_vector<std::int64_t>());
  for (std::int64_t i = 0; i < part.size(); ++i) text += codec.decode(part.get({i}).y.to_vector<std::int64_t>());
  return text;
}

DataParts cut(const DataSection& data) { return cut_data(*open_source(data, {}), data); }

TEST(TextSource, CutByPositionWithTheTrainingPartsVocabulary) {
  // 20 characters: 16 of the main part, of whose 14 windows the last 4 are for validation; 4 for the test.
  const std::string path = write("parts.txt", "aaaabbbbccccddddaabZ");
  const DataParts parts = cut({.source = path, .validation_split = 0.25, .test_split = 0.2, .context = 2});
  ASSERT_TRUE(parts.preprocess.text && parts.validation);
  // The training part ends before the d: 10 windows (floor(14 * 0.75)), 12 characters.
  EXPECT_THAT(parts.preprocess.text->tokens, ElementsAre("<unknown>", "a", "b", "c"));
  EXPECT_EQ(shown(parts.train, *parts.preprocess.text), "aaaabbbbcccc");
  const std::string unknown = "\xEF\xBF\xBD";
  EXPECT_EQ(shown(*parts.validation, *parts.preprocess.text), "cc" + unknown + unknown + unknown + unknown);
  EXPECT_EQ(shown(parts.test, *parts.preprocess.text), "aab" + unknown);
  EXPECT_EQ(parts.train.class_names(), parts.preprocess.text->tokens);
  EXPECT_EQ(parts.train.sample_shape(), (Shape{2}));
}

TEST(TextSource, TheLastTenthOrAnotherFile) {
  const std::string path = write("tenth.txt", "abcdefghijklmnopqrst"), other = write("other.txt", "tsrq");
  const DataParts tenth = cut({.source = path, .context = 1});
  EXPECT_EQ(shown(tenth.train, *tenth.preprocess.text), "abcdefghijklmnopqr");
  EXPECT_EQ(tenth.test.size(), 1);
  const DataParts parts = cut({.source = path, .test = other, .context = 1});
  EXPECT_EQ(shown(parts.train, *parts.preprocess.text), "abcdefghijklmnopqrst");
  EXPECT_EQ(shown(parts.test, *parts.preprocess.text), "tsrq");
}

TEST(TextSource, TrainedOnesKeepTheirVocabulary) {
  const std::string path = write("trained.txt", "zzzzyyyy");
  const PreprocessSection preprocess{.text = fit_vocabulary("xyz", {.unknown = true})};
  const DataSection data{.source = path, .test_split = 0.5, .context = 1};
  const DataParts parts = cut_data(*open_source(data, preprocess, TrainedAs{}), data);
  EXPECT_THAT(parts.preprocess.text->tokens, ElementsAre("<unknown>", "x", "y", "z"));
  EXPECT_EQ(parts.train.get({0}).x.to_vector<std::int64_t>(), Ids{3});
  EXPECT_THAT(refusal([&] { open_source(data, {}, TrainedAs{}); }), HasSubstr("was not trained on text"));
}

TEST(TextSource, Refusals) {
  const std::string path = write("refused.txt", "a few words to be cut into parts");
  EXPECT_THAT(refusal([&] { cut({.source = path, .context = 40}); }), HasSubstr("the training part has 28 characters"));
  EXPECT_THAT(refusal([&] { cut({.source = path, .context = 5}); }), HasSubstr("the text has 4 characters"));
  EXPECT_THAT(refusal([&] { cut({.source = path, .level = "letter"}); }), HasSubstr("data.level is 'letter'"));
  const DataSection data{.source = path, .context = 2};
  const auto text = open_source(data, {});
  EXPECT_THAT(refusal([&] { training_parts(*text, data, cut_folds(*text, data, 3)[0]); }),
              HasSubstr("text is cut by position"));
}

// Quotes, a tab, a NUL and a line end among the tokens: the recipe's text and the model's file give them back.
TEST(TextSource, ModelsCarryTheVocabulary) {
  const std::string text = std::string("a\"b\\c\td\0e'f\n#=]", 15) + "\xE2\x82\xAC";
  Recipe recipe = parse_recipe(
      "name = \"t\"\n[data]\nsource = \"none\"\n[model]\nlayers = [{ type = \"Embedding\", num_embeddings = 20, "
      "embedding_dim = 2 }, { type = \"Flatten\" }, { type = \"Linear\", out_features = 20 }]\n",
      "test");
  recipe.preprocess.text = fit_vocabulary(text, {.unknown = true});
  EXPECT_EQ(parse_recipe(to_toml(to_value(recipe)), "again").preprocess.text->tokens, recipe.preprocess.text->tokens);
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, {3});
  const ModelInfo info{.name = "t",
                       .architecture = architecture_of(recipe),
                       .class_names = recipe.preprocess.text->tokens,
                       .sample_shape = {3},
                       .data_fingerprint = "",
                       .data = recipe.data,
                       .preprocess = recipe.preprocess};
  const std::string path = (std::filesystem::path(testing::TempDir()) / "text.safetensors").string();
  save_model(model, info, read_text_input(info, "text:a\tb").data.get({0}).x, path);
  const LoadedModel loaded = load_model(path);
  EXPECT_EQ(loaded.info.preprocess.text->tokens, recipe.preprocess.text->tokens);
  EXPECT_EQ(loaded.info.class_names, recipe.preprocess.text->tokens);

  // Prompts: the end of a long one, a short one filled up with the line end, the unknown.
  const TextCodec codec(*loaded.info.preprocess.text);
  const auto context = [&](const std::string& input) {
    return codec.decode(read_text_input(loaded.info, input).data.get({0}).x.to_vector<std::int64_t>());
  };
  EXPECT_EQ(context("text:abcdef"), "def");
  EXPECT_EQ(context("text:a"), "\n\na");
  EXPECT_EQ(context("text:ab?"), "ab\xEF\xBF\xBD");
  EXPECT_THAT(refusal([&] { context("text:"); }), HasSubstr("holds no text"));
  EXPECT_THAT(refusal([&] { context("text:\xFF"); }), HasSubstr("line 1: the bytes are no UTF-8"));

  const auto go_on = [&](const GenerateOptions& options) { return generate_text(loaded, "text:abc", options); };
  EXPECT_EQ(codec.encode(go_on({.count = 9})).size(), 9u);
  EXPECT_EQ(go_on({.count = 50, .temperature = 5, .seed = 1}), go_on({.count = 50, .temperature = 5, .seed = 1}));
  EXPECT_NE(go_on({.count = 50, .temperature = 5, .seed = 1}), go_on({.count = 50, .temperature = 5, .seed = 2}));
  // What is drawn first does not depend on how much is drawn.
  EXPECT_TRUE(go_on({.count = 50, .temperature = 5}).starts_with(go_on({.count = 5, .temperature = 5})));
  EXPECT_THAT(go_on({.count = 500, .temperature = 100}), testing::Not(HasSubstr("\xEF\xBF\xBD")));
  EXPECT_THAT(refusal([&] { go_on({.temperature = -1}); }), HasSubstr("temperature is -1"));
  ModelInfo pictures = loaded.info;
  pictures.preprocess.text = {};
  EXPECT_THAT(refusal([&] { read_text_input(pictures, "text:a"); }), HasSubstr("has no vocabulary"));
}

// The network has an output per id of the vocabulary that training will have, the part for validation taken off.
TEST(TextSource, SuggestedNetworksFitTheVocabulary) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "to be, or not to be ";
  text += "XYZ";  // only at the end: of the test part
  const std::string path = write("suggested.txt", text + std::string(8, '!'));
  const Suggestion suggestion = suggest_recipe(path);
  const Recipe recipe = parse_recipe(suggestion.toml, "suggested");
  const DataParts parts = load_data(recipe);
  EXPECT_EQ(parts.preprocess.text->tokens.size(), 9u);  // <unknown>, blank, t o b e , r n
  EXPECT_EQ(recipe.layers[0].find("num_embeddings")->as_int(), 9);
  EXPECT_EQ(recipe.layers.back().find("out_features")->as_int(), 9);
}

}  // namespace
}  // namespace percept
