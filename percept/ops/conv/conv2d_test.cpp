// conv2d_test.cpp - what samples cannot show: pads of `same`, the cut of weight gradients, exact sums, and the chain.
#include "percept/ops/conv/conv2d.h"

#include <gtest/gtest.h>

#include "percept/autograd/autograd.h"
#include "percept/base/thread_pool.h"

namespace percept {
namespace {

// Small whole numbers, so that every sum is exact in f32 and any order of adding gives the same bits.
Tensor whole_numbers(const Shape& shape, std::int64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(contiguous_spec(DType::f32, shape).numel()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((static_cast<std::int64_t>(i) * 7 + seed * 13) % 11 - 5);
  return from_vector(values, shape);
}

// The image with zeros around it, made by hand and apart from the op's own padding.
Tensor padded(const Tensor& x, const Pads& p) {
  return pad_to(x, {x.size(0), x.size(1), x.size(2) + p.top + p.bottom, x.size(3) + p.left + p.right},
                {0, 0, p.top, p.left});
}

// Of one group, by its definition: a sum of slices of the padded image, each times one number of the filter.
std::vector<float> by_slices(const Tensor& x, const Tensor& weight, const Conv2dAttrs& attrs) {
  const ConvSizes s = conv_sizes(x.shape(), weight.shape(), attrs);
  const Tensor image = padded(x, s.pads);
  const std::int64_t in_group = s.in_channels / s.groups, out_group = s.out_channels / s.groups;
  std::vector<Tensor> channels;
  for (std::int64_t o = 0; o < s.out_channels; ++o) {
    Tensor y = zeros({s.batch, s.output.h, s.output.w});
    for (std::int64_t c = 0; c < in_group; ++c)
      for (std::int64_t k = 0; k < s.kernel.h; ++k)
        for (std::int64_t l = 0; l < s.kernel.w; ++l) {
          const std::int64_t top = k * s.dilation.h, left = l * s.dilation.w;
          const Tensor plane = select(image, 1, o / out_group * in_group + c);
          const Tensor rows = slice(plane, 1, top, top + (s.output.h - 1) * s.stride.h + 1, s.stride.h);
          const Tensor part = slice(rows, 2, left, left + (s.output.w - 1) * s.stride.w + 1, s.stride.w);
          y += part * weight[o][c][k][l];
        }
    channels.push_back(unsqueeze(y, 1));
  }
  return concat(channels, 1).to_vector<float>();
}

TEST(Conv2d, EqualsSumsOfSlicesExactly) {
  for (std::int64_t groups : {1, 2, 4})
    for (const Padding& padding : {Padding("valid"), Padding("same"), Padding(2, 1)})
      for (std::int64_t stride : {1, 2, 3})
        for (std::int64_t dilation : {1, 2}) {
          const Conv2dAttrs attrs{
              .stride = {stride, 1}, .padding = padding, .dilation = {1, dilation}, .groups = groups};
          const Tensor x = whole_numbers({2, 4, 7, 8}, 1), weight = whole_numbers({8, 4 / groups, 3, 2}, 2);
          EXPECT_EQ(conv2d(x, weight, {}, attrs).to_vector<float>(), by_slices(x, weight, attrs))
              << "groups " << groups << " stride " << stride << " dilation " << dilation;
        }
}

TEST(Conv2d, SamePutsTheOddRowAtTheEnd) {
  const auto pads = [](std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t dilation = 1) {
    return conv_sizes({1, 1, size, size}, {1, 1, kernel, kernel},
                      {.stride = stride, .padding = "same", .dilation = dilation});
  };
  EXPECT_EQ(pads(5, 3, 1).pads, (Pads{1, 1, 1, 1}));
  EXPECT_EQ(pads(5, 2, 1).pads, (Pads{0, 1, 0, 1}));
  EXPECT_EQ(pads(6, 3, 2).pads, (Pads{0, 1, 0, 1}));  // Keras's familiar half pixel
  EXPECT_EQ(pads(6, 3, 2).output, (Size2{3, 3}));
  EXPECT_EQ(pads(7, 3, 2).pads, (Pads{1, 1, 1, 1}));
  EXPECT_EQ(pads(5, 1, 3).pads, (Pads{0, 0, 0, 0}));  // windows apart: no negative padding
  EXPECT_EQ(pads(5, 1, 3).output, (Size2{2, 2}));
  EXPECT_EQ(pads(5, 3, 1, 3).pads, (Pads{3, 3, 3, 3}));
}

TEST(Conv2d, ResultsAreChannelsLastAndWeightGradientsRowMajor) {
  const Tensor x = variable(whole_numbers({2, 3, 4, 4}, 1)), weight = variable(whole_numbers({5, 3, 3, 3}, 2));
  const Tensor bias = variable(whole_numbers({5}, 3));
  const Tensor y = conv2d(x, weight, bias);
  EXPECT_TRUE(y.spec().is_channels_last());
  const std::vector<Tensor> grads = gradients(sum(y), {x, weight, bias});
  EXPECT_EQ(grads[0].shape(), x.shape());
  EXPECT_TRUE(grads[1].is_contiguous());
  EXPECT_EQ(grads[2].to_vector<float>(), std::vector<float>(5, 8));  // 2 images of 2 x 2
}

TEST(Conv2d, AnEmptyBatchHasZeroGradients) {
  const Tensor x = zeros({0, 1, 3, 3}), weight = variable(ones({2, 1, 2, 2})), bias = variable(ones({2}));
  const std::vector<Tensor> grads = gradients(sum(conv2d(x, weight, bias)), {weight, bias});
  EXPECT_EQ(grads[0].to_vector<float>(), std::vector<float>(8, 0));
  EXPECT_EQ(grads[1].to_vector<float>(), std::vector<float>(2, 0));
}

TEST(Conv2d, RefusalsNameTheCallersLine) {
  const Tensor x = zeros({1, 3, 4, 4}), weight = zeros({2, 2, 3, 3});
  try {
    conv2d(x, weight);
    FAIL() << "not refused";
  } catch (const ShapeError& error) {
    EXPECT_NE(std::string(error.what()).find("conv2d_test.cpp:"), std::string::npos) << error.what();
  }
}

TEST(Conv2d, SizesOfUsersDoNotOverflow) {
  const std::int64_t huge = std::int64_t{1} << 62;
  for (const Conv2dAttrs& attrs :
       {Conv2dAttrs{.stride = huge}, Conv2dAttrs{.padding = Size2{huge}}, Conv2dAttrs{.dilation = huge},
        Conv2dAttrs{.groups = huge}, Conv2dAttrs{.stride = huge, .padding = "same", .dilation = huge}})
    EXPECT_THROW(conv_sizes({1, 1, 8, 8}, {1, 1, 3, 3}, attrs), Error);
}

TEST(Conv2d, SlicesOfTheWeightGradientFollowFromTheShape) {
  const auto slices = [](std::int64_t batch, std::int64_t channels) {
    return conv2d_weight_grad_slices(conv_sizes({batch, channels, 8, 8}, {channels, channels, 3, 3}, {}));
  };
  EXPECT_EQ(slices(128, 64), 8);
  EXPECT_EQ(slices(128, 256), 4);
  EXPECT_EQ(slices(128, 512), 2);
  EXPECT_EQ(slices(3, 64), 3);  // no more than images
  EXPECT_EQ(slices(1, 512), 1);
  EXPECT_EQ(slices(0, 64), 1);  // an empty batch still writes zeros
}

// The table of choose_conv2d, by layers of the reference networks: a changed line changes the bits of every model.
TEST(Conv2d, ChoosesItsAlgorithmByShape) {
  const auto chosen = [](std::int64_t in, std::int64_t out, std::int64_t side, std::int64_t kernel,
                         std::int64_t batch) {
    const Conv2dAttrs attrs{.padding = kernel / 2};
    const ConvSizes s = conv_sizes({batch, in, side, side}, {out, in, kernel, kernel}, attrs);
    std::string all;
    for (const ConvPass pass : {ConvPass::forward, ConvPass::input_grad, ConvPass::weight_grad})
      all += choose_conv2d(s, pass, "auto").front();
    return all;
  };
  for (const std::int64_t batch : {0, 1, 7, 128}) {  // never the batch
    EXPECT_EQ(chosen(3, 16, 32, 3, batch), "dsd");   // ResNet-20, its stages
    EXPECT_EQ(chosen(16, 16, 32, 3, batch), "wdd");
    EXPECT_EQ(chosen(16, 32, 16, 3, batch), "wdd");
    EXPECT_EQ(chosen(16, 32, 32, 3, batch), "www");
    EXPECT_EQ(chosen(32, 32, 16, 3, batch), "www");
    EXPECT_EQ(chosen(64, 64, 8, 3, batch), "www");
    EXPECT_EQ(chosen(256, 256, 8, 3, batch), "www");  // ResNet-18
    EXPECT_EQ(chosen(512, 512, 4, 3, batch), "wwd");
    EXPECT_EQ(chosen(512, 512, 28, 3, batch), "www");  // VGG16
    EXPECT_EQ(chosen(512, 512, 14, 3, batch), "www");
    EXPECT_EQ(chosen(1, 6, 28, 5, batch), "ppd");    // LeNet-5
    EXPECT_EQ(chosen(32, 64, 14, 5, batch), "www");  // c
    EXPECT_EQ(chosen(128, 128, 14, 5, batch), "www");
    EXPECT_EQ(chosen(256, 256, 14, 5, batch), "wwd");
    EXPECT_EQ(chosen(128, 128, 28, 5, batch), "www");
    EXPECT_EQ(chosen(256, 256, 2, 3, batch), "ddd");  // less than a tile
    EXPECT_EQ(chosen(64, 64, 32, 1, batch), "ddd");
    EXPECT_EQ(chosen(64, 64, 32, 7, batch), "ddd");
  }
  const auto with = [](const Conv2dAttrs& attrs, std::int64_t groups) {
    return choose_conv2d(conv_sizes({2, 64, 32, 32}, {64, 64 / groups, 3, 3}, attrs), ConvPass::forward, "auto");
  };
  EXPECT_EQ(with({.stride = 2}, 1), "direct");
  EXPECT_EQ(with({.dilation = 2}, 1), "direct");
  EXPECT_EQ(with({.groups = 2}, 2), "direct");
}

// The same below f32: b for oneDNN's bf16, p for ours by pairs, r for what f32 would be, of rounded operands.
TEST(Conv2d, ChoosesBf16ByShape) {
  const auto chosen = [](std::int64_t in, std::int64_t out, std::int64_t side, std::int64_t kernel, std::int64_t batch,
                         const Conv2dAttrs& given = {}, ProductPrecision precision = ProductPrecision::bf16) {
    Conv2dAttrs attrs = given;
    attrs.padding = kernel / 2;
    const ConvSizes s = conv_sizes({batch, in, side, side}, {out, in / attrs.groups, kernel, kernel}, attrs);
    std::string all;
    for (const ConvPass pass : {ConvPass::forward, ConvPass::input_grad, ConvPass::weight_grad})
      all += choose_conv2d(s, pass, attrs.algorithm, precision).front();
    return all;
  };
  for (const std::int64_t batch : {0, 1, 7, 128}) {  // never the batch
    EXPECT_EQ(chosen(1, 6, 28, 5, batch), "rrb");    // LeNet-5
    EXPECT_EQ(chosen(6, 16, 14, 5, batch), "pbb");
    EXPECT_EQ(chosen(16, 16, 32, 3, batch), "ppp");  // ResNet-20
    EXPECT_EQ(chosen(32, 32, 16, 3, batch), "ppp");
    EXPECT_EQ(chosen(32, 32, 15, 3, batch), "ppb");  // pairs of pixels
    EXPECT_EQ(chosen(64, 64, 8, 3, batch), "rrr");
    EXPECT_EQ(chosen(64, 64, 32, 3, batch), "rrr");  // ResNet-18
    EXPECT_EQ(chosen(256, 256, 8, 3, batch), "rrr");
    EXPECT_EQ(chosen(32, 64, 26, 3, batch), "bbp");     // d
    EXPECT_EQ(chosen(32, 64, 14, 5, batch), "bbb");     // c
    EXPECT_EQ(chosen(128, 128, 112, 3, batch), "rrr");  // VGG16
    EXPECT_EQ(chosen(256, 256, 56, 3, batch), "rrr");
    EXPECT_EQ(chosen(256, 512, 28, 3, batch), "rrb");
    EXPECT_EQ(chosen(512, 512, 14, 3, batch), "bbb");
    EXPECT_EQ(chosen(64, 64, 32, 3, batch, {.algorithm = "direct"}), "bbb");
    EXPECT_EQ(chosen(64, 64, 32, 3, batch, {.stride = 2}), "bbb");
    EXPECT_EQ(chosen(16, 16, 32, 3, batch, {.algorithm = "direct"}), "bbb");
    EXPECT_EQ(chosen(16, 16, 32, 3, batch, {.stride = 2}), "bbb");
    EXPECT_EQ(chosen(16, 16, 32, 1, batch), "bbb");
    EXPECT_EQ(chosen(32, 64, 26, 3, batch, {.algorithm = "winograd"}), "rrr");
    EXPECT_EQ(chosen(32, 64, 26, 3, batch, {.stride = 2, .algorithm = "winograd"}), "bbb");  // direct there
    EXPECT_EQ(chosen(64, 64, 32, 3, batch, {.groups = 2}), "bbb");
    EXPECT_EQ(chosen(64, 64, 32, 3, batch, {.groups = 64}), "bbr");
    EXPECT_EQ(chosen(16, 16, 32, 3, batch, {}, ProductPrecision::bf16_rounded), "rrr");
  }
}

// Several pieces and slots of each kernel, on one thread and on four.
TEST(Conv2d, BitsDoNotDependOnThreads) {
  const int before = num_threads();
  const auto bits = [](int threads, const Shape& x_shape, const Shape& w_shape, const std::string& algorithm) {
    set_num_threads(threads);
    const Tensor x = variable(uniform(x_shape, -1, 1, {1, 2})), w = variable(uniform(w_shape, -1, 1, {3, 4}));
    const Tensor y = conv2d(x, w, {}, {.padding = w_shape[2] / 2, .algorithm = algorithm});
    const std::vector<Tensor> grads = gradients(sum(y * y), {x, w});
    std::vector<float> all;
    for (const Tensor& part : {y, grads[0], grads[1]})
      for (const float value : part.to_vector<float>()) all.push_back(value);
    return all;
  };
  const std::pair<Shape, Shape> sizes[] = {{{2, 90, 7, 6}, {85, 90, 3, 3}},  // few tiles, many weights
                                           {{5, 40, 30, 30}, {48, 40, 3, 3}},
                                           {{9, 33, 14, 14}, {34, 33, 5, 5}}};
  for (const auto& [x, w] : sizes)
    for (const std::string algorithm : {"winograd", "direct", "auto"})
      EXPECT_EQ(bits(1, x, w, algorithm), bits(4, x, w, algorithm)) << str(w) << " " << algorithm;
  set_num_threads(before);
}

}  // namespace
}  // namespace percept
