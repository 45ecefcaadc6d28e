// index_test.cpp - lookups of more than one piece against the plain loops, and refusals whatever the build.
#include <gtest/gtest.h>

#include <limits>

#include "percept/autograd/autograd.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

Tensor reals(const Shape& shape, std::uint64_t seed, DType dtype = DType::f32) {
  return uniform(shape, -1, 1, {seed, 0}, dtype);
}
Tensor indices(const Shape& shape, std::int64_t size, std::uint64_t seed) {
  return cast(floor(uniform(shape, 0, static_cast<double>(size), {seed, 1}, DType::f64)), DType::i64);
}

TEST(Lookups, AgreeWithTheReferenceWhenLarge) {
  set_kernel_choice(KernelChoice::check);
  for (DType dtype : {DType::f32, DType::f64, DType::f16}) {
    const Tensor x = reals({40, 30, 70}, 1, dtype);
    for (int axis : {0, 1, 2}) {
      Shape shape = x.shape();
      shape[static_cast<std::size_t>(axis)] = 25;
      const Tensor index = indices(shape, x.shape()[static_cast<std::size_t>(axis)], 2);
      EXPECT_NO_THROW(gather(x, axis, index));
      EXPECT_NO_THROW(gather(transpose(x, 0, 1), axis, indices({20, 25, 10}, 30, 3)));  // smaller on every axis
      EXPECT_NO_THROW(scatter(x, axis, index, reals(shape, 3, dtype)));
      EXPECT_NO_THROW(scatter_add(index, reals(shape, 4, dtype), axis, x.shape()));
      const Tensor rows = indices({7, 11}, x.shape()[static_cast<std::size_t>(axis)], 5);
      EXPECT_NO_THROW(grad([&](const std::vector<Tensor>& in) { return sum(take(in[0], rows, axis)); })({x}));
    }
    const Tensor ids = indices({300, 3}, 1000, 6);
    EXPECT_NO_THROW(
        grad([&](const std::vector<Tensor>& in) { return sum(embedding(ids, in[0])); })({reals({1000, 48}, 7, dtype)}));
    EXPECT_NO_THROW(one_hot(ids, 1000, dtype));
  }
  set_kernel_choice(KernelChoice::best);
}

// A wrong index far into the second piece, and beside another: the first position is named.
TEST(Lookups, NameTheFirstWrongIndex) {
  for (std::int64_t bad : {std::int64_t{-1}, std::int64_t{9}, std::numeric_limits<std::int64_t>::min()}) {
    std::vector<std::int64_t> values(60000, 3);
    values[50001] = bad;
    values[50002] = -7;
    const Tensor ids = from_vector(values, {30000, 2}), table = zeros({9, 4});
    const std::string wanted = "index " + std::to_string(bad) + " at [25000, 1] is out of range";
    auto refusal = [&](auto f) {
      try {
        f();
      } catch (const ValueError& error) {
        return std::string(error.what());
      }
      return std::string("not refused");
    };
    for (const std::string& text :
         {refusal([&] { take(table, ids); }), refusal([&] { embedding(ids, table); }),
          refusal([&] { gather(zeros({30000, 9}), 1, ids); }), refusal([&] { one_hot(ids, 9); }),
          refusal([&] { scatter_add(ids, zeros({30000, 2}), 1, {30000, 9}); }),
          refusal([&] { scatter(zeros({30000, 9}), 1, ids, 1.0); })})
      EXPECT_NE(text.find(wanted), std::string::npos) << text;
  }
}

TEST(Embedding, GivesThePaddingRowNoGradient) {
  const Tensor ids = from_vector(std::vector<std::int64_t>{1, 0, 1, 2}, {4});
  const auto g =
      grad([&](const std::vector<Tensor>& in) { return sum(embedding(ids, in[0], 1)); })({ones({3, 2}, DType::f64)});
  EXPECT_EQ(g[0].to_vector<double>(), (std::vector<double>{1, 1, 0, 0, 1, 1}));
}

TEST(Scatter, TakesANumber) {
  const Tensor index = from_vector(std::vector<std::int64_t>{1, 0}, {2, 1});
  EXPECT_EQ(scatter(zeros({2, 2}), 1, index, 5).to_vector<float>(), (std::vector<float>{0, 5, 5, 0}));
}

}  // namespace
}  // namespace percept
