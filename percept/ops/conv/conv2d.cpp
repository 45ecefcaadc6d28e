// conv2d.cpp - convolution of images and its two gradients: one bilinear form, solved for each of its three factors.
#include "percept/ops/conv/conv2d.h"

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/conv/_taps.h"
#include "percept/ops/products.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

using conv_taps::for_each_tap, conv_taps::Sums, conv_taps::Tap;

// --- what the three share ---

Shape output_shape(const ConvSizes& s) { return {s.batch, s.out_channels, s.output.h, s.output.w}; }

void check_dy(const char* who, const Spec& dy, const ConvSizes& s) {
  if (dy.shape != output_shape(s))
    throw ShapeError(std::string(who) + ": dy is " + str(dy.shape) + ", the convolution gives " + str(output_shape(s)),
                     "pass the gradient of the convolution's result");
}

// Of gradients: the precision is the call's, not the scope's.
Tensor convolved(const Tensor& x, const Tensor& weight, const Conv2dAttrs& conv);
Tensor input_grad(const Tensor& dy, const Tensor& weight, const Conv2dAttrs& conv, const Shape& shape);
Tensor weight_grad(const Tensor& dy, const Tensor& x, const Conv2dAttrs& conv, const Shape& shape);

// Two per multiply-add, padding included: each number of y meets the weights of one filter.
double conv_flops(const Spec& y, const Spec& weight) {
  return 2.0 * static_cast<double>(y.numel()) * static_cast<double>(weight.numel()) /
         static_cast<double>(std::max<std::int64_t>(weight.shape[0], 1));
}

percept::Attrs settings(Conv2dAttrs conv = {}) { return percept::Attrs::of(std::move(conv)); }
percept::Attrs grad_settings(Shape shape, Conv2dAttrs conv = {}) {
  return percept::Attrs::of(Conv2dGradAttrs{.conv = std::move(conv), .shape = std::move(shape)});
}

// --- conv2d ---

