// class_scores_test.cpp - precision, recall, F1 and agreement, worked by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/metrics/agreement.h"
#include "percept/metrics/precision_recall.h"

namespace percept {
namespace {

template <class M>
double of(M metric, const Tensor& output, const Tensor& target) {
  metric.update(output, target);
  return metric.result();
}

// Rows that answer these classes.
Tensor answers(const std::vector<std::int64_t>& classes, std::int64_t count) {
  std::vector<double> rows(classes.size() * static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < classes.size(); ++i)
    rows[i * static_cast<std::size_t>(count) + static_cast<std::size_t>(classes[i])] = 1;
  return from_vector(rows, {static_cast<std::int64_t>(classes.size()), count});
}

TEST(ClassScores, OfTwoClassesAreOfClassOne) {
  const Tensor logits = tensor({2., 2., 2., -2., -2.}), labels = tensor({1, 1, 0, 1, 0});  // 2 found, 1 false, 1 missed
  EXPECT_EQ(of(Precision(), logits, labels), 2.0 / 3);
  EXPECT_EQ(of(Recall(), logits, labels), 2.0 / 3);
  EXPECT_EQ(of(F1(), logits, labels), 2.0 / 3);
  EXPECT_EQ(of(Precision({.average = Average::macro}), logits, labels), (2.0 / 3 + 0.5) / 2);
  EXPECT_EQ(of(Recall({.average = Average::micro}), logits, labels), 0.6);
  const Tensor probabilities = tensor({0.9, 0.8, 0.7, 0.1, 0.1});
  EXPECT_EQ(of(Recall({.threshold = 0.75, .from_logits = false}), probabilities, labels), 2.0 / 3);
  EXPECT_EQ(of(Precision({.threshold = 0.75, .from_logits = false}), probabilities, labels), 1);
}

// truth 0 0 0 1 1 2, answer 0 0 1 1 2 1 of four classes: the fourth never occurs.
TEST(ClassScores, AverageOverAllClasses) {
  const Tensor output = answers({0, 0, 1, 1, 2, 1}, 4), labels = tensor({0, 0, 0, 1, 1, 2});
  EXPECT_DOUBLE_EQ(of(Precision(), output, labels), (1 + 1.0 / 3 + 0 + 0) / 4);
  EXPECT_DOUBLE_EQ(of(Recall(), output, labels), (2.0 / 3 + 0.5 + 0 + 0) / 4);
  EXPECT_DOUBLE_EQ(of(F1(), output, labels), (0.8 + 0.4 + 0 + 0) / 4);
  EXPECT_EQ(of(F1({.average = Average::micro}), output, labels), 0.5);
  EXPECT_DOUBLE_EQ(of(Recall({.average = Average::weighted}), output, labels), 0.5);
  EXPECT_DOUBLE_EQ(of(Precision({.average = Average::weighted}), output, labels), (3 * 1 + 2 * (1.0 / 3)) / 6);
  EXPECT_THROW(of(F1({.average = Average::binary}), output, labels), ShapeError);
  EXPECT_EQ(of(F1({.average = Average::binary}), answers({1, 0}, 2), tensor({1, 1})), 2.0 / 3);
}

TEST(ClassScores, HaveNames) {
  EXPECT_EQ(F1().name(), "f1");
  EXPECT_EQ(F1({.average = Average::macro}).name(), "f1_macro");
  EXPECT_EQ(Metric(Precision()).higher_is_better(), std::optional<bool>(true));
}

TEST(ClassScores, EmptyAndForeign) {
  F1 metric;
  EXPECT_TRUE(std::isnan(metric.result()));
  metric.update(zeros({0, 3}), zeros({0}, DType::i64));
  EXPECT_TRUE(std::isnan(metric.result()));
  EXPECT_THROW(metric.update(tensor({{1., 2.}}), tensor({0})), ShapeError);
  EXPECT_THROW(metric.update(tensor({1., 2.}), tensor({0, 1})), ShapeError);
  EXPECT_THROW(metric.update(tensor({{1., 2., 3.}, {1., 2., 3.}}), tensor({0, 3})), ValueError);
  metric.update(tensor({{1., 2., 3.}}), tensor({2}));
  EXPECT_EQ(metric.counts().total(), 1) << "the refused batch counted nothing";
  metric.reset();
  metric.update(tensor({1., 2.}), tensor({0, 1}));
  EXPECT_EQ(metric.result(), 2.0 / 3);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(of(Recall(), tensor({nan, 1.}), tensor({1, 1})), 0.5) << "NaN is not above the threshold";
}

TEST(ClassScores, NameTheMetricInErrors) {
  try {
    of(Recall(), tensor({{{1.}}}), tensor({0}));
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.problem(), "recall: output is f32 [1, 1, 1], target is i64 [1]");
  }
  try {
    of(F1(), tensor({{1., 2.}}), tensor({7}));
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_EQ(error.problem(), "f1: the target of row 0 is 7");
    EXPECT_EQ(error.fix(), "labels are 0..1, as many as the model has outputs");
  }
}

TEST(Agreement, ByHand) {
  const Tensor logits = tensor({2., 2., 2., -2., -2.}), labels = tensor({1, 1, 0, 1, 0});
  EXPECT_DOUBLE_EQ(of(CohenKappa(), logits, labels), (0.6 - 0.52) / 0.48);  // chance 0.6 0.6 + 0.4 0.4
  EXPECT_DOUBLE_EQ(of(MatthewsCorrelation(), logits, labels), (2 * 1 - 1 * 1) / std::sqrt(3.0 * 3 * 2 * 2));
  EXPECT_TRUE(std::isnan(of(CohenKappa(), tensor({2., 2.}), tensor({1, 1}))));
  EXPECT_EQ(of(MatthewsCorrelation(), tensor({2., 2.}), tensor({1, 1})), 0);
  EXPECT_EQ(of(MatthewsCorrelation(), tensor({2., -2.}), tensor({0, 1})), -1);
  EXPECT_TRUE(std::isnan(CohenKappa().result()));
  EXPECT_TRUE(std::isnan(MatthewsCorrelation().result()));
}

}  // namespace
}  // namespace percept
