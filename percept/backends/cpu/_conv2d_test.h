// _conv2d_test.h - the promises about bits that every kernel of convolutions keeps.
#pragma once
#include "percept/backends/cpu/_kernel_test.h"
#include "percept/ops/conv/conv2d.h"

namespace percept::cpu {

inline bool same_bits(Block& a, const float* b) {
  return std::memcmp(a.f32(), b, static_cast<std::size_t>(a.elements()) * sizeof(float)) == 0;
}

// Of forward convolutions whose filters keep the images' size: x [B, C, H, W], B above 7, and w [O, C, kh, kw].
struct ConvolvedImages {
  Shape x_shape, w_shape;
  Spec images(std::int64_t count, std::int64_t channels) const {
    return channels_last_spec(DType::f32, {count, channels, x_shape[2], x_shape[3]});
  }
  Block weight = random_block(contiguous_spec(DType::f32, w_shape), 1);
  Block x = random_block(images(x_shape[0], x_shape[1]), 2);
  Block y = Block(images(x_shape[0], w_shape[0]));
};

inline void expect_the_same_alone(const Kernel& conv2d, const Shape& x, const Shape& w, const Conv2dAttrs& attrs) {
  for_each_target([&] {
    ConvolvedImages all{x, w};
    Block one(all.images(1, x[1])), of_one(all.images(1, w[0]));
    ASSERT_TRUE(run_kernel(conv2d, Attrs::of(attrs), {&all.x, &all.weight}, {&all.y}));
    for (const std::int64_t image : {std::int64_t{0}, std::int64_t{7}, x[0] - 1}) {
      std::copy_n(all.x.f32() + image * one.elements(), one.elements(), one.f32());
      ASSERT_TRUE(run_kernel(conv2d, Attrs::of(attrs), {&one, &all.weight}, {&of_one}));
      EXPECT_TRUE(same_bits(of_one, all.y.f32() + image * of_one.elements())) << image;
    }
  });
}

inline void expect_the_same_packed(const Kernel& conv2d, const Shape& x, const Shape& w, const Conv2dAttrs& attrs) {
  ConvolvedImages all{x, w};
  ASSERT_TRUE(run_kernel(conv2d, Attrs::of(attrs), {&all.x, &all.weight}, {&all.y}));
  const auto prepared =
      conv2d.prepare(Attrs::of(attrs), std::vector<Spec>{all.x.spec(), all.weight.spec()}, Specs(&all.y.spec(), 1), {});
  const auto packed = prepared->prepack();
  const auto block = hwy::AllocateAligned<std::byte>(packed->bytes);
  const auto workspace = hwy::AllocateAligned<std::byte>(packed->then.workspace_bytes + 64);
  Block again(all.y.spec());
  const auto run = [&](const std::vector<Stage>& stages, std::vector<const void*> inputs, void* result) {
    for (const Stage& stage : stages)
      for (std::int64_t i = 0; i < stage.pieces; ++i) stage.run(i, {inputs, {&result, 1}, workspace.get(), nullptr});
  };
  run(packed->pack, {all.weight.data()}, block.get());
  run(packed->then.stages, {all.x.data(), block.get()}, again.data());
  EXPECT_TRUE(same_bits(again, all.y.f32()));
}

}  // namespace percept::cpu
