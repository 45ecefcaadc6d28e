// lr_find_test.cpp - the range test: what it finds on a problem whose limits are known, and that nothing stays.
#include "percept/train/lr_find.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "percept/base/error.h"
#include "percept/optim/optimizers/adam.h"
#include "percept/train/_fit_test.h"

namespace percept {
namespace {

using namespace fit_test;

// loss = 50 (w - 3)^2 and some noise for x = 10: SGD diverges above a rate of 2 / 100.
TEST(LrFind, FindsTheLimitOfAParabola) {
  Linear model{{.in_features = 1, .out_features = 1, .bias = false}};
  assign(model.weight, zeros({1, 1}));
  const TensorDataset data(full({64, 1}, 10), 30 + normal({64, 1}, 0, 1, {1, 2}));
  const FitOptions options{.loss = [](const Tensor& x, const Tensor& y) { return 0.5 * mean(square(x - y)); },
                           .optimizer = SGD{{.learning_rate = 1}},
                           .batch_size = 8};
  const LrFindResult found =
      lr_find(model, data, options, {.first_rate = 1e-5, .last_rate = 1, .steps = 101, .smoothing = 0});
  EXPECT_EQ(found.points[0].rate, 1e-5);
  EXPECT_NEAR(found.points[0].loss, 450, 45);
  EXPECT_NEAR(found.points[50].rate, std::sqrt(1e-5), 1e-9);  // equal ratios
  EXPECT_LT(found.points.size(), 100u);                       // stopped where it grew four times above the best
  EXPECT_GT(found.points.back().rate, 0.02);
  EXPECT_LT(found.steepest, 0.02);
  EXPECT_GT(found.steepest, 1e-4);
  EXPECT_LT(found.minimum_tenth, 0.02 / 5);
  EXPECT_GT(found.minimum_tenth, 1e-4);
  for (const auto& point : found.points) EXPECT_EQ(point.smoothed, point.loss);
  // All rates where nothing stops it: the loss overflows at last, and the point of infinity is left out.
  const LrFindResult all = lr_find(model, data, options, {.first_rate = 1e-5, .last_rate = 1e6, .stop_factor = 0});
  EXPECT_GT(all.points.back().loss, 1e30);
  for (const auto& point : all.points) EXPECT_TRUE(std::isfinite(point.loss));
}

TEST(LrFind, LeavesEverythingAsItWas) {
  const auto after = [](bool finds) {
    Sequential model = small_model(0.3);
    build(model, {2});
    sum(model(ones({1, 2}))).backward();
    const std::vector<float> gradient = parameters(model)[0]->grad().to_vector<float>(), before = weights(model);
    FitOptions options = usual();
    options.optimizer = Adam{{.learning_rate = 0.02}};
    if (finds) {
      options.schedule.reset();
      EXPECT_GT(lr_find(model, quadrants(64), options, {.steps = 30}).points.size(), 20u);
      EXPECT_EQ(weights(model), before);
      EXPECT_EQ(parameters(model)[0]->grad().to_vector<float>(), gradient);
      EXPECT_EQ(options.optimizer->learning_rate(), 0.02);
      EXPECT_TRUE(options.optimizer->slots().empty());
    }
    fit(model, quadrants(100), options);
    auto all = weights(model);
    all.push_back(static_cast<float>(uniform({}, 0, 1).item()));  // the program's generator
    return all;
  };
  EXPECT_EQ(after(true), after(false));
}

TEST(LrFind, BuildsAModelAndGivesItBackAfterAFailure) {
  Sequential model = small_model(), other = small_model();
  FitOptions options = usual();
  options.loss = [](const Tensor&, const Tensor&) -> Tensor { throw ValueError("no loss today", "wait"); };
  EXPECT_THROW(lr_find(model, quadrants(64), options), ValueError);
  build(other, {2});
  EXPECT_EQ(weights(model), weights(other));
}

TEST(LrFind, SmoothsWithoutABiasAtTheStart) {
  Sequential model = small_model();
  const LrFindResult found = lr_find(model, quadrants(64), usual(), {.last_rate = 1e-6, .steps = 12, .smoothing = 0.9});
  ASSERT_EQ(found.points.size(), 12u);
  EXPECT_NEAR(found.points[0].smoothed, found.points[0].loss, 1e-12);
  const double a = found.points[0].loss, b = found.points[1].loss;
  EXPECT_NEAR(found.points[1].smoothed, (0.9 * a + b) / 1.9, 1e-12);
  EXPECT_TRUE(std::isfinite(found.steepest));
}

// The loss of a model that is not trained is what it was: ten points, of which none is left out at the end.
TEST(LrFind, SaysNothingWhereTheLossNeverFalls) {
  Linear model{{.in_features = 1, .out_features = 1, .bias = false}};
  const auto found = [&](double slope) {
    std::int64_t calls = 0;
    const TensorDataset data(ones({64, 1}), zeros({64, 1}));
    const FitOptions options{
        .loss = [&](const Tensor& x,
                    const Tensor&) { return 0 * mean(x) + (100 + slope * static_cast<double>(calls++)); },
        .optimizer = SGD{{.learning_rate = 1}},
        .batch_size = 8,
        .capture = false};
    return lr_find(model, data, options, {.first_rate = 1e-5, .last_rate = 1e-1, .steps = 10, .smoothing = 0});
  };
  EXPECT_TRUE(std::isnan(found(1).steepest));
  EXPECT_TRUE(std::isnan(found(0).steepest));
  const LrFindResult falls = found(-1);
  ASSERT_EQ(falls.points.size(), 10u);
  EXPECT_GT(falls.steepest, 0);
  EXPECT_DOUBLE_EQ(falls.minimum_tenth, falls.points[9].rate / 10);  // the last point counts
}

TEST(LrFind, Refusals) {
  Sequential model = small_model();
  const auto refused = [&](const LrFindOptions& sweep) { lr_find(model, quadrants(64), usual(), sweep); };
  EXPECT_THROW(refused({.first_rate = 0}), ValueError);
  EXPECT_THROW(refused({.first_rate = 1, .last_rate = 1}), ValueError);
  EXPECT_THROW(refused({.steps = 1}), ValueError);
  EXPECT_THROW(refused({.smoothing = 1}), ValueError);
  EXPECT_THROW(refused({.stop_factor = 0.5}), ValueError);
}

}  // namespace
}  // namespace percept
