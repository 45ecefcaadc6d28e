// joined_dataset_test.cpp - samples of several data sets in any order, and what does not fit.
#include "percept/data/joined_dataset.h"

#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

TensorDataset part(const std::vector<float>& values) {
  const auto count = static_cast<std::int64_t>(values.size());
  std::vector<std::int64_t> labels;
  for (const float value : values) labels.push_back(static_cast<std::int64_t>(value) % 2);
  return TensorDataset(from_vector(values, {count, 1}), from_vector(labels, {count}), {"even", "odd"});
}

TEST(JoinedDataset, GivesSamplesOfAllPartsInAnyOrder) {
  const Dataset all = joined({part({0, 1, 2}), part({3}), part({4, 5})});
  EXPECT_EQ(all.size(), 6);
  EXPECT_EQ(all.class_names(), (std::vector<std::string>{"even", "odd"}));
  const Batch batch = all.get({5, 0, 1, 3, 4, 2, 3});
  EXPECT_EQ(batch.x.to_vector<int>(), (std::vector<int>{5, 0, 1, 3, 4, 2, 3}));
  EXPECT_EQ(batch.y.to_vector<int>(), (std::vector<int>{1, 0, 1, 1, 0, 0, 1}));
  EXPECT_THROW(all.get({6}), ValueError);
  EXPECT_NE(all.fingerprint(), joined({part({0, 1, 2}), part({3})}).fingerprint());
}

TEST(JoinedDataset, WeightsTravelWithTheirSamples) {
  const Dataset weighted = Dataset(part({0, 1})).with_weights(tensor({0.5F, 2.F}));
  const Dataset all = joined({weighted, part({2})});
  EXPECT_EQ(all.get({2, 1, 0}).weight.to_vector<float>(), (std::vector<float>{1, 2, 0.5F}));
  EXPECT_FALSE(joined({part({0}), part({1})}).get({0, 1}).weight.defined());
}

TEST(JoinedDataset, RefusesWhatDoesNotFit) {
  EXPECT_THROW(joined({}), ValueError);
  EXPECT_THROW(joined({part({0}), TensorDataset(zeros({1, 1}))}).get({0, 1}), ShapeError);  // without targets
  EXPECT_THROW(joined({part({0}), TensorDataset(zeros({1, 2}))}), ShapeError);
}

}  // namespace
}  // namespace percept
