// separable_conv2d.cpp - Keras's convolutions of one channel at a time.
#include "percept/nn/layers/separable_conv2d.h"

#include "percept/base/checked.h"
#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

template <class O>
void check(const char* who, const O& options) {
  if (options.in_channels != -1) check_option(who, "in_channels", options.in_channels, 1);
  check_option(who, "kernel_size", std::min(options.kernel_size.h, options.kernel_size.w), 1);
  check_option(who, "stride", std::min(options.stride.h, options.stride.w), 1);
  check_option(who, "dilation", std::min(options.dilation.h, options.dilation.w), 1);
  check_option(who, "padding", std::min(options.padding.size.h, options.padding.size.w), 0);
  check_option(who, "depth_multiplier", options.depth_multiplier, 1);
  check_init(options.bias_init, std::string(who) + ": bias_init");
}

std::int64_t channels_of(const Arg& x) {
  return settling_channels(x.tensor(), 4, "images [B, C, H, W]",
                           "give the shape of one image with its channels, as in {1, 28, 28}");
}

template <class O>
Conv2dAttrs depthwise_attrs(const O& options, const Parameter& weight) {
  return {.stride = options.stride,
          .padding = options.padding,
          .dilation = options.dilation,
          .groups = weight.shape()[0] / options.depth_multiplier};
}

}  // namespace

DepthwiseConv2d::DepthwiseConv2d(Options options)
    : weight(weight_parameter(options.weight_init)), options_(std::move(options)) {
  check("DepthwiseConv2d", options_);
  check_init(options_.weight_init, "DepthwiseConv2d: weight_init");
  if (options_.bias) bias.emplace(bias_parameter(options_.bias_init));
  if (options_.in_channels > 0) settle(options_.in_channels);
}

void DepthwiseConv2d::settle(std::int64_t in_channels) {
  const std::int64_t out = checked_mul(in_channels, options_.depth_multiplier);
  weight.settle({out, 1, options_.kernel_size.h, options_.kernel_size.w});
  if (bias) settle_bias(*bias, options_.bias_init, {out}, weight.shape());
}

Tensor DepthwiseConv2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (is_open(weight, bias)) to_settle(*this).settle(channels_of(x));
    check_sizes(weight, {-1, 1, options_.kernel_size.h, options_.kernel_size.w});
    return conv2d(x, weight, optional_arg(bias), depthwise_attrs(options_, weight));
  });
}

SeparableConv2d::SeparableConv2d(Options options)
    : depthwise_weight(weight_parameter(options.depthwise_init)),
      pointwise_weight(weight_parameter(options.pointwise_init)),
      options_(std::move(options)) {
  check("SeparableConv2d", options_);
  check_option("SeparableConv2d", "out_channels", options_.out_channels, 1);
  check_init(options_.depthwise_init, "SeparableConv2d: depthwise_init");
  check_init(options_.pointwise_init, "SeparableConv2d: pointwise_init");
  if (options_.bias) bias.emplace(bias_parameter(options_.bias_init));
  if (options_.in_channels > 0) settle(options_.in_channels);
}

void SeparableConv2d::settle(std::int64_t in_channels) {
  const std::int64_t middle = checked_mul(in_channels, options_.depth_multiplier);
  depthwise_weight.settle({middle, 1, options_.kernel_size.h, options_.kernel_size.w});
  pointwise_weight.settle({options_.out_channels, middle, 1, 1});
  if (bias) settle_bias(*bias, options_.bias_init, {options_.out_channels}, pointwise_weight.shape());
}

Tensor SeparableConv2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (!depthwise_weight.built() || is_open(pointwise_weight, bias)) to_settle(*this).settle(channels_of(x));
    check_sizes(depthwise_weight, {-1, 1, options_.kernel_size.h, options_.kernel_size.w});
    check_sizes(pointwise_weight, {options_.out_channels, -1, 1, 1});
    const Tensor depthwise = conv2d(x, depthwise_weight, {}, depthwise_attrs(options_, depthwise_weight));
    return conv2d(depthwise, pointwise_weight, optional_arg(bias));
  });
}

std::vector<LayerRecord> layers_separable_conv2d();
std::vector<LayerRecord> layers_separable_conv2d() {
  return {layer_record<DepthwiseConv2d>(
              "DepthwiseConv2d",
              "Each channel with its own depth_multiplier filters: [B, C, H, W] -> [B, C depth_multiplier, H', W'].\n"
              "Keras's; the same as Conv2d with groups = C: weight [C depth_multiplier, 1, kh, kw]. in_channels may be "
              "left out."),
          layer_record<SeparableConv2d>(
              "SeparableConv2d",
              "A depthwise convolution without bias, then a 1x1 convolution: [B, C, H, W] -> [B, out_channels, H', "
              "W'].\n"
              "depthwise_weight [C depth_multiplier, 1, kh, kw], pointwise_weight [out_channels, C depth_multiplier, "
              "1, 1], bias [out_channels].\nKeras's; in_channels may be left out. Source: Chollet 2017.")};
}

}  // namespace percept
