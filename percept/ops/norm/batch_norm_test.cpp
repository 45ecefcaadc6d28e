// batch_norm_test.cpp - what samples cannot show: accuracy far from zero, and that both forms agree.
#include <gtest/gtest.h>

#include <cmath>

#include "percept/autograd/autograd.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

TEST(BatchNorm, AMeanFarFromZeroCostsNoDigits) {
  const Tensor x = tensor({{10000.}, {10001.}, {10002.}, {10003.}});  // f32: mean and differences are exact
  const BatchNormResult r = batch_norm(x, ones({1}), zeros({1}), 0);
  EXPECT_EQ(r.mean.item(), 10001.5);
  EXPECT_EQ(r.var.item(), 1.25);
  const std::vector<float> y = r.y.to_vector<float>();
  EXPECT_NEAR(y[0], -1.5 / std::sqrt(1.25), 1e-6);
  EXPECT_NEAR(y[3], 1.5 / std::sqrt(1.25), 1e-6);
}

TEST(BatchNorm, EqualsNormalizeWithItsOwnStatistics) {
  const Tensor x = cast(reshape(sin(arange(0, 48)), {2, 3, 4, 2}), DType::f64);
  const Tensor weight = tensor({1., -2., 0.5}, DType::f64), bias = tensor({0., 1., 2.}, DType::f64);
  const BatchNormResult r = batch_norm(x, weight, bias, 1e-5);
  const std::vector<double> a = r.y.to_vector<double>();
  const std::vector<double> b = normalize(x, weight, bias, r.mean, r.var, 1e-5).to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
}

TEST(BatchNorm, GradientsOfTheStatisticsFlow) {
  const Tensor x = tensor({{1., 2.}, {3., 5.}, {-1., 0.}}, DType::f64);
  const Function f = [](const std::vector<Tensor>& in) {
    const BatchNormResult r = batch_norm(in[0], in[1], in[2], 1e-3);
    return sum(pow(r.y, 3)) + sum(square(r.mean)) + sum(r.mean * r.var);
  };
  const GradientCheck check = check_gradients(f, {x, tensor({1., 2.}, DType::f64), tensor({0.5, 0.}, DType::f64)});
  EXPECT_LT(check.worst, 1e-7) << check.where;
}

}  // namespace
}  // namespace percept
