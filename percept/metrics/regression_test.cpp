// regression_test.cpp - errors of numbers, worked by hand; large means, constants, NaN, shapes.
#include "percept/metrics/regression.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

template <class M>
double of(M metric, const Tensor& output, const Tensor& target) {
  metric.update(output, target);
  return metric.result();
}

TEST(Regression, ByHand) {
  const Tensor output = tensor({2.5, 0., 2., 8.}), target = tensor({3., -0.5, 2., 7.});
  EXPECT_EQ(of(MeanSquaredError(), output, target), 1.5 / 4);
  EXPECT_EQ(of(RootMeanSquaredError(), output, target), std::sqrt(1.5 / 4));
  EXPECT_EQ(of(MeanAbsoluteError(), output, target), 0.5);
  EXPECT_DOUBLE_EQ(of(R2(), output, target), 1 - 1.5 / 29.1875);  // mean 2.875
  EXPECT_EQ(of(MeanSquaredError(), tensor({{1.}, {2.}}), tensor({2, 2})), 0.5) << "[B, 1] with integers [B]";
}

TEST(Regression, TellsErrorsInTheUnitAskedFor) {
  const Tensor output = tensor({1., 2.}), target = tensor({0., 4.});  // errors 1 and -2, times 3
  EXPECT_EQ(of(MeanAbsoluteError({.scale = 3}), output, target), 4.5);
  EXPECT_EQ(of(MeanSquaredError({.scale = 3}), output, target), 22.5);
  EXPECT_EQ(of(RootMeanSquaredError({.scale = 3}), output, target), std::sqrt(22.5));
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity()})
    EXPECT_THROW(MeanSquaredError({.scale = bad}), ValueError) << bad;
}

TEST(R2, IsTheMeanOverOutputs) {
  R2 metric;
  metric.update(tensor({{1., 0.}, {2., 0.}}), tensor({{1., 1.}, {2., 3.}}));
  metric.update(tensor({{3., 0.}}), tensor({{3., 2.}}));
  const auto scores = metric.per_output();
  EXPECT_EQ(scores[0], 1);
  EXPECT_DOUBLE_EQ(scores[1], 1 - 14.0 / 2);
  EXPECT_DOUBLE_EQ(metric.result(), -2.5);
  EXPECT_THROW(metric.update(tensor({1.}), tensor({1.})), ShapeError);
}

TEST(R2, LosesNothingToALargeMean) {
  // targets 1e9 + (0, 1, 2, 3), all predictions off by 0.5: 1 - 1 / 5
  const Tensor target = tensor({1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3}, DType::f64);
  const Tensor output = tensor({1e9 + 0.5, 1e9 + 1.5, 1e9 + 2.5, 1e9 + 3.5}, DType::f64);
  EXPECT_DOUBLE_EQ(of(R2(), output, target), 0.8);
}

TEST(R2, OfAConstantTarget) {
  EXPECT_EQ(of(R2(), tensor({0.1, 0.1, 0.1}), tensor({0.1, 0.1, 0.1})), 1);
  EXPECT_EQ(of(R2(), tensor({0.1, 0.2, 0.1}), tensor({0.1, 0.1, 0.1})), 0);
  EXPECT_TRUE(std::isnan(of(R2(), tensor({1.}), tensor({1.}))));
  EXPECT_TRUE(std::isnan(R2().result()));
}

TEST(Regression, EmptyNaNAndShapes) {
  MeanSquaredError metric;
  EXPECT_TRUE(std::isnan(metric.result()));
  metric.update(zeros({0, 2}), zeros({0, 2}));
  EXPECT_TRUE(std::isnan(metric.result()));
  metric.update(tensor({1.}), tensor({3.}));
  EXPECT_EQ(metric.result(), 4);
  metric.reset();
  EXPECT_TRUE(std::isnan(metric.result()));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor with_nan = tensor({1., nan}), target = tensor({1., 2.});
  EXPECT_TRUE(std::isnan(of(MeanAbsoluteError(), with_nan, target)));
  EXPECT_TRUE(std::isnan(of(R2(), with_nan, target)));
  EXPECT_TRUE(std::isnan(of(R2(), target, with_nan)));
  EXPECT_THROW(of(MeanSquaredError(), tensor({{1.}, {2.}}), tensor({1., 2., 3.})), ShapeError);
  EXPECT_THROW(of(MeanSquaredError(), tensor({{1., 2.}}), tensor({1., 2.})), ShapeError) << "nothing is broadcast";
  EXPECT_THROW(of(R2(), tensor({1.}), Tensor()), ShapeError);
  EXPECT_THROW(of(R2(), tensor(1.), tensor(1.)), ShapeError);
  EXPECT_EQ(Metric(R2()).higher_is_better(), std::optional<bool>(true));
  EXPECT_EQ(Metric(MeanAbsoluteError()).higher_is_better(), std::optional<bool>(false));
}

}  // namespace
}  // namespace percept
