// conv1d.cpp - convolution of signals: conv2d over images of one row.
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

void check_channels(const Shape& x, const Shape& weight, std::int64_t groups) {
  if (groups < 1)
    throw ValueError("conv1d: groups is " + std::to_string(groups), "use 1, or a number that divides the channels");
  if (weight[0] < 1)
    throw ShapeError("conv1d: weight is " + str(weight) + ", without out channels", "use at least one");
  if (weight[0] % groups != 0)
    throw ShapeError("conv1d: " + std::to_string(groups) + " groups do not divide the " + std::to_string(weight[0]) +
                         " out channels of weight " + str(weight),
                     "out channels must be a multiple of groups");
  if (x[1] % groups != 0 || x[1] / groups != weight[1])
    throw ShapeError("conv1d: channels do not fit: x is " + str(x) + ", weight is " + str(weight) + ", groups is " +
                         std::to_string(groups),
                     "x's second size must be groups times weight's second");
}

// conv2d refuses the same, but in the words of images.
void check_inputs(const Conv1dAttrs& a, const std::vector<Tensor>& in) {
  const Shape &x = in[0].shape(), &weight = in[1].shape();
  check_signal("conv1d", "x", x);
  if (weight.rank() != 3)
    throw ShapeError("conv1d: weight is " + str(weight) + ", of rank " + std::to_string(weight.rank()),
                     "weights are [out channels, in channels / groups, kernel size]");
  check_channels(x, weight, a.groups);
  check_range("conv1d", "padding", a.padding, 0);
  check_range("conv1d", "kernel size", weight[2], 1);
  check_range("conv1d", "stride", a.stride, 1);
  check_range("conv1d", "dilation", a.dilation, 1);
  if (!a.same)  // otherwise there are zeros enough for any kernel
    line_windows("conv1d", {.length = x[2],
                            .kernel = weight[2],
                            .stride = a.stride,
                            .dilation = a.dilation,
                            .before = a.padding,
                            .after = a.padding});
  check_floating("conv1d", "x", in[0].dtype());
  check_same_dtype("conv1d", "x", in[0].dtype(), "weight", in[1].dtype());
  if (in.size() < 3) return;
  if (in[2].shape() != Shape{weight[0]})
    throw ShapeError("conv1d: bias is " + str(in[2].shape()) + ", weight is " + str(weight),
                     "bias must be [" + std::to_string(weight[0]) + "], one number per out channel");
  check_same_dtype("conv1d", "x", in[0].dtype(), "bias", in[2].dtype());
}

percept::Attrs settings(Conv1dAttrs conv = {}) { return percept::Attrs::of(conv); }