struct Conv2d {
  using Attrs = Conv2dAttrs;
  static constexpr int arity = 3, min_arity = 2, batch_axis = 0;
  static constexpr std::uint32_t saves_inputs = 0b011;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "conv2d";
  static constexpr std::string_view doc =
      "y[b,o,i,j] = bias[o] + sum over c, k, l of weight[o,c,k,l] * x[b, g(o)+c, i*stride+k*dilation-pad, ...].\n"
      "x: [B, C, H, W]. weight: [O, C / groups, kh, kw]. bias (optional): [O]. All of one floating dtype.\n"
      "Result: [B, O, H', W'], stored channels-last, H' = (H + pads - dilation * (kh - 1) - 1) / stride + 1 rounded\n"
      "down. padding: a number, a pair, \"valid\" (none) or \"same\" (H' = H / stride rounded up, the odd zero at the\n"
      "end, as Keras). groups = C with O a multiple of C is the depthwise convolution.\n"
      "algorithm: \"auto\", \"direct\" or \"winograd\" (docs/convolution.md). precision: core/precision.h.\n"
      "Errors: ranks, channels and groups that do not fit, stride, dilation,\n"
      "kernel or groups below 1, negative padding, windows larger than the padded image, dtypes that differ, "
      "precision\n"
      "bf16 where the processor has none.\n"
      "Source: Dumoulin and Visin 2016, \"A guide to convolution arithmetic for deep learning\".";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const ConvSizes sizes = conv_sizes(in[0].shape, in[1].shape, a);
    check_floating("conv2d", "x", in[0].dtype);
    check_same_dtype("conv2d", "x", in[0].dtype, "weight", in[1].dtype);
    if (in.size() == 3) {
      if (in[2].shape != Shape{sizes.out_channels})
        throw ShapeError("conv2d: bias is " + str(in[2].shape) + ", weight is " + str(in[1].shape),
                         "bias must be [" + std::to_string(sizes.out_channels) + "], one number per out channel");
      check_same_dtype("conv2d", "x", in[0].dtype, "bias", in[2].dtype);
    }
    choose_conv2d(sizes, ConvPass::forward, a.algorithm);
    check_precision("conv2d", a.precision, in[0]);
    return {channels_last_spec(in[0].dtype, output_shape(sizes), in[0].device)};
  }

  static std::string_view choose(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    return choose_conv2d(conv_sizes(in[0].shape, in[1].shape, a), ConvPass::forward, a.algorithm,
                         precision_for(a.precision, in[0]));
  }

  static double flops(const percept::Attrs&, Specs in, Specs out) { return conv_flops(out[0], in[1]); }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const ConvSizes sizes = conv_sizes(call.inputs[0].shape, call.inputs[1].shape, a);
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0), weight = call.in<T>(1);
      Sums y(call.results[0].shape);
      for_each_tap(sizes, [&](const Tap& t) {
        y(t.b, t.o, t.row, t.column) += operand(x(t.b, t.channel, t.in_row, t.in_column), a.precision) *
                                        operand(weight(t.o, t.c, t.kernel_row, t.kernel_column), a.precision);
      });
      if (call.inputs.size() == 3) add_bias(call.in<T>(2), sizes, y);
      y.store(call.out<T>());
    });
  }

  template <class T>
  static void add_bias(View<const T> bias, const ConvSizes& sizes, Sums& y) {
    for (std::int64_t b = 0; b < sizes.batch; ++b)
      for (std::int64_t o = 0; o < sizes.out_channels; ++o)
        for (std::int64_t row = 0; row < sizes.output.h; ++row)
          for (std::int64_t column = 0; column < sizes.output.w; ++column)
            y(b, o, row, column) += static_cast<double>(bias(o));
  }

  static Grads backward(const BackwardContext& ctx) {
    const auto& a = ctx.attrs<Attrs>();
    const Tensor dy = ctx.grad();
    Grads grads(ctx.input_count());
    if (ctx.needs(0)) grads[0] = input_grad(dy, ctx.input(1), a, ctx.input_spec(0).shape);
    if (ctx.needs(1)) grads[1] = weight_grad(dy, ctx.input(0), a, ctx.input_spec(1).shape);
    if (ctx.input_count() == 3 && ctx.needs(2)) grads[2] = sum(dy, {.axes = {0, 2, 3}});
    return grads;
  }

  static std::vector<Sample> samples() {
    const SampleInput image{.shape = {1, 1, 3, 3}}, square{.shape = {1, 1, 2, 2}};  // 0..8 and 0..3
    return {
        {.attrs = settings(), .inputs = {image, square}, .expect = {19, 25, 37, 43}},  // 0*0 + 1*1 + 3*2 + 4*3 = 19
        {.attrs = settings(), .inputs = {image, square, {.shape = {1}, .values = {10}}}, .expect = {29, 35, 47, 53}},
        {.attrs = settings({.stride = 2, .padding = 1}), .inputs = {image, square}, .expect = {0, 8, 21, 43}},
        {.attrs = settings({.dilation = 2}), .inputs = {image, square}, .expect = {38}},  // 0*0 + 2*1 + 6*2 + 8*3
        {.attrs = settings({.padding = "same"}),  // one row below and one column right of the image
         .inputs = {image, square},
         .expect = {19, 25, 10, 37, 43, 16, 7, 8, 0}},
        {.attrs = settings({.stride = {1, 2}, .padding = {0, 1}}),  // columns -1 0 | 1 2
         .inputs = {image, square},
         .expect = {9, 25, 21, 43}},
        {.attrs = settings({.groups = 2}),  // depthwise, one number per channel: 0 and 1
         .inputs = {{.shape = {1, 2, 2, 2}}, {.shape = {2, 1, 1, 1}}},
         .expect = {0, 0, 0, 0, 4, 5, 6, 7}},
        {.attrs = settings(),  // 1 x 1 over two channels: 0 * 0 + 4 * 1, ...; second filter 2 and 3
         .inputs = {{.shape = {1, 2, 2, 2}}, {.shape = {2, 2, 1, 1}}},
         .expect = {4, 5, 6, 7, 12, 17, 22, 27}},
        {.attrs = settings(), .inputs = {{.shape = {1, 1, 1, 1}}, {.shape = {1, 1, 1, 1}}}, .expect = {0}},
        {.attrs = settings(), .inputs = {{.shape = {2, 2, 4, 3}}, {.shape = {3, 2, 3, 2}}, {.shape = {3}}}},
        {.attrs = settings({.stride = 2, .padding = "same", .algorithm = "direct"}),
         .inputs = {{.shape = {2, 1, 4, 5}}, {.shape = {2, 1, 3, 3}}, {.shape = {2}}}},
        {.attrs = settings({.padding = 1, .algorithm = "winograd"}),
         .inputs = {{.shape = {2, 3, 5, 9}}, {.shape = {4, 3, 3, 3}}, {.shape = {4}}}},
        {.attrs = settings({.algorithm = "winograd"}), .inputs = {{.shape = {1, 2, 7, 6}}, {.shape = {3, 2, 5, 5}}}},
        {.attrs = settings({.padding = 1}),  // one channel from many
         .inputs = {{.shape = {2, 16, 4, 3}}, {.shape = {1, 16, 3, 3}}, {.shape = {1}}}},
        {.attrs = settings({.precision = sample_precision()}),  // 8 bits: 257 is between 256 and 258, and 259 to 260
         .inputs = {{.shape = {1, 1, 1, 2}, .values = {257, 259}, .dtype = DType::f32},
                    {.shape = {1, 1, 1, 2}, .values = {1, 1}, .dtype = DType::f32}},
         .expect = {516}},
        {.attrs = settings({.padding = 1, .precision = sample_precision()}),
         .inputs = {{.shape = {2, 3, 5, 9}}, {.shape = {4, 3, 3, 3}}, {.shape = {4}}}},
        {.attrs = settings({.padding = 1, .precision = sample_precision()}),  // by pairs
         .inputs = {{.shape = {2, 16, 3, 4}}, {.shape = {16, 16, 3, 3}}, {.shape = {16}}}},
        {.attrs = settings({.stride = 2, .groups = 2, .precision = ProductPrecision::bf16_rounded}),
         .inputs = {{.shape = {2, 4, 5, 3}}, {.shape = {2, 2, 2, 2}}}},
        {.attrs = settings({.stride = {2, 1}, .padding = {2, 1}, .dilation = {1, 2}}),
         .inputs = {{.shape = {1, 2, 4, 4}}, {.shape = {2, 2, 3, 2}}, {.shape = {2}}}},
        {.attrs = settings({.padding = "same", .dilation = 2}),
         .inputs = {{.shape = {1, 1, 5, 5}}, {.shape = {1, 1, 2, 3}}}},
        {.attrs = settings({.padding = 1, .groups = 3}),  // depthwise with two filters per channel
         .inputs = {{.shape = {2, 3, 3, 2}}, {.shape = {6, 1, 2, 2}}, {.shape = {6}}}},
        {.attrs = settings({.stride = 2, .groups = 2}), .inputs = {{.shape = {1, 4, 3, 3}}, {.shape = {4, 2, 2, 2}}}},
        {.attrs = settings(), .inputs = {{.shape = {0, 2, 3, 3}}, {.shape = {1, 2, 2, 2}}, {.shape = {1}}}},
        // refusals
        {.attrs = settings(), .inputs = {{.shape = {3, 3}}, square}, .error = "conv2d: x is [3, 3], of rank 2"},
        {.attrs = settings(), .inputs = {image, {.shape = {2, 2}}}, .error = "conv2d: weight is [2, 2], of rank 2"},
        {.attrs = settings(),
         .inputs = {{.shape = {1, 3, 4, 4}}, {.shape = {2, 2, 3, 3}}},
         .error = "x is [1, 3, 4, 4], weight is [2, 2, 3, 3]"},
        {.attrs = settings({.groups = 2}),
         .inputs = {{.shape = {1, 2, 3, 3}}, {.shape = {3, 1, 1, 1}}},
         .error = "2 groups do not divide the 3 out channels"},
        {.attrs = settings({.groups = 0}), .inputs = {image, square}, .error = "groups is 0"},
        {.attrs = settings({.stride = 0}), .inputs = {image, square}, .error = "stride is [0, 0]"},
        {.attrs = settings({.stride = {1, -2}}), .inputs = {image, square}, .error = "stride is [1, -2]"},
        {.attrs = settings({.dilation = {1, 0}}), .inputs = {image, square}, .error = "dilation is [1, 0]"},
        {.attrs = settings({.dilation = std::int64_t{1} << 62}), .inputs = {image, square}, .error = "dilation is"},
        {.attrs = settings({.padding = -1}), .inputs = {image, square}, .error = "padding is [-1, -1]"},
        {.attrs = settings(), .inputs = {image, {.shape = {1, 1, 0, 2}}}, .error = "kernel size is [0, 2]"},
        {.attrs = settings(), .inputs = {image, {.shape = {1, 1, 4, 2}}}, .error = "the output would be empty"},
        {.attrs = settings({.dilation = 3}), .inputs = {image, square}, .error = "windows of [4, 4]"},
        {.attrs = settings(), .inputs = {{.shape = {1, 1, 0, 3}}, square}, .error = "images without elements"},
        {.attrs = settings(), .inputs = {image, square, {.shape = {2}}}, .error = "conv2d: bias is [2]"},
        {.attrs = settings(),
         .inputs = {{.shape = {1, 1, 3, 3}, .dtype = DType::i64}, {.shape = {1, 1, 2, 2}, .dtype = DType::i64}},
         .error = "conv2d: x is i64"},
        {.attrs = settings(),
         .inputs = {image, {.shape = {1, 1, 2, 2}, .dtype = DType::i32}},
         .error = "conv2d: dtypes differ"},
        {.attrs = settings({.algorithm = "fft"}), .inputs = {image, square}, .error = "unknown algorithm \"fft\""},
    };
  }
};

