// rows.cpp - a sample's result does not depend on the batch it comes in: whole models, bit by bit. ctest runs this with
// all instruction sets and once more with oneDNN held to AVX2.
#include <gtest/gtest.h>

#include "op_samples.h"
#include "percept/ops/products.h"
#include "percept/recipes/model.h"

namespace percept {
namespace {

using percept::testing::bits;

class Rows : public ::testing::TestWithParam<std::tuple<const char*, ProductPrecision>> {};

TEST_P(Rows, GiveTheSameBitsInAnyBatch) {
  const Recipe recipe = find_recipe(std::get<0>(GetParam()));
  const PrecisionScope scope(std::get<1>(GetParam()));
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, {1, 28, 28});
  const NoGrad off;
  const Tensor images = floor(uniform({64, 1, 28, 28}, 0, 256, {3, 1}));
  const Tensor whole = model(images);
  for (std::int64_t rows : {1, 2, 3, 17, 64})
    for (std::int64_t first : {std::int64_t{0}, 64 - rows}) {
      const Tensor part = model(contiguous(slice(images, 0, first, first + rows)));
      EXPECT_TRUE(bits(part) == bits(slice(whole, 0, first, first + rows))) << rows << " rows from " << first;
    }
}
INSTANTIATE_TEST_SUITE_P(
    All, Rows,
    ::testing::Combine(::testing::Values("lenet5", "fashion_cnn", "keras_cnn", "mlp5_dropout", "softmax_regression"),
                       ::testing::Values(ProductPrecision::f32, sample_precision())),
    [](const auto& info) { return std::get<0>(info.param) + ("_" + std::string(enum_name(std::get<1>(info.param)))); });

}  // namespace
}  // namespace percept
