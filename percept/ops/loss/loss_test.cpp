// loss_test.cpp - losses and powers at the ends of their ranges: PyTorch 2.13's numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "percept/autograd/autograd.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

using Numbers = std::vector<double>;

template <class F>
Numbers slope(F f, const Tensor& x) {
  const Function total = [&](const std::vector<Tensor>& in) { return sum(cast(f(in[0]), DType::f64)); };
  return grad(total)({x})[0].template to_vector<double>();
}

TEST(Losses, OfSureLogitsIsSmallAndNotZero) {
  const Tensor loss = binary_cross_entropy_with_logits(tensor({16., 20.}), tensor({1., 1.}), {}, "none");
  EXPECT_NEAR(loss.to_vector<double>()[0], 1.1253517e-7, 1e-13);
  EXPECT_NEAR(loss.to_vector<double>()[1], 2.0611537e-9, 1e-15);
}

TEST(Losses, HuberWithoutAnEndIsTheSquare) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(slope([&](const Tensor& x) { return huber_loss(x, zeros({2}), infinite, "sum"); }, tensor({1., 3.})),
            (Numbers{1, 3}));
}

// The anchor is the positive: the distance is that of the 1e-6 alone, whose tenth power f32 does not hold.
TEST(Losses, TripletGradientsAreFiniteWhereDistancesVanish) {
  const Tensor same = tensor({{1., 2., 3.}}), far = tensor({{2., 2., 3.}});
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16})
    for (const double p : {2., 3., 10., 20.}) {
      const auto loss = [&](const Tensor& x) {
        return triplet_margin_loss(x, cast(same, dtype), cast(far, dtype), 5, p, "mean");
      };
      for (const double each : slope(loss, cast(same, dtype))) EXPECT_TRUE(std::isfinite(each)) << p;
    }
}

TEST(Powers, OfZeroToTheZeroHaveNoSlope) {
  EXPECT_EQ(slope([](const Tensor& x) { return pow(x, 0.0); }, tensor({0., 2.})), (Numbers{0, 0}));
  const Tensor exponents = tensor({0., 1., 2.});
  EXPECT_EQ(slope([&](const Tensor& x) { return pow(x, exponents); }, tensor({0., 0., 3.})), (Numbers{0, 1, 6}));
}

TEST(Means, OfHalvesDoNotOverflow) {
  EXPECT_EQ(mean(full({1000}, 300, DType::f16)).item(), 300);
  EXPECT_EQ(mean(full({50'000'000}, 2, DType::f16)).item(), 2);
  EXPECT_EQ(mean(full({4}, 1, DType::bf16)).dtype(), DType::bf16);
}

TEST(Sums, OfWholeNumbersAreI64) {
  const Tensor x = tensor({2147483647, 1}, DType::i32);
  EXPECT_EQ(sum(x).dtype(), DType::i64);
  EXPECT_EQ(sum(x).item(), 2147483648.0);
  EXPECT_EQ(sum(tensor({200, 200}, DType::u8)).item(), 400);
  EXPECT_EQ(sum(tensor({1, 0, 1}, DType::boolean)).item(), 2);
}

}  // namespace
}  // namespace percept
