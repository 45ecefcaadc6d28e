// custom_gradient_test.cpp - gradients of a user's own, and what is said where they do not fit.
#include <gtest/gtest.h>

#include "percept/autograd/autograd.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"
#include "tests/refusal.h"

namespace percept {
namespace {

using Tensors = std::vector<Tensor>;

Tensor own_exp(const Tensor& x) {
  return custom_gradient(
      {x}, [](const Tensors& in) { return exp(in[0]); },
      [](const Tensors&, const Tensor& y, const Tensor& g) { return Tensors{g * y}; });
}

// a b, told in the given way.
Tensor own_product(const Tensor& a, const Tensor& b, CustomBackward backward) {
  return custom_gradient({a, b}, [](const Tensors& in) { return in[0] * in[1]; }, std::move(backward));
}

TEST(CustomGradient, IsWhatBackwardSays) {
  const Tensor x = tensor({1., 2.}, DType::f64);
  const Function reversed = [](const Tensors& in) {
    return sum(3 * custom_gradient(
                       {in[0]}, [](const Tensors& t) { return t[0]; },
                       [](const Tensors&, const Tensor&, const Tensor& g) { return Tensors{-2 * g}; }));
  };
  EXPECT_EQ(grad(reversed)({x})[0].to_vector<double>(), (std::vector<double>{-6, -6}));
  EXPECT_LE(check_gradients([](const Tensors& in) { return sum(own_exp(in[0])); }, {x}).worst, 1e-9);
}

TEST(CustomGradient, CanBeDifferentiatedAgain) {
  const Function first = [](const Tensors& in) {
    return sum(grad([](const Tensors& t) { return sum(own_exp(t[0])); })(in)[0]);
  };
  const Tensor x = tensor({0., 1., -2.}, DType::f64);
  EXPECT_EQ(grad(first)({x})[0].to_vector<double>(), exp(x).to_vector<double>());
}

TEST(CustomGradient, RunsForwardUnrecorded) {
  bool recorded = true;
  const Tensor x = variable(tensor({1.}));
  const Tensor y = custom_gradient(
      {x},
      [&](const Tensors& in) {
        recorded = (in[0] * 2).requires_grad();
        return in[0] * 2;
      },
      [](const Tensors&, const Tensor&, const Tensor& g) { return Tensors{g}; });
  EXPECT_FALSE(recorded);
  EXPECT_TRUE(y.requires_grad());
  const NoGrad off;
  EXPECT_FALSE(own_exp(x).requires_grad());
}

TEST(CustomGradient, MayLeaveInputsWithoutOne) {
  const Tensor a = tensor({2.}, DType::f64), index = tensor({3});
  const Function f = [&](const Tensors& in) {
    return sum(custom_gradient(
        {in[0], index}, [](const Tensors& t) { return t[0] * cast(t[1], DType::f64); },
        [](const Tensors& t, const Tensor&, const Tensor& g) {
          return Tensors{g * cast(t[1], DType::f64), Tensor()};
        }));
  };
  EXPECT_EQ(grad(f)({a})[0].item(), 3);
}

TEST(CustomGradient, TakesMoreInputsThanBits) {
  Tensors many(40, tensor({1.}, DType::f64));
  const Function f = [](const Tensors& in) {
    return sum(custom_gradient(
        in,
        [](const Tensors& t) {
          Tensor total = t[0];
          for (std::size_t i = 1; i < t.size(); ++i) total = total * t[i];
          return total;
        },
        [](const Tensors& t, const Tensor& y, const Tensor& g) {
          Tensors grads;
          for (const Tensor& x : t) grads.push_back(g * y / x);
          return grads;
        }));
  };
  many[39] = tensor({4.}, DType::f64);
  const Tensors grads = grad(f)(many);
  EXPECT_EQ(grads[0].item(), 4);
  EXPECT_EQ(grads[39].item(), 1);
}

TEST(CustomGradient, SaysWhatDoesNotFit) {
  const Tensor a = variable(tensor({1., 2.})), b = variable(tensor({3., 4.}));
  auto with = [&](CustomBackward backward) {
    return refusal([&] { sum(own_product(a, b, std::move(backward))).backward(); });
  };
  const std::string count = with([](const Tensors&, const Tensor&, const Tensor& g) { return Tensors{g}; });
  EXPECT_NE(count.find("backward of custom_gradient: the given backward returned 1 gradients for 2 inputs"),
            std::string::npos)
      << count;
  EXPECT_NE(count.find("custom_gradient_test.cpp:"), std::string::npos) << count;
  const std::string shape = with([](const Tensors&, const Tensor&, const Tensor& g) { return Tensors{g, sum(g)}; });
  EXPECT_NE(shape.find("gradient 1 of shape [], input 1 has shape [2]"), std::string::npos) << shape;
  const std::string dtype =
      with([](const Tensors&, const Tensor&, const Tensor& g) { return Tensors{cast(g, DType::f64), g}; });
  EXPECT_NE(dtype.find("gradient 0 of dtype f64, input 0 is f32"), std::string::npos) << dtype;
}

TEST(CustomGradient, RefusesHalfADefinition) {
  const CustomForward twice = [](const Tensors& in) { return in[0] * 2; };
  const CustomBackward same = [](const Tensors&, const Tensor&, const Tensor& g) { return Tensors{g}; };
  const Tensor x = tensor({1.});
  EXPECT_NE(refusal([&] { custom_gradient({x}, {}, same); }).find("is empty"), std::string::npos);
  EXPECT_NE(refusal([&] { custom_gradient({x}, twice, {}); }).find("is empty"), std::string::npos);
  EXPECT_NE(refusal([&] { custom_gradient({Tensor()}, twice, same); }).find("input 0 is undefined"), std::string::npos);
  EXPECT_NE(refusal([&] {
              custom_gradient({x}, [](const Tensors&) { return Tensor(); }, same);
            }).find("returned an undefined tensor"),
            std::string::npos);
  EXPECT_NE(
      refusal([&] { custom_gradient({x}, [](const Tensors&) { return tensor({1}); }, same); }).find("forward gave i64"),
      std::string::npos);
}

}  // namespace
}  // namespace percept
