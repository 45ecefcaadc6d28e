// conv_transpose.cpp - transposed convolutions of images and signals: the input gradient of a convolution, as an op.
#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/conv/conv2d.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// --- what both share: everything is checked in the words of the op, then done on images ---

struct Transposed {
  const char* who;
  bool line;  // signals [B, C, L]: images of one row
  ConvTranspose2dAttrs attrs;

  std::string text(Size2 size) const { return line ? std::to_string(size.w) : str(Dims{size.h, size.w}); }
  void check(const char* what, Size2 size, std::int64_t least) const {
    if (line)
      check_range(who, what, size.w, least);
    else
      check_range(who, what, size, least);
  }
};

void check_channels(const Transposed& t, const Shape& x, const Shape& weight) {
  const std::int64_t groups = t.attrs.groups;
  if (groups < 1)
    throw ValueError(std::string(t.who) + ": groups is " + std::to_string(groups),
                     "use 1, or a number that divides the channels");
  if (weight.rank() != x.rank())
    throw ShapeError(std::string(t.who) + ": weight is " + str(weight) + ", of rank " + std::to_string(weight.rank()),
                     std::string("weights are [in channels, out channels / groups, ") +
                         (t.line ? "kernel size]" : "kernel height, kernel width]"));
  if (weight[0] != x[1] || x[1] % groups != 0)
    throw ShapeError(std::string(t.who) + ": channels do not fit: x is " + str(x) + ", weight is " + str(weight) +
                         ", groups is " + std::to_string(groups),
                     "weight's first size must be x's second, " + std::to_string(x[1]) + ", and a multiple of groups");
  if (weight[1] < 1)
    throw ShapeError(std::string(t.who) + ": weight is " + str(weight) + ", without out channels", "use at least one");
}

void check_bias(const Transposed& t, const std::vector<Tensor>& in) {
  const std::int64_t channels = checked_mul(in[1].shape()[1], t.attrs.groups);
  if (in.size() < 3) return;
  if (in[2].shape() != Shape{channels})
    throw ShapeError(std::string(t.who) + ": bias is " + str(in[2].shape()) + ", weight is " + str(in[1].shape()),
                     "bias must be [" + std::to_string(channels) + "], one number per out channel");
  check_same_dtype(t.who, "x", in[0].dtype(), "bias", in[2].dtype());
}

void check_settings(const Transposed& t, Size2 kernel) {
  t.check("kernel size", kernel, 1);
  t.check("stride", t.attrs.stride, 1);
  t.check("dilation", t.attrs.dilation, 1);
  t.check("padding", t.attrs.padding, 0);
  t.check("output padding", t.attrs.output_padding, 0);
  const Size2 extra = t.attrs.output_padding, stride = t.attrs.stride, dilation = t.attrs.dilation;
  if (extra.h >= std::max(stride.h, dilation.h) || extra.w >= std::max(stride.w, dilation.w))
    throw ValueError(std::string(t.who) + ": output padding is " + t.text(extra) + ", stride " + t.text(stride) +
                         ", dilation " + t.text(dilation),
                     "output padding must be smaller than stride or dilation: it says which of the sizes that stride "
                     "cannot tell apart is meant");
}

std::int64_t output_size(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                         std::int64_t padding, std::int64_t extra) {
  const std::int64_t spread = checked_add(checked_mul(input - 1, stride), checked_mul(kernel - 1, dilation));
  return checked_add(checked_add(spread, extra + 1), -2 * padding);
}

