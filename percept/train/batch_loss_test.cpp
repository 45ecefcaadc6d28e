// batch_loss_test.cpp - the loss of weighted samples, for each loss there is: hand-worked, and equal weights change
// nothing.
#include "percept/train/batch_loss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/base/error.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

using testing::HasSubstr;

Batch batch_of(const Tensor& y, const Tensor& weight = {}) { return {y, y, 0, weight}; }

// Squares 1, 4, 9 with weights 1, 2, 0.5: (1 + 8 + 4.5) / 3, not / 3.5.
TEST(BatchLoss, DividesByTheNumberOfSamples) {
  const Tensor x = tensor({1., 2., 3.}), y = zeros({3}), weight = tensor({1., 2., 0.5});
  EXPECT_FLOAT_EQ(static_cast<float>(BatchLoss(MSELoss{}, {})(x, batch_of(y, weight)).item()), 4.5F);
  // Rows of two elements count by their mean.
  const Tensor rows = tensor({{1., 3.}, {2., 2.}, {3., 1.}});
  EXPECT_FLOAT_EQ(static_cast<float>(BatchLoss(MSELoss{}, {})(rows, batch_of(zeros({3, 2}), weight)).item()),
                  (5 + 8 + 2.5F) / 3);
  EXPECT_FLOAT_EQ(static_cast<float>(BatchLoss(MSELoss{{.reduction = "sum"}}, {})(x, batch_of(y, weight)).item()),
                  13.5F);
  EXPECT_FLOAT_EQ(static_cast<float>(BatchLoss(MSELoss{{.reduction = "none"}}, {})(x, batch_of(y)).item()), 14 / 3.F);
}

TEST(BatchLoss, EachLossGivesItsValuesPerSample) {
  const Tensor output = uniform({6, 4}, 0.05, 0.95, {1, 2}), like = uniform({6, 4}, 0.05, 0.95, {1, 3});
  const Tensor labels = tensor({0, 1, 2, 3, 1, 0}, DType::i64);
  for (const Loss& record : all_losses()) {
    const bool by_label = record.name == "cross_entropy" || record.name == "focal" || record.name == "multi_margin" ||
                          record.name == "nll";
    const Tensor target = by_label ? labels : like;
    const double plain = record.function(output, target).item();
    const BatchLoss loss(record.function, {});
    EXPECT_EQ(loss(output, batch_of(target)).item(), plain) << record.name;
    EXPECT_NEAR(loss(output, batch_of(target, ones({6}))).item(), plain, 1e-6) << record.name;
    EXPECT_NEAR(loss(output, batch_of(target, full({6}, 2))).item(), 2 * plain, 2e-6) << record.name;
    // One sample alone: a sixth of its own loss.
    const double first = record.function(slice(output, 0, 0, 1), slice(target, 0, 0, 1)).item();
    EXPECT_NEAR(loss(output, batch_of(target, tensor({1., 0., 0., 0., 0., 0.}))).item(), first / 6, 1e-6)
        << record.name;
  }
  const KLDivLoss by_batch{{.reduction = "batchmean"}};
  EXPECT_NEAR(BatchLoss(by_batch, {})(output, batch_of(like, full({6}, 2))).item(), 2 * by_batch(output, like).item(),
              1e-5);
}

TEST(BatchLoss, FindsTheClassInEachFormOfTargets) {
  const auto value = [](const LossFunction& loss, const Tensor& output, const Tensor& y, const Tensor& weight = {}) {
    return BatchLoss(loss, {2, 0, 5})(output, batch_of(y, weight)).item();
  };
  const Tensor logits = uniform({4, 3}, -1, 1, {1, 2}), labels = tensor({2, 0, 1, 0}, DType::i64);
  const auto each = CrossEntropyLoss{{.reduction = "none"}}(logits, labels).to_vector<double>();
  const double wanted = (5 * each[0] + 2 * each[1] + 2 * each[3]) / 4;
  EXPECT_NEAR(value(CrossEntropyLoss{}, logits, labels), wanted, 1e-6);
  EXPECT_NEAR(value(CrossEntropyLoss{}, logits, one_hot(labels, 3)), wanted, 1e-6);
  EXPECT_NEAR(value(CrossEntropyLoss{}, logits, cast(labels, DType::u8)), wanted, 1e-6);
  // Both kinds of weights multiply.
  EXPECT_NEAR(value(CrossEntropyLoss{}, logits, labels, tensor({0., 0., 1., 3.})), 6 * each[3] / 4, 1e-6);
  // Numbers as labels, one per row: rounded, as Keras does.
  const Tensor numbers = tensor({{0.}, {1.}, {0.}, {2.}});
  EXPECT_NEAR(value(MSELoss{}, zeros({4, 1}), numbers), (2 * 0 + 0 * 1 + 2 * 0 + 5 * 4) / 4.0, 1e-6);
}

TEST(BatchLoss, Refusals) {
  const auto refused = [](const LossFunction& loss, std::vector<double> weights, const Batch& batch) {
    try {
      BatchLoss(loss, std::move(weights))(zeros({3, 2}), batch);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const Tensor labels = tensor({0, 1, 1}, DType::i64);
  EXPECT_THAT(refused(CrossEntropyLoss{{.class_weight = {1, 2}}}, {1, 1}, batch_of(labels)),
              HasSubstr("divides by its sum"));
  EXPECT_THAT(refused([](const Tensor& x, const Tensor&) { return mean(x); }, {1, 1}, batch_of(labels)),
              HasSubstr("the loss gives [] for 3 samples"));
  EXPECT_THAT(refused(CrossEntropyLoss{}, {1}, batch_of(labels)), HasSubstr("index 1 at [1] is out of range"));
  EXPECT_THAT(refused(MSELoss{}, {1}, batch_of(zeros({3, 2, 2}))),
              HasSubstr("class_weight: the targets are [3, 2, 2]"));
  EXPECT_THAT(refused(MSELoss{}, {1. / 3, -2}, batch_of(labels)), HasSubstr("class_weight has -2"));
}

}  // namespace
}  // namespace percept
