// text_windows_test.cpp - windows by hand, at both ends, of both widths of ids, and the same for any workers.
#include "percept/data/text_windows.h"

#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/data/data_loader.h"

namespace percept {
namespace {

using Ids = std::vector<std::int64_t>;

// 0, 1, 2, ...: a window tells its place.
TextWindows counting(std::int64_t count, const TextWindowOptions& options, std::int64_t vocabulary = 100) {
  TokenIds ids(vocabulary);
  for (std::int64_t i = 0; i < count; ++i) ids.push_back(i);
  return TextWindows(std::move(ids), {}, options);
}

TEST(TextWindows, TheLastIdIsTheLastTarget) {
  const TextWindows windows = counting(7, {.context = 3});
  ASSERT_EQ(windows.size(), 4);
  EXPECT_EQ(windows.sample_shape(), (Shape{3}));
  const Batch batch = windows.get({0, 3});
  EXPECT_EQ(batch.x.shape(), (Shape{2, 3}));
  EXPECT_EQ(batch.x.to_vector<std::int64_t>(), (Ids{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(batch.y.shape(), (Shape{2}));
  EXPECT_EQ(batch.y.to_vector<std::int64_t>(), (Ids{3, 6}));
}

TEST(TextWindows, StrideLeavesOutWhatFillsNoSample) {
  const TextWindowOptions options{.context = 3, .stride = 2};
  for (const auto& [tokens, expected] : {std::pair{3, 0}, {4, 1}, {5, 1}, {6, 2}, {7, 2}, {8, 3}})
    EXPECT_EQ(count_windows(tokens, options), expected) << tokens;
  const TextWindows windows = counting(7, options);
  EXPECT_EQ(windows.get({1}).x.to_vector<std::int64_t>(), (Ids{2, 3, 4}));
  EXPECT_EQ(windows.get({1}).y.to_vector<std::int64_t>(), (Ids{5}));
}

TEST(TextWindows, EveryNextId) {
  const Batch batch = counting(6, {.context = 3, .every_next = true}).get({1, 2});
  EXPECT_EQ(batch.y.shape(), (Shape{2, 3}));
  EXPECT_EQ(batch.x.to_vector<std::int64_t>(), (Ids{1, 2, 3, 2, 3, 4}));
  EXPECT_EQ(batch.y.to_vector<std::int64_t>(), (Ids{2, 3, 4, 3, 4, 5}));
}

TEST(TextWindows, LargeVocabulariesKeepFourBytes) {
  for (const std::int64_t vocabulary : {65'536, 65'537, 1'000'000}) {
    TokenIds ids(vocabulary);
    for (const std::int64_t id : {std::int64_t{0}, vocabulary - 1}) ids.push_back(id);
    EXPECT_EQ(ids[1], vocabulary - 1);
    EXPECT_EQ(ids.size(), 2);
  }
}

TEST(TextWindows, IdsOfAText) {
  const TextCodec codec(fit_vocabulary("abba c"));  // a b " " c
  const TextWindows windows(token_ids(codec, "abba c"), codec.vocabulary().tokens, {.context = 5});
  EXPECT_EQ(windows.size(), 1);
  EXPECT_EQ(windows.get({0}).x.to_vector<std::int64_t>(), (Ids{0, 1, 1, 0, 2}));
  EXPECT_EQ(windows.get({0}).y.to_vector<std::int64_t>(), (Ids{3}));
  EXPECT_EQ(windows.class_names(), (std::vector<std::string>{"a", "b", " ", "c"}));
}

TEST(TextWindows, TheSameForAnyWorkers) {
  const Dataset windows = counting(50'000, {.context = 7}, 60'000);
  std::vector<Ids> first;
  for (const int workers : {0, 1, 3}) {
    std::vector<Ids> batches;
    for (const Batch& batch :
         DataLoader(windows, {.batch_size = 64, .shuffle = true, .seed = 5, .num_workers = workers})) {
      batches.push_back(batch.x.to_vector<std::int64_t>());
      batches.push_back(batch.y.to_vector<std::int64_t>());
    }
    if (first.empty()) first = batches;
    EXPECT_EQ(batches, first) << workers;
  }
}

TEST(TextWindows, FingerprintsTellTextsAndWindowsApart) {
  const std::string one = counting(5'000, {.context = 3}).fingerprint();
  EXPECT_EQ(counting(5'000, {.context = 3}).fingerprint(), one);
  EXPECT_EQ(one.substr(0, 5), "4997-");
  EXPECT_NE(counting(5'001, {.context = 3}).fingerprint(), one);
  EXPECT_NE(counting(5'000, {.context = 3, .stride = 1, .every_next = false}, 70'000).fingerprint(), "");
  EXPECT_EQ(counting(5'000, {.context = 3}, 70'000).fingerprint(), one);  // how ids are kept is no content
  EXPECT_NE(counting(5'000, {.context = 4}).fingerprint().substr(5), one.substr(5));
}

TEST(TextWindows, Refusals) {
  EXPECT_THROW(counting(3, {.context = 3}), ValueError);
  EXPECT_THROW(counting(9, {.context = 0}), ValueError);
  EXPECT_THROW(counting(9, {.context = 3, .stride = 0}), ValueError);
  EXPECT_THROW(Dataset(counting(9, {.context = 3})).get({6}), ValueError);
}

}  // namespace
}  // namespace percept
