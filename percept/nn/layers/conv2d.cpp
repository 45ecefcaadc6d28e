// conv2d.cpp - the convolution layer over images.
#include "percept/nn/layers/conv2d.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

void check(const Conv2d::Options& options) {
  check_option("Conv2d", "out_channels", options.out_channels, 1);
  if (options.in_channels != -1) check_option("Conv2d", "in_channels", options.in_channels, 1);
  check_option("Conv2d", "kernel_size", std::min(options.kernel_size.h, options.kernel_size.w), 1);
  check_option("Conv2d", "stride", std::min(options.stride.h, options.stride.w), 1);
  check_option("Conv2d", "dilation", std::min(options.dilation.h, options.dilation.w), 1);
  check_option("Conv2d", "padding", std::min(options.padding.size.h, options.padding.size.w), 0);
  check_option("Conv2d", "groups", options.groups, 1);
  if (options.out_channels % options.groups != 0)
    throw ValueError(
        "Conv2d: out_channels is " + number(options.out_channels) + ", groups is " + number(options.groups),
        "give out_channels that groups divides");
  if (options.algorithm != "auto" && options.algorithm != "direct" && options.algorithm != "winograd")
    throw ValueError("Conv2d: algorithm is \"" + options.algorithm + "\"",
                     "give \"auto\", \"direct\" or \"winograd\"");
  check_init(options.weight_init, "Conv2d: weight_init");
  check_init(options.bias_init, "Conv2d: bias_init");
}

}  // namespace

Conv2d::Conv2d(Options options) : weight(weight_parameter(options.weight_init)), options_(std::move(options)) {
  check(options_);
  if (options_.bias) bias.emplace(bias_parameter(options_.bias_init));
  if (options_.in_channels > 0) settle(options_.in_channels);
}

void Conv2d::settle(std::int64_t in_channels) {
  if (in_channels % options_.groups != 0)
    throw ShapeError("in_channels is " + number(in_channels) + ", groups is " + number(options_.groups),
                     "give groups that divide in_channels");
  weight.settle({options_.out_channels, in_channels / options_.groups, options_.kernel_size.h, options_.kernel_size.w});
  if (bias) settle_bias(*bias, options_.bias_init, {options_.out_channels}, weight.shape());
}

Tensor Conv2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (is_open(weight, bias))
      to_settle(*this).settle(settling_channels(x.tensor(), 4, "images [B, C, H, W]",
                                                "give the shape of one image with its channels, as in {1, 28, 28}"));
    check_sizes(weight, {options_.out_channels, -1, options_.kernel_size.h, options_.kernel_size.w});
    return conv2d(x, weight, optional_arg(bias),
                  {.stride = options_.stride,
                   .padding = options_.padding,
                   .dilation = options_.dilation,
                   .groups = options_.groups,
                   .algorithm = options_.algorithm});
  });
}

std::vector<LayerRecord> layers_conv2d();
std::vector<LayerRecord> layers_conv2d() {
  return {layer_record<Conv2d>(
      "Conv2d",
      "Convolution: [B, in_channels, H, W] -> [B, out_channels, H', W'].\n"
      "kernel_size, stride, dilation: a number or [height, width]; padding also \"same\" or \"valid\".\n"
      "in_channels may be left out: it is taken from the input when the model is built.\n"
      "weight [out_channels, in_channels / groups, kh, kw] and bias [out_channels] start uniform in +-1 / "
      "sqrt(fan_in), "
      "as PyTorch's; weight_init and bias_init name others. algorithm: \"auto\", \"direct\" or \"winograd\".")};
}

}  // namespace percept
