// calibration_test.cpp - calibration error and log loss, worked by hand.
#include "percept/metrics/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/metrics/log_loss.h"

namespace percept {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Confidences 0.9, 0.8 (one right) in (0.75, 1], 0.6, 0.5 (both right) in (0.5, 0.75] and (0.25, 0.5].
CalibrationError four() {
  CalibrationError error({.bins = 4, .from_logits = false});
  error.update(tensor({{0.9, 0.1}, {0.2, 0.8}, {0.6, 0.4}, {0.5, 0.5}}, DType::f64), tensor({0, 0, 0, 0}));
  return error;
}

TEST(CalibrationError, ByHand) {
  const CalibrationError error = four();
  EXPECT_DOUBLE_EQ(error.result(), (2 * std::abs(0.5 - 0.85) + std::abs(1 - 0.6) + std::abs(1 - 0.5)) / 4);
  EXPECT_DOUBLE_EQ(error.largest_error(), 0.5);
  const auto bins = error.bins();
  ASSERT_EQ(bins.size(), 4u);
  EXPECT_EQ(bins[0].count, 0);
  EXPECT_TRUE(std::isnan(bins[0].accuracy));
  EXPECT_EQ(bins[1].count, 1) << "an upper end belongs to its bin";
  EXPECT_EQ(bins[3].count, 2);
  EXPECT_DOUBLE_EQ(bins[3].confidence, 0.85);
  EXPECT_EQ(bins[3].accuracy, 0.5);
  EXPECT_EQ(calibration_table(error),
            "        from          to     samples  confidence    accuracy\n"
            "      0.2500      0.5000           1      0.5000      1.0000\n"
            "      0.5000      0.7500           1      0.6000      1.0000\n"
            "      0.7500      1.0000           2      0.8500      0.5000\n"
            "expected calibration error 0.4000, largest 0.5000\n");
}

TEST(CalibrationError, OfOneOutputTakesTheMoreProbableClass) {
  CalibrationError error({.bins = 2, .from_logits = false});
  error.update(tensor({0.25, 0.75}, DType::f64), tensor({0, 0}));  // 0.75 right, 0.75 wrong
  EXPECT_DOUBLE_EQ(error.result(), 0.25);
  CalibrationError of_logits({.bins = 1});
  of_logits.update(tensor({0., 0.}, DType::f64), tensor({0, 1}));
  EXPECT_EQ(of_logits.result(), 0);
}

TEST(CalibrationError, EveryEndIsInTheBinBelow) {
  for (const std::int64_t count : {1, 3, 7, 10, 15, 49, 1000}) {
    CalibrationError error({.bins = count, .from_logits = false});
    for (std::int64_t i = 0; i < count; ++i) {
      const double end = static_cast<double>(i + 1) / static_cast<double>(count);
      if (end > 0.5) error.update(full({1}, end, DType::f64), tensor({1}));
    }
    for (const CalibrationBin& bin : error.bins()) EXPECT_EQ(bin.count, bin.high > 0.5 ? 1 : 0) << count;
  }
}

TEST(CalibrationError, EmptyAndNaN) {
  CalibrationError error;
  EXPECT_TRUE(std::isnan(error.result()));
  EXPECT_EQ(error.bins().size(), 15u);
  error.update(tensor({{1., 2.}, {kNaN, 1.}}), tensor({1, 0}));
  EXPECT_TRUE(std::isnan(error.result()));
  error.reset();
  error.update(tensor({{1., 2.}}), tensor({1}));
  EXPECT_NEAR(error.result(), 1 - 1 / (1 + std::exp(-1)), 1e-15);
  EXPECT_THROW(CalibrationError({.bins = 0}), ValueError);
  EXPECT_EQ(Metric(error).higher_is_better(), std::optional<bool>(false));
}

double loss(LogLoss::Options options, const Tensor& output, const Tensor& target) {
  LogLoss metric(options);
  metric.update(output, target);
  return metric.result();
}

TEST(LogLoss, ByHand) {
  const Tensor p = tensor({{0.9, 0.1}, {0.2, 0.8}}, DType::f64);
  EXPECT_DOUBLE_EQ(loss({.from_logits = false}, p, tensor({0, 0})), -(std::log(0.9) + std::log(0.2)) / 2);
  EXPECT_DOUBLE_EQ(loss({.from_logits = false}, p, tensor({{0.75, 0.25}, {0., 1.}})),
                   -(0.75 * std::log(0.9) + 0.25 * std::log(0.1) + std::log(0.8)) / 2);
  EXPECT_DOUBLE_EQ(loss({.from_logits = false}, tensor({0.75}, DType::f64), tensor({1})), -std::log(0.75));
  EXPECT_DOUBLE_EQ(loss({}, tensor({0.}), tensor({0.5})), std::log(2.0));
  EXPECT_DOUBLE_EQ(loss({}, tensor({{1., 1., 1., 1.}}), tensor({3})), std::log(4.0));
}

TEST(LogLoss, PerplexityIsItsExponential) {
  Perplexity metric;
  EXPECT_TRUE(std::isnan(metric.result()));
  metric.update(zeros({2, 4, 3}), zeros({2, 3}, DType::i64));
  EXPECT_DOUBLE_EQ(metric.result(), 4);
  EXPECT_EQ(Metric(metric).higher_is_better(), std::optional<bool>(false));
}

TEST(LogLoss, StaysFiniteForExtremeOutputs) {
  EXPECT_DOUBLE_EQ(loss({}, tensor({1000.}), tensor({0})), 1000);
  EXPECT_DOUBLE_EQ(loss({}, tensor({{1000., 0.}}), tensor({1})), 1000);
  EXPECT_EQ(loss({}, tensor({{1000., 0.}}), tensor({0})), 0);
  EXPECT_DOUBLE_EQ(loss({.from_logits = false}, tensor({{1., 0.}}), tensor({1})), 52 * std::log(2.0));
  EXPECT_TRUE(std::isnan(loss({}, tensor({{kNaN, 0.}}), tensor({1}))));
  EXPECT_TRUE(std::isnan(loss({.from_logits = false}, tensor({{kNaN, 0.}}), tensor({0}))));
  EXPECT_TRUE(std::isnan(LogLoss().result()));
  EXPECT_THROW(loss({.from_logits = false}, tensor({{1.5, 0.}}), tensor({1})), ValueError);
}

}  // namespace
}  // namespace percept