// --- conv2d_input_grad ---

struct Conv2dInputGrad {
  using Attrs = Conv2dGradAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b11;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "conv2d_input_grad";
  static constexpr std::string_view doc =
      "d(loss)/dx of conv2d: every product weight * x that made y gives weight * dy to its x.\n"
      "dy: [B, O, H', W']. weight: [O, C / groups, kh, kw]. Result: [B, C, H, W] (`shape`), stored channels-last.\n"
      "Errors: those of conv2d; dy of another shape than conv2d gives.";

  static ConvSizes sizes_of(const Attrs& a, Specs in) { return conv_sizes(a.shape, in[1].shape, a.conv); }

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const ConvSizes sizes = sizes_of(a, in);
    check_floating("conv2d_input_grad", "dy", in[0].dtype);
    check_same_dtype("conv2d_input_grad", "dy", in[0].dtype, "weight", in[1].dtype);
    check_dy("conv2d_input_grad", in[0], sizes);
    choose_conv2d(sizes, ConvPass::input_grad, a.conv.algorithm);
    check_precision("conv2d_input_grad", a.conv.precision, in[0]);
    return {channels_last_spec(in[0].dtype, a.shape, in[0].device)};
  }

  static std::string_view choose(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    return choose_conv2d(sizes_of(a, in), ConvPass::input_grad, a.conv.algorithm,
                         precision_for(a.conv.precision, in[0]));
  }

  static double flops(const percept::Attrs&, Specs in, Specs) { return conv_flops(in[0], in[1]); }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const ConvSizes sizes = sizes_of(a, call.inputs);
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto dy = call.in<T>(0), weight = call.in<T>(1);
      Sums dx(call.results[0].shape);
      for_each_tap(sizes, [&](const Tap& t) {
        dx(t.b, t.channel, t.in_row, t.in_column) +=
            operand(dy(t.b, t.o, t.row, t.column), a.conv.precision) *
            operand(weight(t.o, t.c, t.kernel_row, t.kernel_column), a.conv.precision);
      });
      dx.store(call.out<T>());
    });
  }

  // The gradient of dx is an image like x: convolved, it goes to dy; as x, it goes to the weight.
  static Grads backward(const BackwardContext& ctx) {
    const auto& a = ctx.attrs<Attrs>();
    const Tensor g = ctx.grad();
    Grads grads(2);
    if (ctx.needs(0)) grads[0] = convolved(g, ctx.input(1), a.conv);
    if (ctx.needs(1)) grads[1] = weight_grad(ctx.input(0), g, a.conv, ctx.input_spec(1).shape);
    return grads;
  }

  static std::vector<Sample> samples() {
    const SampleInput dy{.shape = {1, 1, 2, 2}}, square{.shape = {1, 1, 2, 2}};  // 0..3 each
    return {
        {.attrs = grad_settings({1, 1, 3, 3}),  // the full convolution of 0..3 with itself
         .inputs = {dy, square},
         .expect = {0, 0, 1, 0, 4, 6, 4, 12, 9}},
        {.attrs = grad_settings({1, 1, 3, 3}, {.stride = 2, .padding = 1}),
         .inputs = {dy, square},
         .expect = {0, 2, 3, 2, 0, 3, 6, 6, 9}},  // one window per corner
        {.attrs = grad_settings({2, 2, 4, 3}), .inputs = {{.shape = {2, 3, 2, 2}}, {.shape = {3, 2, 3, 2}}}},
        {.attrs = grad_settings({2, 1, 4, 5}, {.stride = 2, .padding = "same"}),
         .inputs = {{.shape = {2, 2, 2, 3}}, {.shape = {2, 1, 3, 3}}}},
        {.attrs = grad_settings({2, 3, 5, 9}, {.padding = 1, .algorithm = "winograd"}),
         .inputs = {{.shape = {2, 4, 5, 9}}, {.shape = {4, 3, 3, 3}}}},
        {.attrs = grad_settings({2, 1, 4, 3}, {.padding = 1}),  // one channel from many
         .inputs = {{.shape = {2, 16, 4, 3}}, {.shape = {16, 1, 3, 3}}}},
        {.attrs = grad_settings({2, 3, 5, 9}, {.padding = 1, .precision = sample_precision()}),
         .inputs = {{.shape = {2, 4, 5, 9}}, {.shape = {4, 3, 3, 3}}}},
        {.attrs = grad_settings({2, 16, 3, 4}, {.padding = 1, .precision = sample_precision()}),  // by pairs
         .inputs = {{.shape = {2, 16, 3, 4}}, {.shape = {16, 16, 3, 3}}}},
        {.attrs = grad_settings({1, 4, 3, 3}, {.padding = 1, .dilation = 2, .groups = 2}),
         .inputs = {{.shape = {1, 2, 3, 3}}, {.shape = {2, 2, 2, 2}}}},
        {.attrs = grad_settings({0, 1, 3, 3}), .inputs = {{.shape = {0, 1, 2, 2}}, square}},
        {.attrs = grad_settings({1, 1, 4, 4}), .inputs = {dy, square}, .error = "the convolution gives [1, 1, 3, 3]"},
        {.attrs = grad_settings({1, 2, 3, 3}), .inputs = {dy, square}, .error = "channels do not fit"},
        {.attrs = grad_settings({1, 1, 3, 3}),
         .inputs = {{.shape = {1, 1, 2, 2}, .dtype = DType::i32}, square},
         .error = "dy is i32"},
        {.attrs = grad_settings({1, 1, 3, 3}, {.algorithm = "fft"}), .inputs = {dy, square}, .error = "\"fft\""},
    };
  }
};

