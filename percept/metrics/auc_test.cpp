// auc_test.cpp - areas worked by hand: ties, one class only, NaN, order and batches.
#include "percept/metrics/auc.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

double area(AUC::Options options, const Tensor& output, const Tensor& target) {
  AUC metric(options);
  metric.update(output, target);
  return metric.result();
}

TEST(AUC, CountsPairs) {
  const Tensor scores = tensor({0.1, 0.4, 0.35, 0.8}), labels = tensor({0, 0, 1, 1});
  EXPECT_EQ(area({}, scores, labels), 0.75);  // 3 of 4 pairs
  // 0.8: precision 1, recall 1/2; 0.35: precision 2/3, recall 1
  EXPECT_DOUBLE_EQ(area({.curve = Curve::pr}, scores, labels), 0.5 * 1 + 0.5 * (2.0 / 3));
  EXPECT_EQ(area({}, tensor({-3., 5.}), tensor({0, 1})), 1);
  EXPECT_EQ(area({}, tensor({5., -3.}), tensor({0, 1})), 0);
  EXPECT_EQ(area({.curve = Curve::pr}, tensor({5., -3.}), tensor({0, 1})), 0.5);
}

TEST(AUC, TakesEqualScoresTogether) {
  EXPECT_EQ(area({}, tensor({1., 1., 1., 1.}), tensor({0, 1, 1, 0})), 0.5);
  EXPECT_EQ(area({.curve = Curve::pr}, tensor({1., 1., 1., 1.}), tensor({0, 1, 1, 0})), 0.5);
  // pairs: (2 > 1), (2 > 0), (1 = 1) one half, (1 > 0): 3.5 of 4
  EXPECT_EQ(area({}, tensor({2., 1., 1., 0.}), tensor({1, 1, 0, 0})), 0.875);
  // 2: 1/2 at precision 1; 1: 1/2 at precision 2/3
  EXPECT_DOUBLE_EQ(area({.curve = Curve::pr}, tensor({2., 1., 1., 0.}), tensor({1, 1, 0, 0})), 0.5 + 0.5 * 2 / 3);
}

TEST(AUC, IsNotANumberWhereThereIsNoArea) {
  EXPECT_TRUE(std::isnan(AUC().result()));
  EXPECT_TRUE(std::isnan(area({}, tensor({1., 2.}), tensor({1, 1}))));
  EXPECT_TRUE(std::isnan(area({}, tensor({1., 2.}), tensor({0, 0}))));
  EXPECT_TRUE(std::isnan(area({.curve = Curve::pr}, tensor({1., 2.}), tensor({0, 0}))));
  EXPECT_EQ(area({.curve = Curve::pr}, tensor({1., 2.}), tensor({1, 1})), 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(area({}, tensor({1., nan}), tensor({0, 1}))));
  EXPECT_TRUE(std::isnan(area({}, tensor({{1., 2.}, {3., nan}, {0., 1.}}), tensor({0, 1, 1}))));
}

TEST(AUC, OfClassesIsTheMeanOfOneAgainstTheRest) {
  const Tensor p = tensor({{0.8, 0.1, 0.1}, {0.2, 0.7, 0.1}, {0.5, 0.3, 0.2}, {0.3, 0.3, 0.4}}, DType::f64);
  const Tensor labels = tensor({0, 1, 1, 0});
  AUC metric({.from_logits = false});
  metric.update(p, labels);
  const auto areas = metric.per_class();
  EXPECT_EQ(areas[0], 0.75);   // 0.8, 0.3 against 0.2, 0.5
  EXPECT_EQ(areas[1], 0.875);  // 0.7, 0.3 against 0.1, 0.3
  EXPECT_TRUE(std::isnan(areas[2]));
  EXPECT_EQ(metric.result(), 0.8125) << "a class that never occurs is left out";
  EXPECT_THROW(metric.update(tensor({{2., -1., 0.}}), tensor({0})), ValueError);
  EXPECT_EQ(metric.result(), 0.8125);
}

TEST(AUC, IsTheSameForAnyCutAndOrder) {
  const Tensor all = tensor({0.5, 0.1, 0.9, 0.5, 0.3}), labels = tensor({1, 0, 1, 0, 1});
  for (const Curve curve : {Curve::roc, Curve::pr}) {
    AUC pieces({.curve = curve});
    pieces.update(tensor({{0.3}}), tensor({1}));
    pieces.update(zeros({0}), zeros({0}, DType::i64));
    pieces.update(tensor({0.5, 0.9}), tensor({0, 1}));
    pieces.update(tensor({0.1, 0.5}), tensor({0., 1.}));
    EXPECT_EQ(pieces.result(), area({.curve = curve}, all, labels));
    pieces.reset();
    EXPECT_TRUE(std::isnan(pieces.result()));
    pieces.update(tensor({{1., 2., 3.}}), tensor({0}));
    EXPECT_THROW(pieces.update(tensor({1.}), tensor({0})), ShapeError);
  }
  EXPECT_TRUE(Metric(AUC()).costly());
  EXPECT_EQ(AUC({.curve = Curve::pr}).name(), "pr_auc");
}

}  // namespace
}  // namespace percept
