// vocabulary_test.cpp - tokens by the rules, ids worked out by hand, text that comes back as it was, and refusals.
#include "percept/data/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <zlib.h>

#include "percept/base/error.h"
#include "percept/base/options.h"
#include "tests/refusal.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<std::int64_t>;

std::vector<std::string> tokens_of(std::string_view text, TextLevel level) {
  std::vector<std::string> tokens;
  for_each_token(text, level, [&](std::string_view token) {
    tokens.emplace_back(token);
    return true;
  });
  return tokens;
}

std::string write(const std::string& name, std::string_view bytes) {
  const std::string path = (std::filesystem::path(testing::TempDir()) / name).string();
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(TextTokens, CharactersAreCodePoints) {
  EXPECT_THAT(tokens_of("a \xC3\xA9\n\xE2\x82\xAC\xF0\x9F\x90\x95", TextLevel::character),
              ElementsAre("a", " ", "\xC3\xA9", "\n", "\xE2\x82\xAC", "\xF0\x9F\x90\x95"));
  // Not brought into normal form: the letter and its accent stay two.
  EXPECT_EQ(tokens_of("e\xCC\x81", TextLevel::character).size(), 2u);
}

TEST(TextTokens, WordsPunctuationAndBlanks) {
  EXPECT_THAT(tokens_of("A dog's bark:\t\"42 t\xC3\xBCrs\"...\n", TextLevel::word),
              ElementsAre("A", "dog's", "bark", ":", "\"", "42", "t\xC3\xBCrs", "\"", ".", ".", "."));
  // The printer's apostrophe belongs to the word; the dash, the euro, the multiplication sign and emoji do not.
  EXPECT_THAT(tokens_of("don\xE2\x80\x99t\xE2\x80\x94\xE2\x82\xAC"
                        "5\xC3\x97\xF0\x9F\x90\x95",
                        TextLevel::word),
              ElementsAre("don\xE2\x80\x99t", "\xE2\x80\x94", "\xE2\x82\xAC", "5", "\xC3\x97", "\xF0\x9F\x90\x95"));
  // No-break and ideographic spaces part words.
  EXPECT_THAT(tokens_of("a\xC2\xA0"
                        "b\xE3\x80\x80"
                        "c",
                        TextLevel::word),
              ElementsAre("a", "b", "c"));
  EXPECT_TRUE(tokens_of(" \n\t", TextLevel::word).empty());
}

TEST(TextTokens, CountsAndTheTextBefore) {
  EXPECT_EQ(count_tokens("to be  or", TextLevel::word), 3);
  EXPECT_EQ(text_before("to be  or", TextLevel::word, 2), "to be  ");
  EXPECT_EQ(text_before("to be  or", TextLevel::word, 0), "");
  EXPECT_EQ(text_before("to be  or", TextLevel::word, 3), "to be  or");
  EXPECT_EQ(text_before("\xC3\xA9z", TextLevel::character, 1), "\xC3\xA9");
}

TEST(TextTokens, NoUtf8IsCutWithoutLeavingTheText) {
  for (const char* text : {"\xC3", "a\xE2\x82", "\x80\x80", "\xF0\x9F\x90", "\xFF\xFE"})
    for (const TextLevel level : {TextLevel::character, TextLevel::word}) {
      std::string all;
      for (const std::string& token : tokens_of(text, level)) all += token;
      EXPECT_LE(all.size(), std::string_view(text).size());
    }
}

TEST(TextFile, PlainGzippedAndRefused) {
  EXPECT_EQ(read_text(write("plain.txt", "a\r\nb\n")), "a\r\nb\n");
  EXPECT_EQ(read_text(write("mark.txt",
                            "\xEF\xBB\xBF"
                            "a")),
            "a");
  const std::string packed = (std::filesystem::path(testing::TempDir()) / "packed.txt.gz").string();
  const std::string large(3'000'000, 'x');  // longer than what is read at once
  gzFile file = gzopen(packed.c_str(), "wb");
  gzwrite(file, large.data(), static_cast<unsigned>(large.size()));
  gzclose(file);
  EXPECT_EQ(read_text(packed), large);
  EXPECT_THAT(refusal<IoError>([] { read_text(write("empty.txt", "")); }),
              HasSubstr("empty.txt: the file holds no text"));
  EXPECT_THAT(refusal<IoError>([] { read_text(write("latin.txt", "one\ntwo\nf\xFCnf\nsix")); }),
              HasSubstr("latin.txt, line 3: the bytes are no UTF-8"));
  EXPECT_THAT(refusal<IoError>([] { read_text(write("cut.txt", "one\ntwo\xC3")); }), HasSubstr("cut.txt, line 2:"));
  EXPECT_THAT(refusal<IoError>([] { read_text("/nowhere/at/all.txt"); }), HasSubstr("/nowhere/at/all.txt"));
}

// a: twice; the others once, by code points: "." < "at" < "barked" < "cat" < "dog".
TEST(Vocabulary, WordsByHand) {
  const std::string text = "A dog barked at a cat.";
  const Vocabulary words = fit_vocabulary(text, {.level = TextLevel::word, .lower_case = true});
  EXPECT_THAT(words.tokens, ElementsAre("a", ".", "at", "barked", "cat", "dog"));
  const TextCodec codec(words);
  EXPECT_EQ(codec.encode(text), (Ids{0, 5, 3, 2, 0, 4, 1}));
  EXPECT_EQ(codec.decode({0, 5, 3, 2, 0, 4, 1}), "a dog barked at a cat.");
  EXPECT_EQ(codec.unknown(), std::nullopt);
  EXPECT_EQ(codec.find("DOG"), 5);
  EXPECT_EQ(codec.find("mouse"), std::nullopt);
  // Without lower_case capitals come first among the equally frequent.
  EXPECT_THAT(fit_vocabulary(text, {.level = TextLevel::word}).tokens,
              ElementsAre(".", "A", "a", "at", "barked", "cat", "dog"));
}

TEST(Vocabulary, CharactersByHandAndBackAgain) {
  const std::string text = "abba \xC3\xA9\n";  // a and b twice, then \n < blank < e acute
  const TextCodec codec(fit_vocabulary(text));
  EXPECT_THAT(codec.vocabulary().tokens, ElementsAre("a", "b", "\n", " ", "\xC3\xA9"));
  EXPECT_EQ(codec.encode(text), (Ids{0, 1, 1, 0, 3, 4, 2}));
  EXPECT_EQ(codec.decode(codec.encode(text)), text);
  EXPECT_EQ(codec.encode(""), Ids{});
}

TEST(Vocabulary, CapsLeaveTheRestToUnknown) {
  // Four kinds for 3 ids: <unknown> and the two most frequent.
  const TextCodec codec(fit_vocabulary("cccbbad", {.max_size = 3}));
  EXPECT_THAT(codec.vocabulary().tokens, ElementsAre("<unknown>", "c", "b"));
  EXPECT_EQ(codec.encode("abcz"), (Ids{0, 2, 1, 0}));
  EXPECT_EQ(codec.decode({1, 0, 2}),
            "c\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(codec.unknown(), 0);
  EXPECT_THAT(fit_vocabulary("cccbba", {.max_size = 2}).tokens, ElementsAre("<unknown>", "c"));
  // Three kinds fit three ids: nothing is unknown, unless it is asked for; then one has to go.
  EXPECT_THAT(fit_vocabulary("cccbba", {.max_size = 3}).tokens, ElementsAre("c", "b", "a"));
  EXPECT_THAT(fit_vocabulary("cccbba", {.max_size = 3, .unknown = true}).tokens, ElementsAre("<unknown>", "c", "b"));
  EXPECT_THAT(fit_vocabulary("cccbba", {.max_size = 4, .unknown = true}).tokens,
              ElementsAre("<unknown>", "c", "b", "a"));
  EXPECT_THAT(fit_vocabulary("ab", {.unknown = true}).tokens, ElementsAre("<unknown>", "a", "b"));
}

TEST(Vocabulary, LongWordsAreLeftOut) {
  const std::string text = "short " + std::string(65, 'x') + " " + std::string(64, 'y');
  EXPECT_THAT(fit_vocabulary(text, {.level = TextLevel::word}).tokens,
              ElementsAre("<unknown>", "short", std::string(64, 'y')));
}

TEST(Vocabulary, WordsAreJoinedAsPeopleWrite) {
  const TextCodec codec(fit_vocabulary("a ( b ) , c", {.level = TextLevel::word}));
  EXPECT_EQ(codec.decode(codec.encode("a(b),c")), "a (b), c");
}

TEST(Vocabulary, TravelsAsOptions) {
  const Vocabulary words = fit_vocabulary("To be, or", {.level = TextLevel::word, .lower_case = true, .unknown = true});
  Vocabulary again;
  from_value(to_value(words), again, "preprocess.text");
  EXPECT_EQ(again.level, TextLevel::word);
  EXPECT_TRUE(again.lower_case);
  EXPECT_EQ(again.tokens, words.tokens);
}

TEST(Vocabulary, Refusals) {
  EXPECT_THAT(refusal<ValueError>([] { fit_vocabulary(" \n", {.level = TextLevel::word}); }), HasSubstr("no tokens"));
  EXPECT_THAT(refusal<ValueError>([] { fit_vocabulary("a", {.max_size = 1}); }), HasSubstr("max_size is 1"));
  EXPECT_THAT(refusal<ValueError>([] { fit_vocabulary("a", {.max_size = -3}); }), HasSubstr("max_size is -3"));
  const auto made = [](std::vector<std::string> tokens, TextLevel level = TextLevel::character) {
    return refusal<UsageError>([&] { TextCodec(Vocabulary{.level = level, .tokens = std::move(tokens)}); });
  };
  EXPECT_THAT(made({}), HasSubstr("has no tokens"));
  EXPECT_THAT(made({"a", "a"}), HasSubstr("'a' twice"));
  EXPECT_THAT(made({"a", "ab"}), HasSubstr("'ab' at 1, which is no character"));
  EXPECT_THAT(made({"a", ""}), HasSubstr("at 1, which is no character"));
  EXPECT_THAT(made({"a", "\xFF"}), HasSubstr("at 1, which is no character"));
  EXPECT_THAT(made({"a b"}, TextLevel::word), HasSubstr("'a b' at 0, which is no word"));
  EXPECT_THAT(made({" "}, TextLevel::word), HasSubstr("' ' at 0, which is no word"));
  EXPECT_THAT(made({"a", "<unknown>"}), HasSubstr("\"<unknown>\" at 1, it stands at 0"));
  const TextCodec codec(fit_vocabulary("ab"));
  EXPECT_THAT(refusal<ValueError>([&] { codec.encode("abc"); }), HasSubstr("'c', which is not in the vocabulary of 2"));
  EXPECT_THAT(refusal<IoError>([&] { codec.encode("a\n\xFF"); }), HasSubstr("line 2"));
  EXPECT_THAT(refusal<ValueError>([&] { codec.decode({0, 2}); }), HasSubstr("the id is 2"));
  EXPECT_THAT(refusal<ValueError>([&] { codec.decode({-1}); }), HasSubstr("the id is -1"));
}

}  // namespace
}  // namespace percept