// --- conv2d_weight_grad ---

struct Conv2dWeightGrad {
  using Attrs = Conv2dGradAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b11;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "conv2d_weight_grad";
  static constexpr std::string_view doc =
      "d(loss)/dweight of conv2d: every product weight * x that made y gives x * dy to its weight.\n"
      "dy: [B, O, H', W']. x: [B, C, H, W]. Result: [O, C / groups, kh, kw] (`shape`), row-major.\n"
      "Errors: those of conv2d; dy of another shape than conv2d gives.";

  static ConvSizes sizes_of(const Attrs& a, Specs in) { return conv_sizes(in[1].shape, a.shape, a.conv); }

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const ConvSizes sizes = sizes_of(a, in);
    check_floating("conv2d_weight_grad", "dy", in[0].dtype);
    check_same_dtype("conv2d_weight_grad", "dy", in[0].dtype, "x", in[1].dtype);
    check_dy("conv2d_weight_grad", in[0], sizes);
    choose_conv2d(sizes, ConvPass::weight_grad, a.conv.algorithm);
    check_precision("conv2d_weight_grad", a.conv.precision, in[0]);
    return {contiguous_spec(in[0].dtype, a.shape, in[0].device)};
  }

  static std::string_view choose(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    return choose_conv2d(sizes_of(a, in), ConvPass::weight_grad, a.conv.algorithm,
                         precision_for(a.conv.precision, in[0]));
  }

  static double flops(const percept::Attrs&, Specs in, Specs out) { return conv_flops(in[0], out[0]); }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const ConvSizes sizes = sizes_of(a, call.inputs);
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto dy = call.in<T>(0), x = call.in<T>(1);
      Sums dw(call.results[0].shape);
      for_each_tap(sizes, [&](const Tap& t) {
        dw(t.o, t.c, t.kernel_row, t.kernel_column) +=
            operand(dy(t.b, t.o, t.row, t.column), a.conv.precision) *
            operand(x(t.b, t.channel, t.in_row, t.in_column), a.conv.precision);
      });
      dw.store(call.out<T>());
    });
  }

  // The gradient of dw is a filter like the weight: x convolved with it goes to dy; it takes dy back to x.
  static Grads backward(const BackwardContext& ctx) {
    const auto& a = ctx.attrs<Attrs>();
    const Tensor g = ctx.grad();
    Grads grads(2);
    if (ctx.needs(0)) grads[0] = convolved(ctx.input(1), g, a.conv);
    if (ctx.needs(1)) grads[1] = input_grad(ctx.input(0), g, a.conv, ctx.input_spec(1).shape);
    return grads;
  }

  static std::vector<Sample> samples() {
    const SampleInput dy{.shape = {1, 1, 2, 2}}, image{.shape = {1, 1, 3, 3}};
    return {
        {.attrs = grad_settings({1, 1, 2, 2}),  // x correlated with 0..3
         .inputs = {dy, image},
         .expect = {19, 25, 37, 43}},
        {.attrs = grad_settings({1, 1, 2, 2}, {.stride = 2, .padding = 1}),
         .inputs = {dy, image},
         .expect = {12, 21, 22, 38}},  // the first weight meets the image once: 3*4; the last: 0*0 + 1*2 + 2*6 + 3*8
        {.attrs = grad_settings({3, 2, 3, 2}), .inputs = {{.shape = {2, 3, 2, 2}}, {.shape = {2, 2, 4, 3}}}},
        {.attrs = grad_settings({4, 3, 3, 3}, {.padding = 1, .algorithm = "winograd"}),
         .inputs = {{.shape = {2, 4, 5, 9}}, {.shape = {2, 3, 5, 9}}}},
        {.attrs = grad_settings({4, 3, 3, 3}, {.padding = 1, .precision = sample_precision()}),
         .inputs = {{.shape = {2, 4, 5, 9}}, {.shape = {2, 3, 5, 9}}}},
        {.attrs = grad_settings({16, 16, 3, 3}, {.padding = 1, .precision = sample_precision()}),  // by pairs
         .inputs = {{.shape = {2, 16, 3, 4}}, {.shape = {2, 16, 3, 4}}}},
        {.attrs = grad_settings({2, 1, 3, 3}, {.stride = 2, .padding = "same"}),
         .inputs = {{.shape = {2, 2, 2, 3}}, {.shape = {2, 1, 4, 5}}}},
        {.attrs = grad_settings({2, 2, 2, 2}, {.padding = 1, .dilation = 2, .groups = 2}),
         .inputs = {{.shape = {1, 2, 3, 3}}, {.shape = {1, 4, 3, 3}}}},
        {.attrs = grad_settings({1, 1, 2, 2}),  // an empty batch has a gradient: zeros
         .inputs = {{.shape = {0, 1, 2, 2}}, {.shape = {0, 1, 3, 3}}},
         .expect = {0, 0, 0, 0}},
        {.attrs = grad_settings({1, 1, 2, 3}), .inputs = {dy, image}, .error = "the convolution gives [1, 1, 2, 1]"},
        {.attrs = grad_settings({1, 1, 2}), .inputs = {dy, image}, .error = "of rank 3"},
        {.attrs = grad_settings({1, 1, 2, 2}),
         .inputs = {dy, {.shape = {1, 1, 3, 3}, .dtype = DType::i64}},
         .error = "dtypes differ"},
    };
  }
};