std::vector<Tensor> compose_transposed(const Transposed& t, const std::vector<Tensor>& in) {
  (t.line ? check_signal : check_image)(t.who, "x", in[0].shape());
  check_channels(t, in[0].shape(), in[1].shape());
  check_floating(t.who, "x", in[0].dtype());
  check_same_dtype(t.who, "x", in[0].dtype(), "weight", in[1].dtype());
  check_bias(t, in);
  Tensor x = t.line ? unsqueeze(in[0], 2) : in[0];             // [B, C, H, W]
  const Tensor weight = t.line ? unsqueeze(in[1], 2) : in[1];  // [C, O / groups, kh, kw]
  const Size2 kernel(weight.shape()[2], weight.shape()[3]), stride = t.attrs.stride, dilation = t.attrs.dilation,
                                                            padding = t.attrs.padding, extra = t.attrs.output_padding;
  check_settings(t, kernel);
  const Shape input = x.shape();
  const Size2 output(output_size(input[2], kernel.h, stride.h, dilation.h, padding.h, extra.h),
                     output_size(input[3], kernel.w, stride.w, dilation.w, padding.w, extra.w));
  if (output.h < 1 || output.w < 1)
    throw ShapeError(std::string(t.who) + ": the output would be empty: its size is " + t.text(output),
                     "use less padding or a larger kernel");
  // With more output padding than stride the convolution of the result has windows beyond x: they saw nothing.
  const Shape seen{input[0], input[1], input[2] + extra.h / stride.h, input[3] + extra.w / stride.w};
  x = pad_to(x, seen, Dims{0, 0, 0, 0});
  const std::int64_t channels = checked_mul(weight.shape()[1], t.attrs.groups);
  const Conv2dAttrs conv{
      .stride = stride, .padding = padding, .dilation = dilation, .groups = t.attrs.groups, .algorithm = "direct"};
  Tensor y = conv2d_input_grad(x, weight, conv, {input[0], channels, output.h, output.w});
  if (in.size() == 3) y = y + reshape(in[2], {1, channels, 1, 1});
  return {t.line ? squeeze(y, 2) : y};
}

// --- conv_transpose2d ---

