// conv1d.cpp - the convolution layer over sequences.
#include "percept/nn/layers/conv1d.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

void check(const Conv1d::Options& options) {
  check_option("Conv1d", "out_channels", options.out_channels, 1);
  if (options.in_channels != -1) check_option("Conv1d", "in_channels", options.in_channels, 1);
  check_option("Conv1d", "kernel_size", options.kernel_size, 1);
  check_option("Conv1d", "stride", options.stride, 1);
  check_option("Conv1d", "dilation", options.dilation, 1);
  check_option("Conv1d", "padding", std::min(options.padding.size.h, options.padding.size.w), 0);
  check_option("Conv1d", "groups", options.groups, 1);
  if (options.padding.size.h != options.padding.size.w)
    throw ValueError(
        "Conv1d: padding is the pair " + number(options.padding.size.h) + ", " + number(options.padding.size.w),
        "sequences have one axis: give one number");
  if (options.out_channels % options.groups != 0)
    throw ValueError(
        "Conv1d: out_channels is " + number(options.out_channels) + ", groups is " + number(options.groups),
        "give out_channels that groups divides");
  check_init(options.weight_init, "Conv1d: weight_init");
  check_init(options.bias_init, "Conv1d: bias_init");
}

}  // namespace

Conv1d::Conv1d(Options options) : weight(weight_parameter(options.weight_init)), options_(std::move(options)) {
  check(options_);
  if (options_.bias) bias.emplace(bias_parameter(options_.bias_init));
  if (options_.in_channels > 0) settle(options_.in_channels);
}

void Conv1d::settle(std::int64_t in_channels) {
  if (in_channels % options_.groups != 0)
    throw ShapeError("in_channels is " + number(in_channels) + ", groups is " + number(options_.groups),
                     "give groups that divide in_channels");
  weight.settle({options_.out_channels, in_channels / options_.groups, options_.kernel_size});
  if (bias) settle_bias(*bias, options_.bias_init, {options_.out_channels}, weight.shape());
}

Tensor Conv1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (is_open(weight, bias))
      to_settle(*this).settle(settling_channels(x.tensor(), 3, "sequences [B, C, L]",
                                                "give the shape of one sequence with its channels, as in {1, 100}"));
    check_sizes(weight, {options_.out_channels, -1, options_.kernel_size});
    return conv1d(x, weight, optional_arg(bias),
                  {.stride = options_.stride,
                   .padding = options_.padding.size.h,
                   .dilation = options_.dilation,
                   .groups = options_.groups,
                   .same = options_.padding.same});
  });
}

std::vector<LayerRecord> layers_conv1d();
std::vector<LayerRecord> layers_conv1d() {
  return {layer_record<Conv1d>(
      "Conv1d",
      "Convolution over sequences: [B, in_channels, L] -> [B, out_channels, L'].\n"
      "padding: a number, \"same\" or \"valid\". in_channels may be left out: it is taken from the input when the "
      "model "
      "is built.\n"
      "weight [out_channels, in_channels / groups, k] and bias [out_channels] start uniform in +-1 / sqrt(fan_in), as "
      "PyTorch's; weight_init and bias_init name others.")};
}

}  // namespace percept
