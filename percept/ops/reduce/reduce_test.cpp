// reduce_test.cpp - gradients of reductions and scans where formulas divide by zero: PyTorch 2.13's numbers.
#include <gtest/gtest.h>

#include <cmath>

#include "percept/autograd/autograd.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

using Numbers = std::vector<double>;
constexpr double kInf = std::numeric_limits<double>::infinity();

template <class F>
Numbers slope(F f, const Numbers& x) {
  const Function total = [&](const std::vector<Tensor>& in) { return sum(f(in[0])); };
  return grad(total)({from_vector(x, {static_cast<std::int64_t>(x.size())})})[0].template to_vector<double>();
}

TEST(Norm, HasGradientZeroAtZero) {
  for (const double p : {0.5, 1.0, 2.0, 3.0, 0.0})
    EXPECT_EQ(slope([&](const Tensor& x) { return norm(x, p); }, {0, 0}), (Numbers{0, 0})) << p;
  EXPECT_EQ(slope([](const Tensor& x) { return norm(x, 0.5); }, {0, 4}), (Numbers{0, 1}));
  EXPECT_EQ(slope([](const Tensor& x) { return norm(x, -1); }, {0, 2}), (Numbers{0, 0}));
  EXPECT_EQ(slope([](const Tensor& x) { return norm(x, kInf); }, {2, -2}), (Numbers{0.5, -0.5}));
  EXPECT_EQ(slope([](const Tensor& x) { return std(x); }, {3, 3, 3}), (Numbers{0, 0, 0}));
}

TEST(Variance, OfTooFewNumbersIsNoNumberOrInfiniteNeverNegative) {
  EXPECT_TRUE(std::isnan(var(tensor({3.})).item()));
  EXPECT_EQ(var(tensor({1., 2.}), {}, 2).item(), kInf);
  EXPECT_EQ(var(tensor({1., 2.}), {}, 5).item(), kInf);
  EXPECT_EQ(var(tensor({1., 2.}), {}, -2).item(), 0.125);
}

TEST(LogSumExp, IsStableAndHasNoNaNInItsGradient) {
  auto f = [](const Tensor& x) { return logsumexp(x); };
  EXPECT_EQ(slope(f, {-kInf, -kInf}), (Numbers{0, 0}));
  EXPECT_EQ(slope(f, {-kInf, 5}), (Numbers{0, 1}));
  EXPECT_EQ(slope(f, {1e4, 1e4}), (Numbers{0.5, 0.5}));
  const Tensor rows = from_vector(Numbers{-kInf, -kInf, 0, 0}, {2, 2});
  EXPECT_EQ(logsumexp(rows, {.axes = {1}}).to_vector<double>(), (Numbers{-kInf, std::log(2.0)}));
  EXPECT_TRUE(std::isnan(logsumexp(tensor({1., std::nan("")})).item()));
}

TEST(Products, HaveRightGradientsAtZeros) {
  auto product = [](const Tensor& x) { return prod(x); };
  EXPECT_EQ(slope(product, {0, 2, 3}), (Numbers{6, 0, 0}));
  EXPECT_EQ(slope(product, {0, 2, 0}), (Numbers{0, 0, 0}));
  EXPECT_EQ(slope(product, {5}), (Numbers{1}));
  auto running = [](const Tensor& x) { return cumprod(x, 0); };  // y = x0, x0 x1, x0 x1 x2
  EXPECT_EQ(slope(running, {2, 0, 3}), (Numbers{1, 8, 0}));
  EXPECT_EQ(slope(running, {0, 0, 3}), (Numbers{1, 0, 0}));
}

TEST(Sums, OfSmallIntegersAreI64) {
  const Tensor bytes = cast(tensor({200, 100, 3}), DType::u8);
  EXPECT_EQ(cumsum(bytes, 0).to_vector<double>(), (Numbers{200, 300, 303}));
  EXPECT_EQ(cumsum(bytes, 0).dtype(), DType::i64);
  EXPECT_EQ(prod(bytes).item(), 60000);
  EXPECT_EQ(cumprod(tensor({true, false}), 0).to_vector<double>(), (Numbers{1, 0}));
}

TEST(Scans, SplitAcrossPiecesAsTheReferenceDoes) {
  // long lines, many lines, and lines beside one another, more than a piece of the kernel
  for (const Shape& shape : {Shape{3, 20000}, Shape{20000, 3}, Shape{7, 300, 130}}) {
    const Tensor x = uniform(shape, -1, 1, {2, 2});
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const Tensor wanted = cumsum(cast(x, DType::f64), axis);
      EXPECT_LT(max(abs(cast(cumsum(x, axis), DType::f64) - wanted)).item(), 1e-5) << str(shape) << " " << axis;
    }
  }
}

TEST(Sort, OrdersLongLinesAsTopKDoes) {
  const Tensor x = round(uniform({50, 1000}, -30, 30, {3, 3}));  // many equal ones
  const Sorted all = sort(x, 1, true), few = top_k(x, 17);
  EXPECT_EQ(few.values.to_vector<float>(), slice(all.values, 1, 0, 17).to_vector<float>());
  EXPECT_EQ(few.indices.to_vector<double>(), slice(all.indices, 1, 0, 17).to_vector<double>());
  EXPECT_EQ(gather(x, 1, all.indices).to_vector<float>(), all.values.to_vector<float>());
  const Sorted across = sort(transpose(x), 0, true);
  EXPECT_EQ(transpose(across.indices).to_vector<double>(), all.indices.to_vector<double>());
}

}  // namespace
}  // namespace percept