struct Conv1d {
  using Attrs = Conv1dAttrs;
  static constexpr int arity = 3, min_arity = 2, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "conv1d";
  static constexpr std::string_view doc =
      "y[b,o,i] = bias[o] + sum over c, k of weight[o,c,k] * x[b, g(o)+c, i*stride+k*dilation-padding].\n"
      "x: [B, C, L]. weight: [O, C / groups, k]. bias (optional): [O]. All of one floating dtype.\n"
      "Result: [B, O, L'], its channels side by side in memory, L' = (L + 2 padding - dilation * (k - 1) - 1) /\n"
      "stride + 1 rounded down; with same = true L' = L / stride rounded up, the odd zero at the end, as Keras.\n"
      "Errors: those of conv2d. Composed of conv2d with one row.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_inputs(a, in);
    Conv2dAttrs rows{
        .stride = {1, a.stride}, .padding = {0, a.padding}, .dilation = {1, a.dilation}, .algorithm = "direct"};
    rows.padding.same = a.same;
    rows.groups = a.groups;
    std::optional<Arg> bias;
    if (in.size() == 3) bias.emplace(in[2]);
    return {squeeze(conv2d(unsqueeze(in[0], 2), unsqueeze(in[1], 2), bias, rows), 2)};
  }

  static std::vector<Sample> samples() {
    const SampleInput signal{.shape = {1, 1, 4}}, two{.shape = {1, 1, 2}};  // 0..3 and 0, 1
    constexpr std::int64_t kHuge = std::int64_t{1} << 62;
    return {
        {.attrs = settings(), .inputs = {signal, two}, .expect = {1, 2, 3}},
        {.attrs = settings(), .inputs = {signal, two, {.shape = {1}, .values = {10}}}, .expect = {11, 12, 13}},
        {.attrs = settings({.stride = 2, .padding = 1}), .inputs = {signal, two}, .expect = {0, 2, 0}},
        {.attrs = settings({.dilation = 2}), .inputs = {signal, two}, .expect = {2, 3}},
        {.attrs = settings({.same = true}), .inputs = {signal, two}, .expect = {1, 2, 3, 0}},
        {.attrs = settings({.stride = 3, .same = true}),  // one zero before, two after: 0 0 | 3 0
         .inputs = {signal, {.shape = {1, 1, 4}, .values = {1, 1, 1, 1}}},
         .expect = {3, 5}},
        {.attrs = settings({.groups = 2}),  // a number per channel: 0 and 1
         .inputs = {{.shape = {1, 2, 2}}, {.shape = {2, 1, 1}}},
         .expect = {0, 0, 2, 3}},
        {.attrs = settings(),  // over two channels: 0 * 0 + 2 * 1, 1 * 0 + 3 * 1
         .inputs = {{.shape = {1, 2, 2}}, {.shape = {1, 2, 1}}},
         .expect = {2, 3}},
        {.attrs = settings(), .inputs = {{.shape = {2, 2, 5}}, {.shape = {3, 2, 3}}, {.shape = {3}}}},
        {.attrs = settings({.stride = 2, .padding = 2, .dilation = 2}),
         .inputs = {{.shape = {2, 1, 5}}, {.shape = {2, 1, 3}}}},
        {.attrs = settings({.stride = 2, .groups = 2, .same = true}),
         .inputs = {{.shape = {1, 4, 5}}, {.shape = {4, 2, 2}}, {.shape = {4}}}},
        {.attrs = settings(), .inputs = {{.shape = {0, 2, 3}}, {.shape = {1, 2, 2}}}},
        // refusals
        {.attrs = settings(), .inputs = {{.shape = {3, 4}}, two}, .error = "conv1d: x is [3, 4], of rank 2"},
        {.attrs = settings(), .inputs = {signal, {.shape = {2}}}, .error = "conv1d: weight is [2], of rank 1"},
        {.attrs = settings(),
         .inputs = {{.shape = {1, 3, 4}}, {.shape = {2, 2, 3}}},
         .error = "conv1d: channels do not fit: x is [1, 3, 4], weight is [2, 2, 3]"},
        {.attrs = settings({.groups = 2}),
         .inputs = {{.shape = {1, 2, 3}}, {.shape = {3, 1, 1}}},
         .error = "conv1d: 2 groups do not divide the 3 out channels"},
        {.attrs = settings({.groups = 0}), .inputs = {signal, two}, .error = "conv1d: groups is 0"},
        {.attrs = settings({.groups = -1}), .inputs = {signal, two}, .error = "conv1d: groups is -1"},
        {.attrs = settings({.stride = 0}), .inputs = {signal, two}, .error = "conv1d: stride is 0"},
        {.attrs = settings({.padding = -1}), .inputs = {signal, two}, .error = "conv1d: padding is -1"},
        {.attrs = settings({.padding = kHuge}), .inputs = {signal, two}, .error = "conv1d: padding is"},
        {.attrs = settings({.dilation = 0}), .inputs = {signal, two}, .error = "conv1d: dilation is 0"},
        {.attrs = settings({.dilation = kHuge}), .inputs = {signal, two}, .error = "conv1d: dilation is"},
        {.attrs = settings({.dilation = 4}), .inputs = {signal, two}, .error = "windows of 5"},
        {.attrs = settings(), .inputs = {signal, {.shape = {1, 1, 0}}}, .error = "conv1d: kernel size is 0"},
        {.attrs = settings(), .inputs = {{.shape = {1, 1, 0}}, two}, .error = "signals without elements"},
        {.attrs = settings(), .inputs = {signal, {.shape = {0, 1, 2}}}, .error = "without out channels"},
        {.attrs = settings(), .inputs = {signal, two, {.shape = {2}}}, .error = "conv1d: bias is [2]"},
        {.attrs = settings(),
         .inputs = {{.shape = {1, 1, 3}, .dtype = DType::i64}, {.shape = {1, 1, 2}, .dtype = DType::i64}},
         .error = "conv1d: x is i64"},
        {.attrs = settings(),
         .inputs = {signal, {.shape = {1, 1, 2}, .dtype = DType::i32}},
         .error = "conv1d: dtypes differ"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_conv1d() { return {&op_of<Conv1d>()}; }

Tensor conv1d(Arg x, Arg weight, std::optional<Arg> bias, const Conv1dAttrs& attrs) {
  std::vector<Tensor> inputs{x.tensor(), weight.tensor()};
  if (bias) inputs.push_back(bias->tensor());
  return apply_one<Conv1d>(attrs, std::move(inputs), x.site());
}

}  // namespace percept
