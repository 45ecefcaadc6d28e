// dataset_test.cpp - rows in their own dtype, parts, fingerprints, refusals.
#include "percept/data/dataset.h"

#include <gtest/gtest.h>

#include <cmath>

#include "percept/base/error.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

TensorDataset small() {
  return TensorDataset(tensor({{1, 2}, {3, 4}, {5, 6}, {7, 8}}, DType::u8), tensor({0, 1, 0, 1}, DType::i64),
                       {"a", "b"});
}

TEST(TensorDataset, GathersRowsInTheirOwnDType) {
  const Dataset data = small();
  EXPECT_EQ(data.size(), 4);
  EXPECT_EQ(data.sample_shape(), Shape({2}));
  EXPECT_EQ(data.class_names(), (std::vector<std::string>{"a", "b"}));
  const Batch batch = data.get({3, 0, 3});
  EXPECT_EQ(batch.x.dtype(), DType::u8);
  EXPECT_EQ(batch.x.shape(), Shape({3, 2}));
  EXPECT_EQ(batch.x.to_vector<int>(), (std::vector<int>{7, 8, 1, 2, 7, 8}));
  EXPECT_EQ(batch.y.to_vector<std::int64_t>(), (std::vector<std::int64_t>{1, 0, 1}));
  EXPECT_EQ(data.get({}).x.shape(), Shape({0, 2}));
  EXPECT_EQ(data.get(tensor({2, 1})).x.to_vector<int>(), (std::vector<int>{5, 6, 3, 4}));
}

TEST(TensorDataset, MayHaveNoTargets) {
  const Dataset data = TensorDataset(tensor({{1., 2.}}));
  EXPECT_FALSE(data.get({0}).y.defined());
}

TEST(TensorDataset, RefusesWhatDoesNotFit) {
  EXPECT_THROW(TensorDataset(tensor({1, 2, 3}), tensor({1, 2})), ShapeError);
  EXPECT_THROW(TensorDataset(tensor(1)), ShapeError);
  EXPECT_THROW(TensorDataset(Tensor{}), ShapeError);
  const Dataset data = small();
  EXPECT_THROW(data.get({4}), ValueError);
  EXPECT_THROW(data.get({-1}), ValueError);
  EXPECT_THROW(data.get(tensor({-1})), ValueError);
  EXPECT_THROW(data.get(tensor({1.})), ShapeError);
  EXPECT_THROW(data.get(tensor({{1}})), ShapeError);
}

// The types that users hold themselves, without Dataset around them, check as it does.
TEST(TensorDataset, RefusesSamplesThatAreNotThere) {
  const TensorDataset data(zeros({3, 2}));
  for (const std::int64_t index : {-1, 3, 100}) EXPECT_THROW(data.get({0, index}), ValueError);
}

TEST(Dataset, WeightsTravelWithTheirSamples) {
  const Dataset data = small().with_weights(tensor({1, 2, 3, 4}));
  const Batch batch = data.subset(1, 3).get({2, 0});
  EXPECT_EQ(batch.weight.dtype(), DType::f32);
  EXPECT_EQ(batch.weight.to_vector<float>(), (std::vector<float>{4, 2}));
  EXPECT_EQ(batch.x.to_vector<int>(), (std::vector<int>{7, 8, 3, 4}));
  EXPECT_FALSE(small().get({0}).weight.defined());
  EXPECT_EQ(data.with_weights(tensor({5., 6., 7., 8.})).get({0}).weight.item(), 5);
  EXPECT_NE(data.fingerprint(), small().fingerprint());
  EXPECT_NE(data.fingerprint(), small().with_weights(tensor({1, 2, 3, 5})).fingerprint());
  EXPECT_EQ(data.class_names(), small().class_names());
  EXPECT_THROW(small().with_weights(tensor({1, 2, 3})), ShapeError);
  EXPECT_THROW(small().with_weights(tensor({{1, 2, 3, 4}})), ShapeError);
  EXPECT_THROW(small().with_weights(Tensor()), ShapeError);
  EXPECT_THROW(small().with_weights(full({4}, INFINITY)), ValueError);
}

TEST(Dataset, SubsetAndValidationSplitTakeConsecutiveSamples) {
  const Dataset data = small();
  const Dataset part = data.subset(1, 2);
  EXPECT_EQ(part.size(), 2);
  EXPECT_EQ(part.get({1}).x.to_vector<int>(), (std::vector<int>{5, 6}));
  EXPECT_EQ(part.class_names(), data.class_names());
  EXPECT_THROW(part.get({2}), ValueError);
  EXPECT_THROW(data.subset(2, 3), ValueError);
  EXPECT_THROW(data.subset(-1, 1), ValueError);

  const auto [train, validation] = split_validation(data, 0.25);
  EXPECT_EQ(train.size(), 3);
  EXPECT_EQ(validation.get({0}).x.to_vector<int>(), (std::vector<int>{7, 8}));
  // floor(4 * (1 - 0.3)) = 2 for training, as Keras counts
  EXPECT_EQ(split_validation(data, 0.3).validation.size(), 2);
  for (const double bad : {0., 1., -0.5, 0.9999}) EXPECT_THROW(split_validation(data, bad), ValueError) << bad;
}

TEST(Dataset, FingerprintNamesTheContent) {
  const Dataset data = small();
  EXPECT_EQ(data.fingerprint().substr(0, 2), "4-");
  EXPECT_EQ(data.fingerprint(), Dataset(small()).fingerprint());
  const Dataset other =
      TensorDataset(tensor({{1, 2}, {3, 4}, {5, 6}, {7, 9}}, DType::u8), tensor({0, 1, 0, 1}, DType::i64));
  EXPECT_NE(data.fingerprint(), other.fingerprint());
  EXPECT_EQ(data.subset(1, 2).fingerprint(), data.fingerprint() + "[1:3]");
}

}  // namespace
}  // namespace percept
