// split_test.cpp - parts are whole, seeded, and keep the shares of classes.
#include "percept/data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "percept/base/error.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

// 100 of class 7, 31 of class -2, 9 of class 3, one of class 0, mixed.
std::vector<std::int64_t> labels() {
  std::vector<std::int64_t> all;
  for (int i = 0; i < 141; ++i) all.push_back(i == 70 ? 0 : i % 14 == 13 && i < 126 ? 3 : i % 9 < 2 ? -2 : 7);
  return all;
}

std::map<std::int64_t, std::int64_t> counts(const std::vector<std::int64_t>& all, const std::vector<std::int64_t>& at) {
  std::map<std::int64_t, std::int64_t> found;
  for (const std::int64_t i : at) ++found[all[static_cast<std::size_t>(i)]];
  return found;
}

std::vector<std::int64_t> every(std::size_t count) {
  std::vector<std::int64_t> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<std::int64_t>(i);
  return all;
}

void expect_whole(const DataSplit& split, std::int64_t count) {
  EXPECT_TRUE(std::is_sorted(split.train.begin(), split.train.end()));
  EXPECT_TRUE(std::is_sorted(split.test.begin(), split.test.end()));
  std::vector<std::int64_t> all = split.train;
  all.insert(all.end(), split.test.begin(), split.test.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, every(static_cast<std::size_t>(count)));
}

TEST(SplitTest, IsWholeAndSeeded) {
  for (const std::int64_t count : {2, 3, 10, 1000}) {
    const DataSplit split = split_test(count, {.fraction = 0.3, .seed = 5});
    EXPECT_EQ(split.test.size(), static_cast<std::size_t>(std::round(0.3 * static_cast<double>(count))));
    expect_whole(split, count);
    EXPECT_EQ(split_test(count, {.fraction = 0.3, .seed = 5}).test, split.test);
  }
  EXPECT_NE(split_test(1000, {.seed = 1}).test, split_test(1000, {.seed = 2}).test);
  // The same samples whenever and wherever: part of what a run's seed promises.
  EXPECT_EQ(split_test(10, {.fraction = 0.3, .seed = 0}).test, (std::vector<std::int64_t>{3, 5, 8}));
}

TEST(SplitTest, KeepsTheSharesOfClasses) {
  const auto all = labels();
  const auto sizes = counts(all, every(all.size()));
  for (const double fraction : {0.1, 0.2, 0.5, 0.77})
    for (const std::uint64_t seed : {0, 1, 2}) {
      const DataSplit split = split_test(all, {.fraction = fraction, .seed = seed, .stratified = true});
      expect_whole(split, 141);
      EXPECT_EQ(static_cast<double>(split.test.size()), std::round(fraction * 141));
      auto found = counts(all, split.test);
      for (const auto& [label, size] : sizes) {
        const double share =
            static_cast<double>(size) * static_cast<double>(split.test.size()) / static_cast<double>(all.size());
        EXPECT_LT(std::abs(static_cast<double>(found[label]) - share), 1) << label << " of " << fraction;
      }
    }
}

TEST(SplitTest, RefusesFractionsWithoutTwoParts) {
  for (const double bad : {0.0, 1.0, -0.2, 0.01, 0.99, std::nan("")})
    EXPECT_THROW(split_test(10, {.fraction = bad}), ValueError) << bad;
  EXPECT_THROW(split_test(0), ValueError);
  EXPECT_THROW(split_test(1), ValueError);
}

TEST(Folds, DealEverySampleOnce) {
  for (const std::int64_t k : {2, 3, 7, 10}) {
    const auto splits = folds(10, {.folds = k, .seed = 3});
    ASSERT_EQ(splits.size(), static_cast<std::size_t>(k));
    std::vector<int> met(10);
    for (const DataSplit& split : splits) {
      expect_whole(split, 10);
      EXPECT_GE(static_cast<std::int64_t>(split.test.size()), 10 / k);
      EXPECT_LE(static_cast<std::int64_t>(split.test.size()), (10 + k - 1) / k);
      for (const std::int64_t i : split.test) ++met[static_cast<std::size_t>(i)];
    }
    EXPECT_EQ(met, std::vector<int>(10, 1));
  }
  EXPECT_EQ(folds(100, {.seed = 4})[2].test, folds(100, {.seed = 4})[2].test);
  EXPECT_NE(folds(100, {.seed = 4})[2].test, folds(100, {.seed = 5})[2].test);
  for (const std::int64_t bad : {-1, 0, 1, 11}) EXPECT_THROW(folds(10, {.folds = bad}), ValueError) << bad;
}

TEST(Folds, KeepTheSharesOfClasses) {
  const auto all = labels();
  const auto sizes = counts(all, every(all.size()));
  const auto splits = folds(all, {.folds = 5, .seed = 1, .stratified = true});
  for (const DataSplit& split : splits) {
    EXPECT_TRUE(split.test.size() == 28 || split.test.size() == 29);
    auto found = counts(all, split.test);
    for (const auto& [label, size] : sizes)
      EXPECT_LT(std::abs(static_cast<double>(found[label]) - static_cast<double>(size) / 5), 1) << label;
  }
}

TEST(RowsOf, IsAView) {
  const Dataset data = TensorDataset(tensor({{1., 2.}, {3., 4.}, {5., 6.}}), tensor({0, 1, 0}), {"a", "b"});
  const Dataset rows = rows_of(data, {2, 0, 2});
  EXPECT_EQ(rows.size(), 3);
  EXPECT_EQ(rows.sample_shape(), Shape({2}));
  EXPECT_EQ(rows.class_names(), data.class_names());
  EXPECT_EQ(rows.get({0, 1}).x.to_vector<float>(), (std::vector<float>{5, 6, 1, 2}));
  EXPECT_EQ(rows.get({2}).y.to_vector<int>(), std::vector<int>{0});
  EXPECT_THROW(rows.get({3}), ValueError);
  EXPECT_THROW(rows_of(data, {3}), ValueError);
  EXPECT_THROW(rows_of(data, {-1}), ValueError);
  EXPECT_EQ(rows_of(data, {}).size(), 0);
  EXPECT_NE(rows.fingerprint(), data.fingerprint());
  EXPECT_NE(rows.fingerprint(), rows_of(data, {2, 1, 2}).fingerprint());
  EXPECT_EQ(rows.fingerprint(), rows_of(data, {2, 0, 2}).fingerprint());
}

TEST(LabelsOf, ReadsIntegersOnly) {
  std::vector<std::int64_t> y(600);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<std::int64_t>(i % 7);
  const Dataset data = TensorDataset(zeros({600, 1}), from_vector(y, {600}));
  EXPECT_EQ(labels_of(data), y);
  EXPECT_EQ(split_test(data, {.stratified = true}).test, split_test(y, {.stratified = true}).test);
  EXPECT_EQ(folds(data, {.stratified = true})[1].test, folds(y, {.stratified = true})[1].test);
  EXPECT_EQ(split_test(data).test, split_test(600).test);
  EXPECT_THROW(labels_of(TensorDataset(zeros({2, 1}), zeros({2}))), ShapeError);
  EXPECT_THROW(labels_of(TensorDataset(zeros({2, 1}))), ShapeError);
  EXPECT_THROW(labels_of(TensorDataset(zeros({2, 1}), zeros({2, 3}, DType::i64))), ShapeError);
}

}  // namespace
}  // namespace percept
