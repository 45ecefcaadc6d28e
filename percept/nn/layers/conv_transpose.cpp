// conv_transpose.cpp - transposed convolutions as layers.
#include "percept/nn/layers/conv_transpose.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

std::int64_t smallest(std::int64_t one) { return one; }
std::int64_t smallest(Size2 pair) { return std::min(pair.h, pair.w); }

template <class O>
void check(const char* who, const O& options) {
  check_option(who, "out_channels", options.out_channels, 1);
  if (options.in_channels != -1) check_option(who, "in_channels", options.in_channels, 1);
  check_option(who, "kernel_size", smallest(options.kernel_size), 1);
  check_option(who, "stride", smallest(options.stride), 1);
  check_option(who, "padding", smallest(options.padding), 0);
  check_option(who, "output_padding", smallest(options.output_padding), 0);
  check_option(who, "dilation", smallest(options.dilation), 1);
  check_option(who, "groups", options.groups, 1);
  if (options.out_channels % options.groups != 0)
    throw ValueError(std::string(who) + ": out_channels is " + number(options.out_channels) + ", groups is " +
                         number(options.groups),
                     "give out_channels that groups divides");
  check_init(options.weight_init, std::string(who) + ": weight_init");
  check_init(options.bias_init, std::string(who) + ": bias_init");
}

void check_groups(std::int64_t in_channels, std::int64_t groups) {
  if (in_channels % groups != 0)
    throw ShapeError("in_channels is " + number(in_channels) + ", groups is " + number(groups),
                     "give groups that divide in_channels");
}

constexpr const char* kSettle = "give the shape of one sample with its channels first";

}  // namespace

ConvTranspose1d::ConvTranspose1d(Options options)
    : weight(weight_parameter(options.weight_init)), options_(std::move(options)) {
  check("ConvTranspose1d", options_);
  if (options_.bias) bias.emplace(bias_parameter(options_.bias_init));
  if (options_.in_channels > 0) settle(options_.in_channels);
}

void ConvTranspose1d::settle(std::int64_t in_channels) {
  check_groups(in_channels, options_.groups);
  weight.settle({in_channels, options_.out_channels / options_.groups, options_.kernel_size});
  if (bias) settle_bias(*bias, options_.bias_init, {options_.out_channels}, weight.shape());
}

Tensor ConvTranspose1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (is_open(weight, bias))
      to_settle(*this).settle(settling_channels(x.tensor(), 3, "sequences [B, C, L]", kSettle));
    check_sizes(weight, {-1, options_.out_channels / options_.groups, options_.kernel_size});
    return conv_transpose1d(x, weight, optional_arg(bias),
                            {.stride = options_.stride,
                             .padding = options_.padding,
                             .output_padding = options_.output_padding,
                             .dilation = options_.dilation,
                             .groups = options_.groups});
  });
}

ConvTranspose2d::ConvTranspose2d(Options options)
    : weight(weight_parameter(options.weight_init)), options_(std::move(options)) {
  check("ConvTranspose2d", options_);
  if (options_.bias) bias.emplace(bias_parameter(options_.bias_init));
  if (options_.in_channels > 0) settle(options_.in_channels);
}

void ConvTranspose2d::settle(std::int64_t in_channels) {
  check_groups(in_channels, options_.groups);
  weight.settle({in_channels, options_.out_channels / options_.groups, options_.kernel_size.h, options_.kernel_size.w});
  if (bias) settle_bias(*bias, options_.bias_init, {options_.out_channels}, weight.shape());
}

Tensor ConvTranspose2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (is_open(weight, bias))
      to_settle(*this).settle(settling_channels(x.tensor(), 4, "images [B, C, H, W]", kSettle));
    check_sizes(weight, {-1, options_.out_channels / options_.groups, options_.kernel_size.h, options_.kernel_size.w});
    return conv_transpose2d(x, weight, optional_arg(bias),
                            {.stride = options_.stride,
                             .padding = options_.padding,
                             .output_padding = options_.output_padding,
                             .dilation = options_.dilation,
                             .groups = options_.groups});
  });
}

std::vector<LayerRecord> layers_conv_transpose();
std::vector<LayerRecord> layers_conv_transpose() {
  return {layer_record<ConvTranspose1d>(
              "ConvTranspose1d",
              "Transposed convolution over sequences: [B, in_channels, L] -> [B, out_channels, L'],\n"
              "L' = (L - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1.\n"
              "weight [in_channels, out_channels / groups, k], bias [out_channels]; in_channels may be left out."),
          layer_record<ConvTranspose2d>(
              "ConvTranspose2d",
              "Transposed convolution, the gradient of Conv2d as a layer: [B, in_channels, H, W] -> [B, out_channels, "
              "H', W'],\n"
              "H' = (H - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1.\n"
              "weight [in_channels, out_channels / groups, kh, kw], bias [out_channels]; in_channels may be left "
              "out.\nSource: Dumoulin and Visin 2016, section 4.")};
}

}  // namespace percept
