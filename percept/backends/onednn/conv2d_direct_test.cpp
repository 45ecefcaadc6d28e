// conv2d_direct_test.cpp - convolution and its gradients against plain loops, and the promises about bits.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "percept/backends/onednn/_run_kernel.h"
#include "percept/backends/onednn/door.h"
#include "percept/ops/conv/conv2d.h"

namespace percept {
std::vector<Kernel> kernels_onednn_conv2d_direct();
namespace {

using namespace onednn;

struct Case {
  Shape x, weight;
  Conv2dAttrs attrs = {};
};

const Case kCases[] = {
    {{3, 1, 28, 28}, {6, 1, 5, 5}, {.padding = 2}},  // LeNet
    {{5, 6, 14, 14}, {16, 6, 5, 5}},
    {{9, 1, 28, 28}, {32, 1, 5, 5}, {.padding = "same"}},
    {{2, 32, 14, 14}, {64, 32, 5, 5}, {.padding = "same"}},
    {{4, 16, 9, 11}, {32, 16, 3, 3}, {.stride = 2, .padding = "same"}},
    {{2, 3, 8, 8}, {5, 3, 2, 4}, {.padding = "same"}},  // more zeros after than before
    {{2, 5, 9, 12}, {7, 5, 3, 2}, {.stride = {2, 3}, .padding = {1, 0}, .dilation = {2, 1}}},
    {{3, 8, 7, 7}, {12, 2, 3, 3}, {.padding = 1, .groups = 4}},
    {{3, 16, 7, 7}, {16, 1, 3, 3}, {.padding = 1, .groups = 16}},
    {{3, 4, 6, 6}, {6, 2, 3, 3}, {.dilation = 2, .groups = 2}},
    {{3, 64, 5, 5}, {130, 64, 1, 1}},
    {{2, 160, 4, 4}, {200, 160, 3, 3}, {.padding = 1}},  // weights large enough to be reordered in parts
    {{2, 330, 4, 4}, {400, 330, 3, 3}, {.padding = 1}},  // few pixels for their weights: dw is one product
    {{3, 260, 6, 5}, {460, 260, 3, 3}, {.stride = 2, .padding = {1, 0}, .dilation = {1, 2}}},
    {{1, 3, 1, 1}, {4, 3, 1, 1}},
};

std::string text(const Case& c) { return "x " + str(c.x) + " weight " + str(c.weight); }
Shape output_shape(const Case& c) {
  const ConvSizes s = conv_sizes(c.x, c.weight, c.attrs);
  return {s.batch, s.out_channels, s.output.h, s.output.w};
}
std::int64_t count(const Shape& shape) { return contiguous_spec(DType::f32, shape).numel(); }
Spec image(const Shape& shape) { return channels_last_spec(DType::f32, shape); }
Spec plain(const Shape& shape) { return contiguous_spec(DType::f32, shape); }

// Calls f(address in y, in weight, in x) for every product; images channels-last, weights plain.
template <class F>
void for_each_product(const Case& c, F&& f) {
  const ConvSizes s = conv_sizes(c.x, c.weight, c.attrs);
  const std::int64_t in_group = s.in_channels / s.groups, out_group = s.out_channels / s.groups;
  std::int64_t y = 0;
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t i = 0; i < s.output.h; ++i)
      for (std::int64_t j = 0; j < s.output.w; ++j)
        for (std::int64_t o = 0; o < s.out_channels; ++o, ++y)
          for (std::int64_t ci = 0; ci < in_group; ++ci)
            for (std::int64_t k = 0; k < s.kernel.h; ++k)
              for (std::int64_t l = 0; l < s.kernel.w; ++l) {
                const std::int64_t row = i * s.stride.h - s.pads.top + k * s.dilation.h;
                const std::int64_t column = j * s.stride.w - s.pads.left + l * s.dilation.w;
                if (row < 0 || row >= s.input.h || column < 0 || column >= s.input.w) continue;
                const std::int64_t x = ((b * s.input.h + row) * s.input.w + column) * s.in_channels;
                f(static_cast<std::size_t>(y),
                  static_cast<std::size_t>(((o * in_group + ci) * s.kernel.h + k) * s.kernel.w + l),
                  static_cast<std::size_t>(x + o / out_group * in_group + ci));
              }
}

// Each test in f32, and with operands rounded to bf16 where the processor has the instructions: kernels 3 to 5.
std::size_t first_kernel = 0;
class OnednnConv2d : public ::testing::TestWithParam<Operands> {
 protected:
  void SetUp() override {
    if (GetParam() == Operands::bf16 && !has_bf16()) GTEST_SKIP() << "no bf16 instructions";
    first_kernel = GetParam() == Operands::bf16 ? 3 : 0;
  }
  void TearDown() override { first_kernel = 0; }
};
INSTANTIATE_TEST_SUITE_P(All, OnednnConv2d, ::testing::Values(Operands::f32, Operands::bf16),
                         [](const auto& info) { return info.param == Operands::bf16 ? "bf16" : "f32"; });

std::vector<float> rounded(std::vector<float> values) {
  for (float& value : values) value = static_cast<float>(BFloat16(value));
  return values;
}

// Runs kernel 0 (forward), 1 (input gradient) or 2 (weight gradient) over two or three inputs.
std::vector<float> run(std::size_t kernel, const Attrs& attrs, const std::vector<Spec>& in, const Spec& out,
                       const std::vector<const void*>& data) {
  const auto prepared = kernels_onednn_conv2d_direct()[first_kernel + kernel].prepare(attrs, in, Specs(&out, 1), {});
  EXPECT_TRUE(prepared.has_value());
  std::vector<float> result(static_cast<std::size_t>(out.numel()), NAN);
  if (prepared) run_kernel(*prepared, data, {result.data()});
  return result;
}
std::vector<float> forward(const Case& c, const std::vector<float>& x, const std::vector<float>& w,
                           const std::vector<float>* bias = nullptr) {
  std::vector<Spec> in = {image(c.x), plain(c.weight)};
  std::vector<const void*> data = {x.data(), w.data()};
  if (bias != nullptr) in.push_back(plain({c.weight[0]})), data.push_back(bias->data());
  return run(0, Attrs::of(c.attrs), in, image(output_shape(c)), data);
}
std::vector<float> input_grad(const Case& c, const std::vector<float>& dy, const std::vector<float>& w) {
  return run(1, Attrs::of(Conv2dGradAttrs{c.attrs, c.x}), {image(output_shape(c)), plain(c.weight)}, image(c.x),
             {dy.data(), w.data()});
}
std::vector<float> weight_grad(const Case& c, const std::vector<float>& dy, const std::vector<float>& x) {
  return run(2, Attrs::of(Conv2dGradAttrs{c.attrs, c.weight}), {image(output_shape(c)), image(c.x)}, plain(c.weight),
             {dy.data(), x.data()});
}

TEST_P(OnednnConv2d, IntegersAreExact) {
  for (const Case& c : kCases) {
    const auto x = filled(count(c.x), 1, true), w = filled(count(c.weight), 2, true);
    const auto dy = filled(count(output_shape(c)), 3, true), bias = filled(c.weight[0], 4, true);
    std::vector<float> y(dy.size()), biased(dy.size()), dx(x.size()), dw(w.size());
    for_each_product(c, [&](std::size_t at_y, std::size_t at_w, std::size_t at_x) {
      y[at_y] += w[at_w] * x[at_x];
      dx[at_x] += w[at_w] * dy[at_y];
      dw[at_w] += dy[at_y] * x[at_x];
    });
    for (std::size_t i = 0; i < y.size(); ++i) biased[i] = y[i] + bias[i % bias.size()];
    EXPECT_EQ(forward(c, x, w), y) << text(c);
    EXPECT_EQ(forward(c, x, w, &bias), biased) << text(c);
    EXPECT_EQ(input_grad(c, dy, w), dx) << text(c);
    EXPECT_EQ(weight_grad(c, dy, x), dw) << text(c);
  }
}

TEST_P(OnednnConv2d, AnImageDoesNotDependOnItsBatch) {
  for (Case c : kCases) {
    std::vector<float> one_y, one_dx;
    const auto w = filled(count(c.weight), 5), bias = filled(c.weight[0], 6);
    for (const std::int64_t batch : {1, 2, 3, 17, 64}) {
      c.x[0] = batch;
      const std::int64_t of_x = count(c.x) / batch, of_y = count(output_shape(c)) / batch;
      const auto image_x = filled(of_x, 7), image_dy = filled(of_y, 8);
      std::vector<float> x, dy;
      for (std::int64_t b = 0; b < batch; ++b) {
        x.insert(x.end(), image_x.begin(), image_x.end());
        dy.insert(dy.end(), image_dy.begin(), image_dy.end());
      }
      const auto y = forward(c, x, w, &bias), dx = input_grad(c, dy, w);
      if (batch == 1) one_y = y, one_dx = dx;
      for (std::int64_t b = 0; b < batch; ++b) {
        ASSERT_EQ(std::memcmp(y.data() + b * of_y, one_y.data(), one_y.size() * 4), 0) << text(c) << " image " << b;
        ASSERT_EQ(std::memcmp(dx.data() + b * of_x, one_dx.data(), one_dx.size() * 4), 0) << text(c) << " image " << b;
      }
    }
  }
}

TEST_P(OnednnConv2d, AnyNumberOfThreadsGivesTheSameBits) {
  const int before = num_threads();
  for (const Case& c : kCases) {
    const auto x = filled(count(c.x), 9), w = filled(count(c.weight), 10), dy = filled(count(output_shape(c)), 11);
    set_num_threads(1);
    const auto y = forward(c, x, w), dx = input_grad(c, dy, w), dw = weight_grad(c, dy, x);
    for (const int threads : {2, 3, 4}) {
      set_num_threads(threads);
      EXPECT_EQ(forward(c, x, w), y) << text(c) << ", " << threads << " threads";
      EXPECT_EQ(input_grad(c, dy, w), dx) << text(c) << ", " << threads << " threads";
      EXPECT_EQ(weight_grad(c, dy, x), dw) << text(c) << ", " << threads << " threads";
    }
  }
  set_num_threads(before);
}

// Reals: every element within a few roundings of the sum of absolute products.
TEST_P(OnednnConv2d, RealsAreCloseToDoubles) {
  for (const Case& c : kCases) {
    auto x = filled(count(c.x), 12), w = filled(count(c.weight), 13), dy = filled(count(output_shape(c)), 14);
    if (GetParam() == Operands::bf16) x = rounded(x), w = rounded(w), dy = rounded(dy);
    std::vector<double> y(dy.size()), dx(x.size()), dw(w.size()), size_y(y), size_dx(dx), size_dw(dw);
    for_each_product(c, [&](std::size_t at_y, std::size_t at_w, std::size_t at_x) {
      const double wv = w[at_w], xv = x[at_x], dv = dy[at_y];
      y[at_y] += wv * xv, size_y[at_y] += std::abs(wv * xv);
      dx[at_x] += wv * dv, size_dx[at_x] += std::abs(wv * dv);
      dw[at_w] += dv * xv, size_dw[at_w] += std::abs(dv * xv);
    });
    const auto close = [&](const std::vector<float>& got, const std::vector<double>& want,
                           const std::vector<double>& size) {
      for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(got[i], want[i], 1e-6 * size[i] + 1e-12) << text(c) << " element " << i;
    };
    close(forward(c, x, w), y, size_y);
    close(input_grad(c, dy, w), dx, size_dx);
    close(weight_grad(c, dy, x), dw, size_dw);
  }
}

// To nearest even, as BFloat16 does: operands that are rounded already give the same bits.
TEST_P(OnednnConv2d, RoundsOperandsToBf16) {
  if (GetParam() == Operands::f32) return;
  for (const Case& c : kCases) {
    auto x = filled(count(c.x), 15), w = filled(count(c.weight), 16), dy = filled(count(output_shape(c)), 17);
    for (std::size_t i = 0; i < x.size(); i += 3) x[i] = 1 + static_cast<float>(i % 512) * 0x1p-8F;  // ties among them
    EXPECT_EQ(forward(c, x, w), forward(c, rounded(x), rounded(w))) << text(c);
    EXPECT_EQ(input_grad(c, dy, w), input_grad(c, rounded(dy), rounded(w))) << text(c);
    EXPECT_EQ(weight_grad(c, dy, x), weight_grad(c, rounded(dy), rounded(x))) << text(c);
  }
}

TEST(OnednnConv2dDirect, DeclinesWhatItDoesNotDo) {
  const auto prepare = kernels_onednn_conv2d_direct()[0].prepare;
  const auto declines = [&](DType dtype, std::int64_t batch) {
    const std::vector<Spec> in = {channels_last_spec(dtype, {batch, 2, 4, 4}), contiguous_spec(dtype, {3, 2, 3, 3})};
    const Spec out = channels_last_spec(dtype, {batch, 3, 2, 2});
    return !prepare(Attrs::of(Conv2dAttrs{}), in, Specs(&out, 1), {});
  };
  EXPECT_FALSE(declines(DType::f32, 1));
  EXPECT_TRUE(declines(DType::f64, 1));
  EXPECT_TRUE(declines(DType::f32, 0));
}

std::vector<float> forward_prepacked(const Case& c, const std::vector<float>& x, const std::vector<float>& w) {
  const Spec in[] = {image(c.x), plain(c.weight)}, out[] = {image(output_shape(c))};
  const auto prepared =
      kernels_onednn_conv2d_direct()[first_kernel].prepare(Attrs::of(c.attrs), Specs(in, 2), Specs(out, 1), {});
  const auto packed = prepared->prepack();
  const Block block = make_block(packed->bytes);
  run_kernel({.stages = packed->pack}, {w.data()}, {block.get()});
  if (packed->unpack) {  // what is rounded has no way back
    std::vector<float> back(w.size(), 7), special = w;
    put_special_values(special);
    const Block other = make_block(packed->bytes);
    run_kernel({.stages = packed->pack}, {special.data()}, {other.get()});
    run_kernel({.stages = packed->unpack()}, {other.get()}, {back.data()});
    EXPECT_EQ(std::memcmp(back.data(), special.data(), w.size() * sizeof(float)), 0) << text(c);
  }
  std::vector<float> y(static_cast<std::size_t>(out[0].numel()), NAN);
  run_kernel(packed->then, {x.data(), block.get()}, {y.data()});
  return y;
}

// Weights in oneDNN's order beforehand, few images cut into slices of rows: the same bits as in a large batch.
TEST_P(OnednnConv2d, PrepackedAndCutByRowsKeepsTheBits) {
  for (Case c : {Case{{1, 16, 57, 40}, {24, 16, 3, 3}, {.padding = 1}},
                 Case{{1, 64, 40, 33}, {64, 64, 3, 3}, {.padding = "same"}},
                 Case{{1, 8, 64, 64}, {32, 8, 7, 7}, {.stride = 2, .padding = 3}},
                 Case{{1, 16, 50, 30}, {48, 16, 5, 5}, {.padding = 4, .dilation = 2}},
                 Case{{1, 32, 60, 60}, {32, 8, 3, 3}, {.padding = 1, .groups = 4}}}) {
    Case many = c;
    many.x[0] = 24;
    const auto w = filled(count(c.weight), 2), batch = filled(count(many.x), 1);
    const std::vector<float> wanted = forward(many, batch, w);
    const auto image_in = static_cast<std::ptrdiff_t>(count(c.x)),
               image_out = static_cast<std::ptrdiff_t>(count(output_shape(c)));
    for (const std::int64_t images : {1, 3}) {
      Case few = c;
      few.x[0] = images;
      const std::vector<float> x(batch.begin(), batch.begin() + images * image_in);
      const std::vector<float> first(wanted.begin(), wanted.begin() + images * image_out);
      EXPECT_EQ(forward(few, x, w), first) << text(few);
      EXPECT_EQ(forward_prepacked(few, x, w), first) << text(few);
    }
  }
}

// What pieces say they complete: every element once.
TEST(OnednnConv2dDirect, PiecesCompleteEveryElementOnce) {
  for (const Shape& x : {Shape{1, 16, 57, 40}, Shape{19, 16, 9, 9}, Shape{2, 16, 64, 64}}) {
    const Case c{x, {24, 16, 3, 3}, {.padding = 1}};
    const Spec in[] = {image(c.x), plain(c.weight)}, out[] = {image(output_shape(c))};
    const auto prepared =
        kernels_onednn_conv2d_direct()[0].prepare(Attrs::of(c.attrs), Specs(in, 2), Specs(out, 1), {});
    const Stage& last = prepared->stages.back();
    std::vector<int> times(static_cast<std::size_t>(out[0].shape[0] * out[0].shape[2]), 0);  // of each row of an image
    for (std::int64_t piece = 0; piece < last.pieces; ++piece) {
      const Region part = last.completes(piece);
      EXPECT_EQ(part.size[1], out[0].shape[1]);
      EXPECT_EQ(part.size[3], out[0].shape[3]);
      for (std::int64_t n = 0; n < part.size[0]; ++n)
        for (std::int64_t h = 0; h < part.size[2]; ++h)
          ++times[static_cast<std::size_t>((part.first[0] + n) * out[0].shape[2] + part.first[2] + h)];
    }
    EXPECT_EQ(times, std::vector<int>(times.size(), 1)) << str(x);
  }
}

}  // namespace
}  // namespace percept
