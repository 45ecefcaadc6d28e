// views_test.cpp - split, and copies larger than one piece against the plain loops.
#include <gtest/gtest.h>

#include <limits>

#include "percept/autograd/autograd.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "tests/refusal.h"

namespace percept {
namespace {

Tensor reals(const Shape& shape, std::uint64_t seed) { return uniform(shape, -1, 1, {seed, 0}); }

TEST(Split, GivesViewsOfOneSizeOrOfThoseNamed) {
  const Tensor x = reshape(arange(10), {2, 5});
  const auto even = split(x, 2, 1);
  ASSERT_EQ(even.size(), 3u);
  EXPECT_EQ(even[2].shape(), (Shape{2, 1}));
  EXPECT_EQ(even[1].to_vector<int>(), (std::vector<int>{2, 3, 7, 8}));
  EXPECT_EQ(even[1].storage().get(), x.storage().get());
  const auto named = split(x, Dims{1, 0, 4}, -1);
  ASSERT_EQ(named.size(), 3u);
  EXPECT_EQ(named[1].shape(), (Shape{2, 0}));
  EXPECT_EQ(named[2].to_vector<int>(), (std::vector<int>{1, 2, 3, 4, 6, 7, 8, 9}));
  EXPECT_EQ(split(x, 100).size(), 1u);
  EXPECT_EQ(split(zeros({0, 3}), 2).size(), 1u);
  EXPECT_EQ(concat(split(x, 3, 1), 1).to_vector<int>(), x.to_vector<int>());
}

TEST(Split, RefusesWithTheCallersLine) {
  constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
  const Tensor x = zeros({2, 5});
  for (const std::string& text :
       {refusal([&] { split(x, 0, 1); }), refusal([&] { split(x, -1); }), refusal([&] { split(x, 1, 2); }),
        refusal([&] { split(x, Dims{2, 2}, 1); }), refusal([&] { split(x, Dims{-1, 6}, 1); }),
        refusal([&] { split(x, Dims{kHighest, kHighest}, 1); })}) {
    EXPECT_NE(text.find("views_test.cpp:"), std::string::npos) << text;
    EXPECT_EQ(text.find("nothing was thrown"), std::string::npos);
  }
  EXPECT_NE(refusal([&] { split(x, 0, 1); }).find("split: size is 0"), std::string::npos);
  EXPECT_NE(refusal([&] { split(x, Dims{2, 2}, 1); }).find("sizes [2, 2] along axis 1 of [2, 5]"), std::string::npos);
}

TEST(Split, HasTheGradientOfItsParts) {
  const auto g = grad([](const std::vector<Tensor>& in) {
    const auto parts = split(in[0], Dims{1, 2}, 0);
    return sum(parts[1] * 3.0);
  })({ones({3}, DType::f64)});
  EXPECT_EQ(g[0].to_vector<double>(), (std::vector<double>{0, 3, 3}));
}

// Every copying kernel on more than one piece, in every width, from odd strides.
TEST(Copies, AgreeWithTheReferenceWhenLarge) {
  set_kernel_choice(KernelChoice::check);
  for (DType dtype : {DType::f32, DType::f64, DType::bf16, DType::u8}) {
    const Tensor x = cast(reals({5, 33, 40, 17}, 1) * 100.0, dtype), odd = permute(x, {0, 3, 1, 2});
    const Tensor image = channels_last(x), cut = slice(slice(x, 2, 3, 38, 2), 0, 1, 4);
    for (const Tensor& t : {x, odd, image, cut}) {
      EXPECT_NO_THROW(concat({t, t, slice(t, 1, 0, 3)}, 1));
      EXPECT_NO_THROW(concat({t, t}, 3));
      EXPECT_NO_THROW(flip(t, {1, 3}));
      EXPECT_NO_THROW(flip(t, {2}));
      EXPECT_NO_THROW(pad(t, {2, 1, 3, 0, 1, 1}, "constant", 7));
      EXPECT_NO_THROW(pad(t, {2, 1, 3, 0}, "reflect"));
      EXPECT_NO_THROW(pad(t, {2, 1, 3, 0}, "replicate"));
      EXPECT_NO_THROW(contiguous(t));
      EXPECT_NO_THROW(channels_last(t));
      EXPECT_NO_THROW(roll(t, {5, -7}, {1, 3}));
      EXPECT_NO_THROW(tile(t, {1, 2, 1, 3}));
    }
    EXPECT_NO_THROW(flip(cast(arange(100000), dtype), {0}));
    std::vector<Tensor> many;
    for (int i = 0; i < 100; ++i) many.push_back(slice(x, 0, i % 5, i % 5 + (i % 3 != 0)));
    EXPECT_NO_THROW(concat(many));
  }
  set_kernel_choice(KernelChoice::best);
}

TEST(Copies, KeepImagesChannelsLast) {
  const Tensor image = channels_last(zeros({2, 3, 5, 7}));
  EXPECT_TRUE(concat({image, image}, 1).spec().is_channels_last());
  EXPECT_TRUE(pad(image, {1, 2}).spec().is_channels_last());
  EXPECT_TRUE(pad(image, {1, 2, 1, 1}, "reflect").spec().is_channels_last());
  EXPECT_TRUE(pad(image, {1, 2, 1, 1}, "replicate").spec().is_channels_last());
  EXPECT_TRUE(flip(image, {2}).spec().is_channels_last());
}

}  // namespace
}  // namespace percept