struct ConvTranspose2d {
  using Attrs = ConvTranspose2dAttrs;
  static constexpr int arity = 3, min_arity = 2, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "conv_transpose2d";
  static constexpr std::string_view doc =
      "y[b, g(c)+o, i*stride+k*dilation-padding, ...] = bias + sum over c, i, j, k, l of x[b,c,i,j] * "
      "weight[c,o,k,l]:\n"
      "every pixel of x paints its multiple of the kernel; d(conv2d)/dx as an op (PyTorch's ConvTranspose2d).\n"
      "x: [B, C, H, W]. weight: [C, O / groups, kh, kw]. bias (optional): [O]. All of one floating dtype.\n"
      "Result: [B, O, H', W'], stored channels-last, H' = (H - 1) stride - 2 padding + dilation (kh - 1) +\n"
      "output_padding + 1. padding cuts the result's edges; output_padding adds rows and columns at the end.\n"
      "Errors: ranks, channels and groups that do not fit, sizes below 1, negative padding, output_padding that is\n"
      "neither below stride nor below dilation, an empty result, dtypes that differ. Composed.\n"
      "Source: Dumoulin and Visin 2016, \"A guide to convolution arithmetic for deep learning\", chapter 4.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    return compose_transposed({"conv_transpose2d", false, attrs.as<Attrs>()}, in);
  }

  static percept::Attrs settings(Attrs conv = {}) { return percept::Attrs::of(conv); }

  static std::vector<Sample> samples() {
    const SampleInput image{.shape = {1, 1, 2, 2}}, square = image;  // 0..3
    constexpr std::int64_t kHuge = std::int64_t{1} << 62;
    return {
        {.attrs = settings(), .inputs = {image, square}, .expect = {0, 0, 1, 0, 4, 6, 4, 12, 9}},
        {.attrs = settings(),
         .inputs = {image, square, {.shape = {1}, .values = {1}}},
         .expect = {1, 1, 2, 1, 5, 7, 5, 13, 10}},
        {.attrs = settings({.stride = 2}),  // no overlap
         .inputs = {image, square},
         .expect = {0, 0, 0, 1, 0, 0, 2, 3, 0, 2, 0, 3, 4, 6, 6, 9}},
        {.attrs = settings({.padding = 1}), .inputs = {image, square}, .expect = {4}},
        {.attrs = settings({.stride = 2, .padding = 1, .output_padding = 1}),  // the middle of 5 x 5
         .inputs = {image, square},
         .expect = {0, 2, 3, 2, 0, 3, 6, 6, 9}},
        {.attrs = settings({.output_padding = 1, .dilation = 2}),
         .inputs = {{.shape = {1, 1, 1, 1}, .values = {1}}, square},
         .expect = {0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 0, 0}},
        {.attrs = settings({.groups = 2}),
         .inputs = {{.shape = {1, 2, 1, 1}}, {.shape = {2, 1, 1, 2}}},
         .expect = {0, 0, 2, 3}},
        {.attrs = settings(),  // two out channels of one in channel
         .inputs = {{.shape = {1, 1, 1, 2}, .values = {1, 2}}, {.shape = {1, 2, 1, 1}, .values = {3, 4}}},
         .expect = {3, 6, 4, 8}},
        {.attrs = settings({.stride = {2, 1}, .padding = {1, 0}}),
         .inputs = {{.shape = {2, 2, 2, 3}}, {.shape = {2, 3, 3, 2}}, {.shape = {3}}}},
        {.attrs = settings({.stride = {2, 3}, .output_padding = {1, 2}, .groups = 2}),
         .inputs = {{.shape = {1, 4, 2, 2}}, {.shape = {4, 1, 2, 2}}, {.shape = {2}}}},
        {.attrs = settings({.padding = 1, .output_padding = {1, 0}, .dilation = 2}),
         .inputs = {{.shape = {2, 1, 2, 2}}, {.shape = {1, 2, 2, 2}}}},
        {.attrs = settings({.stride = 1, .output_padding = {2, 1}, .dilation = 3}),
         .inputs = {{.shape = {1, 2, 2, 2}}, {.shape = {2, 1, 2, 1}}, {.shape = {1}}}},
        {.attrs = settings(), .inputs = {{.shape = {0, 1, 2, 2}}, square}},
        // refusals
        {.attrs = settings(), .inputs = {{.shape = {2, 2}}, square}, .error = "conv_transpose2d: x is [2, 2], of rank"},
        {.attrs = settings(), .inputs = {image, {.shape = {1, 2, 2}}}, .error = "weight is [1, 2, 2], of rank 3"},
        {.attrs = settings(),
         .inputs = {{.shape = {1, 2, 2, 2}}, square},
         .error = "conv_transpose2d: channels do not fit: x is [1, 2, 2, 2], weight is [1, 1, 2, 2]"},
        {.attrs = settings({.groups = 2}), .inputs = {image, square}, .error = "groups is 2"},
        {.attrs = settings({.groups = 0}), .inputs = {image, square}, .error = "conv_transpose2d: groups is 0"},
        {.attrs = settings({.groups = -1}), .inputs = {image, square}, .error = "conv_transpose2d: groups is -1"},
        {.attrs = settings({.stride = 0}), .inputs = {image, square}, .error = "stride is [0, 0]"},
        {.attrs = settings({.stride = kHuge}), .inputs = {image, square}, .error = "stride is ["},
        {.attrs = settings({.dilation = {1, -1}}), .inputs = {image, square}, .error = "dilation is [1, -1]"},
        {.attrs = settings({.padding = -1}), .inputs = {image, square}, .error = "padding is [-1, -1]"},
        {.attrs = settings({.padding = 2}), .inputs = {image, square}, .error = "its size is [-1, -1]"},
        {.attrs = settings({.output_padding = 1}), .inputs = {image, square}, .error = "output padding is [1, 1]"},
        {.attrs = settings({.stride = 2, .output_padding = {0, 2}}),
         .inputs = {image, square},
         .error = "output padding is [0, 2], stride [2, 2]"},
        {.attrs = settings({.stride = 2, .output_padding = {-1, 0}}),
         .inputs = {image, square},
         .error = "output padding is [-1, 0]"},
        {.attrs = settings({.stride = 0x7fffffff}),
         .inputs = {{.shape = {1, 1, 300, 300}}, square},
         .error = "too many elements"},
        {.attrs = settings(), .inputs = {image, {.shape = {1, 1, 0, 2}}}, .error = "kernel size is [0, 2]"},
        {.attrs = settings(), .inputs = {image, {.shape = {1, 0, 2, 2}}}, .error = "without out channels"},
        {.attrs = settings(), .inputs = {{.shape = {1, 1, 0, 2}}, square}, .error = "images without elements"},
        {.attrs = settings(), .inputs = {image, square, {.shape = {2}}}, .error = "conv_transpose2d: bias is [2]"},
        {.attrs = settings(),
         .inputs = {{.shape = {1, 1, 2, 2}, .dtype = DType::u8}, square},
         .error = "conv_transpose2d: x is u8"},
        {.attrs = settings(),
         .inputs = {image, {.shape = {1, 1, 2, 2}, .dtype = DType::i32}},
         .error = "conv_transpose2d: dtypes differ"},
    };
  }
};

// --- conv_transpose1d ---

