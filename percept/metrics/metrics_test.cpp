// metrics_test.cpp - accuracies, sums and confusion matrix, worked by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/metrics/accuracy.h"
#include "percept/metrics/confusion_matrix.h"
#include "percept/metrics/top_k.h"

namespace percept {
namespace {

TEST(Accuracy, IsExactOverBatchesOfDifferentSizes) {
  Metric metric = accuracy();
  EXPECT_EQ(metric.name(), "accuracy");
  EXPECT_TRUE(std::isnan(metric.result()));
  metric.update(tensor({{1., 2.}, {3., 0.}, {0., 5.}}), tensor({1, 0, 0}));  // right, right, wrong
  EXPECT_EQ(metric.result(), 2.0 / 3);
  metric.update(tensor({{4., 2.}}), tensor({1}));  // wrong
  EXPECT_EQ(metric.result(), 0.5);
  Metric copy = metric;
  copy.update(tensor({{4., 2.}}), tensor({0}));
  EXPECT_EQ(copy.result(), 0.6);
  EXPECT_EQ(metric.result(), 0.5);
  metric.reset();
  EXPECT_TRUE(std::isnan(metric.result()));
}

TEST(Accuracy, TakesTheFirstOfEqualsAndAnyDType) {
  Accuracy metric;
  metric.update(tensor({{1., 1., 0.}}, DType::f64), tensor({0}, DType::u8));
  EXPECT_EQ(metric.result(), 1.0);
  metric.update(tensor({{0., 2., 1.}}, DType::bf16), tensor({{0., 1., 0.}}));  // one-hot
  EXPECT_EQ(metric.result(), 1.0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(predicted_class(tensor({{1., nan, 0.}}), 0), 0);
}

TEST(Accuracy, RefusesShapesThatSayNothing) {
  Accuracy metric;
  EXPECT_THROW(metric.update(tensor({1., 2.}), tensor({0, 1, 1})), ShapeError);
  EXPECT_THROW(metric.update(tensor({{1., 2.}}), tensor({0, 1})), ShapeError);
  EXPECT_THROW(metric.update(tensor({{{1., 2.}}}), tensor({0})), ShapeError);
  EXPECT_THROW(metric.update(tensor({1., 2.}), tensor({{0, 1}, {1, 0}})), ShapeError);
  EXPECT_THROW(metric.update(tensor(1.), tensor(1)), ShapeError);
  EXPECT_THROW(metric.update(tensor({{1., 2.}}), tensor({0.5})), ShapeError);
  EXPECT_THROW(metric.update(tensor({{1., 2.}}), Tensor()), ShapeError);
}

TEST(Accuracy, OfOneOutputPerSampleComparesWithTheThreshold) {
  const Tensor logits = tensor({-1., 0., 0.5, 3.}), labels = tensor({0, 1, 1, 0});
  Accuracy metric;
  metric.update(logits, labels);  // 0 (right), 0 (wrong), 1 (right), 1 (wrong)
  EXPECT_EQ(metric.result(), 0.5);
  metric.update(tensor({{2.}, {-2.}}), tensor({{1.}, {1.}}));  // [B, 1]: right, wrong
  EXPECT_EQ(metric.result(), 0.5);
  metric.update(tensor({{2.}}), tensor({true}));
  EXPECT_EQ(metric.result(), 4.0 / 7);

  Accuracy strict({.threshold = 0.9});  // logit log 9 = 2.197
  strict.update(logits, labels);        // 0 (right), 0 (wrong), 0 (wrong), 1 (wrong)
  EXPECT_EQ(strict.result(), 0.25);

  Accuracy of_probabilities({.from_logits = false});
  of_probabilities.update(tensor({0.5, 0.6, 0.2}), tensor({1., 0.9, 0.4}));  // 0 (wrong), 1 (right), 0 (right)
  EXPECT_EQ(of_probabilities.result(), 2.0 / 3);
  EXPECT_THROW(of_probabilities.update(tensor({1.5}), tensor({1})), ValueError);
  EXPECT_THROW(metric.update(tensor({1.5}), tensor({2})), ValueError);
  EXPECT_THROW(metric.update(tensor({1.5}), tensor({-0.5})), ValueError);
  EXPECT_EQ(of_probabilities.result(), 2.0 / 3) << "a refused batch counts nothing";
  EXPECT_THROW(Accuracy({.threshold = 1.5}), ValueError);
}

TEST(Accuracy, TakesLabelsAsAColumnAndSoftRows) {
  Accuracy metric;
  metric.update(tensor({{1., 2.}, {3., 0.}}), tensor({{1}, {1}}));  // right, wrong
  EXPECT_EQ(metric.result(), 0.5);
  metric.update(tensor({{1., 2.}}), tensor({{0.3, 0.7}}));
  EXPECT_EQ(metric.result(), 2.0 / 3);
}

TEST(Accuracy, LeavesOutIgnoredLabels) {
  const Tensor output = tensor({{1., 2.}, {3., 0.}, {0., 5.}}), labels = tensor({-100, 0, 0});  // -, right, wrong
  Accuracy metric;
  metric.update(output, labels);
  EXPECT_EQ(metric.result(), 0.5);
  TopKAccuracy top({.k = 1});
  top.update(output, labels);
  EXPECT_EQ(top.result(), 0.5);
  ConfusionMatrix matrix(2);
  matrix.update(output, labels);
  EXPECT_EQ(matrix.count(0, 0), 1);
  EXPECT_EQ(matrix.count(0, 1), 1);
  EXPECT_EQ(matrix.total(), 2);
}

// Two images of 2 by 2 places; class k's plane of the output holds where it is answered.
TEST(Accuracy, CountsEveryPlaceOfAnImage) {
  const Tensor output = tensor({{{{0., 1.}, {0., 0.}}, {{1., 0.}, {0., 2.}}, {{0., 0.}, {3., 0.}}},
                                {{{1., 1.}, {1., 1.}}, {{0., 0.}, {0., 0.}}, {{0., 0.}, {0., 0.}}}});  // [2, 3, 2, 2]
  const Tensor labels = tensor({{{1, 0}, {2, 2}}, {{0, 0}, {1, 0}}});  // answers 1 0 / 2 1 and 0 0 / 0 0: 6 of 8
  Accuracy metric;
  metric.update(output, labels);
  EXPECT_EQ(metric.result(), 6.0 / 8);
  Accuracy one_hot_rows;
  one_hot_rows.update(output, output);
  EXPECT_EQ(one_hot_rows.result(), 1);
  TopKAccuracy top({.k = 2});
  top.update(output, labels);
  EXPECT_EQ(top.result(),
            7.0 / 8);  // place 2 of the last wrong one: class 1 of (1, 0, 0); class 2 of (0, 2, 0) is third

  Accuracy binary;                                                   // one plane, targets with and without its axis
  const Tensor plane = tensor({{{1., -1., 1.}}, {{-1., -1., 1.}}});  // [2, 1, 3]
  binary.update(plane, tensor({{1, 0, 0}, {0, 0, 1}}));
  EXPECT_EQ(binary.result(), 5.0 / 6);
  binary.update(plane, tensor({{{1, 0, 0}}, {{0, 0, 1}}}));
  EXPECT_EQ(binary.result(), 5.0 / 6);
  EXPECT_THROW(binary.update(plane, tensor({{1, 0}, {0, 1}})), ShapeError);
  EXPECT_THROW(metric.update(output, tensor({{{1, 0}}, {{0, 0}}})), ShapeError);
}

TEST(BinaryAccuracy, CountsEveryValue) {
  BinaryAccuracy metric;
  metric.update(tensor({{1., -1., 2.}, {-1., -1., 3.}}), tensor({{1, 0, 0}, {1, 0, 1}}));  // 4 of 6
  EXPECT_EQ(metric.result(), 4.0 / 6);
  metric.update(tensor({1., -1.}), tensor({{1}, {0}}));
  EXPECT_EQ(metric.result(), 6.0 / 8);
  EXPECT_THROW(metric.update(tensor({{1., -1.}}), tensor({1, 0})), ShapeError);
  EXPECT_THROW(metric.update(tensor({1.}), tensor({3})), ValueError);
  EXPECT_THROW(metric.update(tensor({1.}), Tensor()), ShapeError);
}

TEST(TopK, CountsPlacesFromTheLargest) {
  const Tensor output = tensor({{0.1, 0.4, 0.3, 0.2}, {0.1, 0.4, 0.3, 0.2}, {0.5, 0.5, 0.5, 0.5}});
  const Tensor labels = tensor({2, 0, 1});  // places 1, 3, and 1 among equals
  const auto of = [&](std::int64_t k) {
    TopKAccuracy metric({.k = k});
    metric.update(output, labels);
    return metric.result();
  };
  EXPECT_EQ(of(1), 0);
  EXPECT_EQ(of(2), 2.0 / 3);
  EXPECT_EQ(of(3), 2.0 / 3);
  EXPECT_EQ(of(4), 1);
  EXPECT_EQ(of(99), 1);
  EXPECT_EQ(TopKAccuracy({.k = 3}).name(), "top_3");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  TopKAccuracy metric({.k = 2});
  metric.update(tensor({{nan, 1., 2.}, {nan, 1., 2.}}), tensor({0, 1}));
  EXPECT_EQ(metric.result(), 0.5);
  EXPECT_THROW(metric.update(tensor({{1.}}), tensor({0})), ShapeError);
  EXPECT_THROW(metric.update(tensor({{1., 2.}}), tensor({2})), ValueError);
  EXPECT_THROW(TopKAccuracy({.k = 0}), ValueError);
}

// What a user may write without knowing the optional members.
struct Largest {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::string name() const { return "largest"; }
  void update(const Tensor& output, const Tensor& /*target*/) { value = output.to_vector<double>().front(); }
  double result() const { return value; }
  void reset() { *this = {}; }
};

TEST(Metric, KnowsItsDirectionWhereTheTypeSaysIt) {
  EXPECT_EQ(accuracy().higher_is_better(), std::optional<bool>(true));
  EXPECT_FALSE(accuracy().costly());
  const Metric plain = Largest{};
  EXPECT_FALSE(plain.higher_is_better().has_value());
  EXPECT_FALSE(plain.costly());
}

TEST(ExactSum, KeepsWhatAdditionRoundsAway) {
  ExactSum sum;
  for (const double value : {1e16, 1.0, 1.0, -1e16}) sum.add(value);
  EXPECT_EQ(sum.value(), 2);
  ExactSum tenths;
  for (int i = 0; i < 1'000'000; ++i) tenths.add(0.1);
  EXPECT_DOUBLE_EQ(tenths.value(), 100'000);
  tenths.add(std::numeric_limits<double>::infinity());
  tenths.add(1);
  EXPECT_EQ(tenths.value(), std::numeric_limits<double>::infinity());
  tenths.add(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(std::isnan(tenths.value()));
}

TEST(RunningMean, WeighsEachValue) {
  RunningMean mean;
  EXPECT_TRUE(std::isnan(mean.result()));
  mean.add(1, 3);
  mean.add(5, 1);
  EXPECT_EQ(mean.result(), 2);
}

// cat: 3 of which 2 found, 1 taken for dog; dog: 2 of which 1 found, 1 taken for cat; owl: never met.
ConfusionMatrix pets() {
  ConfusionMatrix matrix({"cat", "dog", "owl"});
  matrix.update(tensor({{9., 0., 0.}, {9., 0., 0.}, {0., 9., 0.}, {0., 9., 0.}, {9., 0., 0.}}),
                tensor({0, 0, 0, 1, 1}));
  return matrix;
}

TEST(ConfusionMatrix, ScoresByHand) {
  const ConfusionMatrix matrix = pets();
  EXPECT_EQ(matrix.count(0, 0), 2);
  EXPECT_EQ(matrix.count(0, 1), 1);
  EXPECT_EQ(matrix.count(1, 0), 1);
  EXPECT_EQ(matrix.total(), 5);
  EXPECT_EQ(matrix.accuracy(), 0.6);
  const auto scores = matrix.scores();
  EXPECT_EQ(scores[0].precision, 2.0 / 3);
  EXPECT_EQ(scores[0].recall, 2.0 / 3);
  EXPECT_EQ(scores[1].precision, 0.5);
  EXPECT_EQ(scores[1].f1, 0.5);
  EXPECT_EQ(scores[1].support, 2);
  EXPECT_EQ(scores[2].precision, 0);
  EXPECT_EQ(scores[2].support, 0);
  EXPECT_DOUBLE_EQ(matrix.macro_average().precision, (2.0 / 3 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(matrix.weighted_average().recall, (3 * (2.0 / 3) + 2 * 0.5) / 5);
}

TEST(ConfusionMatrix, Tables) {
  EXPECT_EQ(class_table(pets()),
            "                  precision     recall         f1    support\n"
            "             cat     0.6667     0.6667     0.6667          3\n"
            "             dog     0.5000     0.5000     0.5000          2\n"
            "             owl     0.0000     0.0000     0.0000          0\n"
            "\n"
            "        accuracy                           0.6000          5\n"
            "   macro average     0.3889     0.3889     0.3889          5\n"
            "weighted average     0.6000     0.6000     0.6000          5\n");
  EXPECT_EQ(count_table(pets()),
            "true \\ predicted   cat   dog   owl\n"
            "             cat     2     1     0\n"
            "             dog     1     1     0\n"
            "             owl     0     0     0\n");
}

TEST(ConfusionMatrix, NamesCannotCommandATerminalNorPushTheTableOffIt) {
  const std::string table = class_table(ConfusionMatrix({"\x1b[2J\nred", std::string(500, 'a')}));
  EXPECT_NE(table.find("\\x1b[2J\\x0ared"), std::string::npos) << table;
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_LT(table.size(), 1000);
  EXPECT_EQ(count_table(ConfusionMatrix({"\x1b[2J", "b"})).find('\x1b'), std::string::npos);
}

TEST(ConfusionMatrix, TakesOneOutputPerSampleForTwoClasses) {
  ConfusionMatrix matrix(2);
  matrix.update(tensor({-1., 2., 3.}), tensor({0, 0, 1}));
  matrix.update(tensor({{0.4}, {0.6}}), tensor({1, 1}), 0.5);
  EXPECT_EQ(matrix.count(0, 0), 1);
  EXPECT_EQ(matrix.count(0, 1), 1);
  EXPECT_EQ(matrix.count(1, 0), 1);
  EXPECT_EQ(matrix.count(1, 1), 2);
}

TEST(ConfusionMatrix, RefusesForeignLabels) {
  ConfusionMatrix matrix(2);
  EXPECT_EQ(matrix.class_names()[1], "1");
  EXPECT_THROW(matrix.add(2, 0), ValueError);
  EXPECT_THROW(matrix.update(tensor({{1., 2., 3.}}), tensor({0})), ShapeError);
  EXPECT_THROW(ConfusionMatrix(std::vector<std::string>{}), ValueError);
}

}  // namespace
}  // namespace percept