Tensor convolved(const Tensor& x, const Tensor& weight, const Conv2dAttrs& conv) {
  return apply_one<Conv2d>(conv, {x, weight}, {});
}
Tensor input_grad(const Tensor& dy, const Tensor& weight, const Conv2dAttrs& conv, const Shape& shape) {
  return apply_one<Conv2dInputGrad>({.conv = conv, .shape = shape}, {dy, weight}, {});
}
Tensor weight_grad(const Tensor& dy, const Tensor& x, const Conv2dAttrs& conv, const Shape& shape) {
  return apply_one<Conv2dWeightGrad>({.conv = conv, .shape = shape}, {dy, x}, {});
}

}  // namespace

std::vector<const Op*> ops_conv2d() {
  return {&op_of<Conv2d>(), &op_of<Conv2dInputGrad>(), &op_of<Conv2dWeightGrad>()};
}

Tensor conv2d_input_grad(const Tensor& dy, const Tensor& weight, Conv2dAttrs conv, const Shape& shape) {
  conv.precision = precision_of_call(conv.precision);
  return input_grad(dy, weight, conv, shape);
}

Tensor conv2d(Arg x, Arg weight, std::optional<Arg> bias, Conv2dAttrs attrs) {
  attrs.precision = precision_of_call(attrs.precision);
  std::vector<Tensor> inputs{x.tensor(), weight.tensor()};
  if (bias) inputs.push_back(bias->tensor());
  return apply_one<Conv2d>(std::move(attrs), std::move(inputs), x.site());
}

}  // namespace percept