struct ConvTranspose1d {
  using Attrs = ConvTranspose1dAttrs;
  static constexpr int arity = 3, min_arity = 2, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "conv_transpose1d";
  static constexpr std::string_view doc =
      "y[b, g(c)+o, i*stride+k*dilation-padding] = bias + sum over c, i, k of x[b,c,i] * weight[c,o,k].\n"
      "x: [B, C, L]. weight: [C, O / groups, k]. bias (optional): [O]. All of one floating dtype.\n"
      "Result: [B, O, L'], L' = (L - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1.\n"
      "Errors: those of conv_transpose2d. Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const ConvTranspose2dAttrs rows{.stride = {1, a.stride},
                                    .padding = {0, a.padding},
                                    .output_padding = {0, a.output_padding},
                                    .dilation = {1, a.dilation},
                                    .groups = a.groups};
    return compose_transposed({"conv_transpose1d", true, rows}, in);
  }

  static percept::Attrs settings(Attrs conv = {}) { return percept::Attrs::of(conv); }

  static std::vector<Sample> samples() {
    const SampleInput signal{.shape = {1, 1, 3}}, two{.shape = {1, 1, 2}};  // 0 1 2 and 0 1
    return {
        {.attrs = settings(), .inputs = {signal, two}, .expect = {0, 0, 1, 2}},
        {.attrs = settings({.stride = 2}),
         .inputs = {signal, two, {.shape = {1}, .values = {1}}},
         .expect = {1, 1, 1, 2, 1, 3}},
        {.attrs = settings({.stride = 2, .padding = 1, .output_padding = 1}),
         .inputs = {signal, two},
         .expect = {0, 0, 1, 0, 2}},
        {.attrs = settings({.output_padding = 1, .dilation = 2}),
         .inputs = {signal, two},
         .expect = {0, 0, 0, 1, 2, 0}},
        {.attrs = settings({.stride = 3, .padding = 1, .output_padding = 2, .groups = 2}),
         .inputs = {{.shape = {2, 2, 3}}, {.shape = {2, 2, 3}}, {.shape = {4}}}},
        {.attrs = settings({.dilation = 2}), .inputs = {{.shape = {2, 3, 2}}, {.shape = {3, 2, 2}}}},
        {.attrs = settings(), .inputs = {{.shape = {0, 1, 2}}, two}},
        {.attrs = settings(), .inputs = {{.shape = {2, 2}}, two}, .error = "conv_transpose1d: x is [2, 2], of rank 2"},
        {.attrs = settings(),
         .inputs = {signal, {.shape = {1, 1, 2, 2}}},
         .error = "weight is [1, 1, 2, 2], of rank 4"},
        {.attrs = settings(), .inputs = {{.shape = {1, 2, 2}}, two}, .error = "conv_transpose1d: channels do not fit"},
        {.attrs = settings({.groups = 0}), .inputs = {signal, two}, .error = "conv_transpose1d: groups is 0"},
        {.attrs = settings({.stride = -1}), .inputs = {signal, two}, .error = "conv_transpose1d: stride is -1"},
        {.attrs = settings({.dilation = 0}), .inputs = {signal, two}, .error = "conv_transpose1d: dilation is 0"},
        {.attrs = settings({.padding = -1}), .inputs = {signal, two}, .error = "conv_transpose1d: padding is -1"},
        {.attrs = settings({.padding = 2}), .inputs = {signal, two}, .error = "its size is 0"},
        {.attrs = settings({.output_padding = 1}), .inputs = {signal, two}, .error = "output padding is 1, stride 1"},
        {.attrs = settings(), .inputs = {signal, {.shape = {1, 1, 0}}}, .error = "kernel size is 0"},
        {.attrs = settings(), .inputs = {signal, two, {.shape = {1, 1}}}, .error = "bias is [1, 1]"},
        {.attrs = settings(), .inputs = {{.shape = {1, 1, 3}, .dtype = DType::i64}, two}, .error = "x is i64"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_conv_transpose() { return {&op_of<ConvTranspose2d>(), &op_of<ConvTranspose1d>()}; }

Tensor conv_transpose2d(Arg x, Arg weight, std::optional<Arg> bias, const ConvTranspose2dAttrs& attrs) {
  std::vector<Tensor> inputs{x.tensor(), weight.tensor()};
  if (bias) inputs.push_back(bias->tensor());
  return apply_one<ConvTranspose2d>(attrs, std::move(inputs), x.site());
}

Tensor conv_transpose1d(Arg x, Arg weight, std::optional<Arg> bias, const ConvTranspose1dAttrs& attrs) {
  std::vector<Tensor> inputs{x.tensor(), weight.tensor()};
  if (bias) inputs.push_back(bias->tensor());
  return apply_one<ConvTranspose1d>(attrs, std::move(inputs), x.site());
}

}  // namespace percept
