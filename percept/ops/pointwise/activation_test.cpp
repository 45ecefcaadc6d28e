// activation_test.cpp - activations at the ends of the number line: what PyTorch 2.13 gives for NaN, and no NaN made
// of an infinite or huge x, forward, backward and backward again.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "percept/autograd/autograd.h"
#include "percept/ops/check_op.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct Named {
  const char* name;
  std::function<Tensor(const Tensor&)> f;
  double slope_low, slope_high;  // of -inf and inf
};

std::vector<Named> activations() {
  return {{"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.1); }, 0.1, 1},
          {"elu", [](const Tensor& x) { return elu(x); }, 0, 1},
          {"celu", [](const Tensor& x) { return celu(x, 2); }, 0, 1},
          {"selu", [](const Tensor& x) { return selu(x); }, 0, 1.0507009873554805},
          {"gelu", [](const Tensor& x) { return gelu(x); }, 0, 1},
          {"gelu tanh", [](const Tensor& x) { return gelu(x, "tanh"); }, 0, 1},
          {"silu", [](const Tensor& x) { return silu(x); }, 0, 1},
          {"mish", [](const Tensor& x) { return mish(x); }, 0, 1},
          {"softplus", [](const Tensor& x) { return softplus(x); }, 0, 1},
          {"log_sigmoid", [](const Tensor& x) { return log_sigmoid(x); }, 1, 0},
          {"relu6", [](const Tensor& x) { return relu6(x); }, 0, 0},
          {"hard_sigmoid", [](const Tensor& x) { return hard_sigmoid(x); }, 0, 0},
          {"hard_swish", [](const Tensor& x) { return hard_swish(x); }, 0, 1},
          {"hard_tanh", [](const Tensor& x) { return hard_tanh(x); }, 0, 0},
          {"hard_shrink", [](const Tensor& x) { return hard_shrink(x); }, 1, 1},
          {"soft_shrink", [](const Tensor& x) { return soft_shrink(x); }, 1, 1},
          {"tanh_shrink", [](const Tensor& x) { return tanh_shrink(x); }, 1, 1},
          {"threshold", [](const Tensor& x) { return threshold(x, 1, 5); }, 0, 1},
          {"clip", [](const Tensor& x) { return clip(x, -1, 1); }, 0, 0},
          {"prelu", [](const Tensor& x) { return prelu(x, 0.25); }, 0.25, 1}};
}

TEST(Activations, AreServedByTheVectorKernelForwardAndBackward) {
  for (const char* name : {"gelu",      "silu",      "mish",         "softplus",      "elu",
                           "celu",      "selu",      "hard_swish",   "clip",          "prelu",
                           "gelu_grad", "silu_grad", "mish_grad",    "softplus_grad", "hard_swish_grad",
                           "clip_grad", "relu_grad", "sigmoid_grad", "tanh_grad",     "lerp",
                           "erf",       "step"}) {
    const OpCheck served = kernels_serving(*find_op(name));
    EXPECT_EQ(served.kernels, std::vector<std::string>{"pointwise"}) << name;
  }
}

TEST(Activations, KeepNaN) {
  for (const Named& a : activations())
    for (const DType dtype : {DType::f32, DType::f64, DType::f16, DType::bf16})
      EXPECT_TRUE(std::isnan(a.f(full({}, std::nan(""), dtype)).item())) << a.name;
}

TEST(Activations, AreFiniteOrInfiniteButNoNumberTurnsNaN) {
  for (const Named& a : activations()) {
    const Function first = [&](const std::vector<Tensor>& in) { return sum(a.f(in[0])); };
    const Function second = [&](const std::vector<Tensor>& in) { return sum(grad(first)(in)[0]); };
    for (const DType dtype : {DType::f32, DType::f64, DType::f16, DType::bf16})
      for (const double huge : {100.0, 1e4, 6e4, 1e30, 1e300, kInf})
        for (const double x : {-huge, huge}) {
          const Tensor in = full({1}, x, dtype);
          EXPECT_FALSE(std::isnan(a.f(in).item())) << a.name << " of " << x;
          const double slope = x < 0 ? a.slope_low : a.slope_high;
          EXPECT_NEAR(grad(first)({in})[0].item(), slope, dtype == DType::bf16 ? 1e-2 : 1e-3) << a.name << "' of " << x;
          EXPECT_NEAR(grad(second)({in})[0].item(), 0, 1e-3) << a.name << "'' of " << x;
        }
  }
}

TEST(Activations, HalvesAreRoundedOnce) {
  const Tensor x = linspace(-4, 4, 257), half = cast(x, DType::bf16);
  for (const Named& a : activations()) {
    const Tensor wanted = cast(a.f(cast(half, DType::f32)), DType::bf16);
    EXPECT_EQ(max(abs(a.f(half) - wanted)).item(), 0) << a.name;
  }
}

TEST(Prelu, HasAWeightPerChannel) {
  const Tensor x = full({2, 3, 2}, -1, DType::f64), weight = tensor({0.1, 0.2, 0.3}, DType::f64);
  EXPECT_EQ(prelu(x, weight).to_vector<double>(),
            (std::vector<double>{-0.1, -0.1, -0.2, -0.2, -0.3, -0.3, -0.1, -0.1, -0.2, -0.2, -0.3, -0.3}));
  const Function f = [&](const std::vector<Tensor>& in) { return sum(square(prelu(in[0], in[1]))); };
  EXPECT_LE(check_gradients(f, {linspace(-1, 1.1, 12, DType::f64).detach(), tensor({0.25}, DType::f64)}).worst, 1e-8);
  EXPECT_THROW(prelu(x, tensor({0.1, 0.2})), ShapeError);  // not the last axis' size
  // the kink and the weight's gradient are PyTorch's
  const Function kink = [](const std::vector<Tensor>& in) { return sum(prelu(in[0], in[1])); };
  const auto grads = grad(kink)({tensor({-2., 0., 3.}), tensor({0.25})});
  EXPECT_EQ(grads[0].to_vector<double>(), (std::vector<double>{0.25, 0.25, 1}));
  EXPECT_EQ(grads[1].to_vector<double>(), (std::vector<double>{-2}));
}

TEST(Clip, KeepsIntegersWhereItCan) {
  const Tensor x = tensor({-5, 0, 7});
  EXPECT_EQ(clip(x, -1, 3).dtype(), DType::i64);
  EXPECT_EQ(clip(x, -1, 3).to_vector<double>(), (std::vector<double>{-1, 0, 3}));
  EXPECT_EQ(clip(x, -kInf, 3).to_vector<double>(), (std::vector<double>{-5, 0, 3}));
  EXPECT_EQ(clip(x, -1e300, 1e300).to_vector<double>(), (std::vector<double>{-5, 0, 7}));
  EXPECT_EQ(clip(x, 0.5, 3).dtype(), DType::f32);
  EXPECT_EQ(clip(x, 0.5, 3).to_vector<double>(), (std::vector<double>{0.5, 0.5, 3}));
  EXPECT_EQ(clip(cast(tensor({1, 200}), DType::u8), -5, 100).to_vector<double>(), (std::vector<double>{1, 100}));
}

TEST(Lerp, TakesNumbersAndMeetsBothEnds) {
  const Tensor a = tensor({1e8, 0.1}), b = tensor({1., 0.3});
  EXPECT_EQ(lerp(a, b, 1).to_vector<double>(), b.to_vector<double>());
  EXPECT_EQ(lerp(a, b, 0).to_vector<double>(), a.to_vector<double>());
  EXPECT_EQ(lerp(tensor({0.}, DType::f64), 4, 0.25).dtype(), DType::f64);
}

}  // namespace
}  // namespace percept
