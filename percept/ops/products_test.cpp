// products_test.cpp - the precision of a call: which ops it reaches, in what scope, and what gradients make of it.
#include "percept/ops/products.h"

#include <gtest/gtest.h>

#include "percept/autograd/autograd.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
Tensor rounded(const Tensor& x) { return cast(cast(x, DType::bf16), DType::f32); }
// Whole numbers of 9 bits, of which every other is between two of bf16; sums of their products are exact in f32.
Tensor whole(const Shape& shape, std::uint64_t n) { return floor(uniform(shape, 257, 300, {5, n})); }

// All ops that compute products, as functions of one operand.
struct Product {
  const char* name;
  Shape shape;
  std::function<Tensor(const Tensor& x, const std::function<Tensor(const Tensor&)>& other)> call;
};
const Product kProducts[] = {
    {"matmul", {3, 4}, [](const Tensor& x, const auto& as) { return matmul(x, as(whole({4, 2}, 1))); }},
    {"batched matmul", {2, 3, 4}, [](const Tensor& x, const auto& as) { return matmul(x, as(whole({2, 4, 2}, 1))); }},
    {"linear", {3, 4}, [](const Tensor& x, const auto& as) { return linear(x, as(whole({2, 4}, 2))); }},
    {"einsum", {3, 4}, [](const Tensor& x, const auto& as) { return einsum("ij,kj->ki", {x, as(whole({2, 4}, 3))}); }},
    {"conv2d", {2, 3, 5, 5}, [](const Tensor& x, const auto& as) { return conv2d(x, as(whole({4, 3, 3, 3}, 4))); }},
    {"conv2d by pairs",
     {2, 16, 5, 6},
     [](const Tensor& x, const auto& as) { return conv2d(x, as(whole({16, 16, 3, 3}, 8)), {}, {.padding = 1}); }},
    {"depthwise",
     {2, 4, 5, 5},
     [](const Tensor& x, const auto& as) { return conv2d(x, as(whole({4, 1, 3, 3}, 5)), {}, {.groups = 4}); }},
    {"conv1d", {2, 3, 7}, [](const Tensor& x, const auto& as) { return conv1d(x, as(whole({4, 3, 3}, 6))); }},
    {"conv_transpose2d",
     {2, 3, 4, 4},
     [](const Tensor& x, const auto& as) { return conv_transpose2d(x, as(whole({3, 2, 2, 2}, 7))); }},
};
const auto kAsIs = [](const Tensor& x) { return x; };

TEST(PrecisionScope, RoundsBothOperandsOfEveryProduct) {
  for (const ProductPrecision precision : {sample_precision(), ProductPrecision::bf16_rounded})
    for (const Product& product : kProducts) {
      const Tensor x = whole(product.shape, 9);
      const auto wanted = numbers(product.call(rounded(x), rounded));
      EXPECT_NE(numbers(product.call(x, kAsIs)), wanted) << product.name;
      const PrecisionScope scope(precision);
      EXPECT_EQ(numbers(product.call(x, kAsIs)), wanted) << product.name << ", " << enum_name(precision);
    }
}

TEST(PrecisionScope, LeavesOtherOpsAndTypesAlone) {
  const Tensor x = whole({3, 4}, 1), y = whole({3, 4}, 2);
  const auto sum = numbers(x + y), times = numbers(x * y), all = numbers(percept::sum(x)),
             shares = numbers(softmax(x, 1));
  const Tensor wide = cast(x, DType::f64);
  const auto exact = matmul(wide, transpose(wide)).to_vector<double>();
  const PrecisionScope scope(sample_precision());
  EXPECT_EQ(numbers(x + y), sum);
  EXPECT_EQ(numbers(x * y), times);
  EXPECT_EQ(numbers(percept::sum(x)), all);
  EXPECT_EQ(numbers(softmax(x, 1)), shares);
  EXPECT_EQ(matmul(wide, transpose(wide)).to_vector<double>(), exact);
}

TEST(PrecisionScope, AddsABiasAsItIs) {
  const Tensor x = full({1, 1, 1, 1}, 1), weight = full({1, 1, 1, 1}, 1), bias = full({1}, 257);
  const PrecisionScope scope(sample_precision());
  EXPECT_EQ(conv2d(x, weight, bias).item(), 258);
  EXPECT_EQ(linear(full({1, 1}, 1), full({1, 1}, 1), bias).item(), 258);
}

TEST(PrecisionScope, NestsAndEnds) {
  const Tensor x = full({1, 1}, 257);
  EXPECT_EQ(matmul(x, x).item(), 257.0 * 257);
  {
    const PrecisionScope outer(ProductPrecision::bf16_rounded);
    EXPECT_EQ(matmul(x, x).item(), 256.0 * 256);
    {
      const PrecisionScope inner(ProductPrecision::f32);
      EXPECT_EQ(matmul(x, x).item(), 257.0 * 257);
    }
    EXPECT_EQ(matmul(x, x).item(), 256.0 * 256);
  }
  EXPECT_EQ(matmul(x, x).item(), 257.0 * 257);
}

// What a call saved is rounded as the call was, and so is the gradient that comes, wherever it is asked for.
TEST(PrecisionScope, GradientsAreComputedAsTheCallWas) {
  const auto gradient = [](const Tensor& y, const Tensor& dy, const Tensor& x) {
    return numbers(gradients(sum(y * dy), {x})[0]);
  };
  for (const Product& product : kProducts) {
    const Tensor low = variable(whole(product.shape, 9)), high = variable(whole(product.shape, 9));
    const Tensor y_high = product.call(high, kAsIs);
    const Tensor y_low = [&] {
      const PrecisionScope scope(sample_precision());
      return product.call(low, kAsIs);
    }();
    const Tensor dy = whole(y_low.shape(), 11), x = variable(rounded(low.detach()));
    const auto wanted = gradient(product.call(x, rounded), rounded(dy), x);
    EXPECT_EQ(gradient(y_low, dy, low), wanted) << product.name;
    const auto exact = gradient(y_high, dy, high);
    EXPECT_NE(exact, wanted) << product.name;
    const PrecisionScope scope(sample_precision());
    EXPECT_EQ(gradient(y_high, dy, high), exact) << product.name;
  }
}

TEST(ProductPrecision, IsRefusedWhereTheProcessorHasNone) {
  const Tensor x = full({2, 2}, 1);
  const PrecisionScope scope(ProductPrecision::bf16);
  if (has_bf16_products()) {
    EXPECT_NO_THROW(matmul(x, x));
    return;
  }
  try {
    matmul(x, x);
    FAIL() << "was not refused";
  } catch (const DeviceError& error) {
    EXPECT_NE(std::string(error.what()).find("matmul: precision is bf16"), std::string::npos) << error.what();
    EXPECT_NE(error.fix().find("bf16_rounded"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("products_test.cpp"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace percept
