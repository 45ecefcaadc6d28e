// tuned_activations.cpp - activations with settings as layers.
#include "percept/nn/layers/tuned_activations.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Tensor LeakyReLU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return leaky_relu(x, options_.negative_slope); });
}

PReLU::PReLU(Options options)
    : weight([init = options.init](const Shape& shape, RandomKey) { return full(shape, init); }), options_(options) {
  check_option("PReLU", "num_parameters", options.num_parameters, 1);
  weight.settle({options.num_parameters});
}
Tensor PReLU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return prelu(x, weight); });
}

Tensor ELU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return elu(x, options_.alpha); });
}
Tensor CELU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return celu(x, options_.alpha); });
}

GELU::GELU(Options options) : options_(std::move(options)) {
  if (options_.approximate != "none" && options_.approximate != "tanh")
    throw ValueError("GELU: approximate is \"" + options_.approximate + "\"", "give \"none\" or \"tanh\"");
}
Tensor GELU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return gelu(x, options_.approximate); });
}

Softplus::Softplus(Options options) : options_(options) {
  if (!(options.beta > 0)) throw ValueError("Softplus: beta is " + number(options.beta), "give a number above 0");
}
Tensor Softplus::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return softplus(x, options_.beta, options_.threshold); });
}

Hardtanh::Hardtanh(Options options) : options_(options) {
  if (!(options.min_val <= options.max_val))
    throw ValueError("Hardtanh: min_val is " + number(options.min_val) + ", max_val is " + number(options.max_val),
                     "give min_val <= max_val");
}
Tensor Hardtanh::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return hard_tanh(x, options_.min_val, options_.max_val); });
}

Tensor Hardshrink::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return hard_shrink(x, options_.lambd); });
}

Softshrink::Softshrink(Options options) : options_(options) {
  if (!(options.lambd >= 0)) throw ValueError("Softshrink: lambd is " + number(options.lambd), "give at least 0");
}
Tensor Softshrink::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return soft_shrink(x, options_.lambd); });
}

Tensor Threshold::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return threshold(x, options_.threshold, options_.value); });
}
Tensor GLU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return glu(x, options_.axis); });
}

Maxout::Maxout(Options options) : options_(options) { check_option("Maxout", "pieces", options.pieces, 1); }
Tensor Maxout::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return maxout(x, options_.pieces, options_.axis); });
}

std::vector<LayerRecord> layers_tuned_activations();
std::vector<LayerRecord> layers_tuned_activations() {
  return {layer_record<LeakyReLU>("LeakyReLU", "x above 0, negative_slope * x below."),
          layer_record<PReLU>("PReLU",
                              "x above 0, weight * x below; weight [num_parameters] is learned, one for all or one per "
                              "channel of [B, C, ...], and starts at init. Source: He et al. 2015."),
          layer_record<ELU>("ELU", "x above 0, alpha (exp(x) - 1) below. Source: Clevert et al. 2016."),
          layer_record<CELU>("CELU", "max(x, 0) + min(alpha (exp(x / alpha) - 1), 0). Source: Barron 2017."),
          layer_record<GELU>("GELU",
                             "x Phi(x), Phi the normal distribution's function; approximate = \"tanh\": x / 2 (1 + "
                             "tanh(sqrt(2 / pi) (x + 0.044715 x^3))). Source: Hendrycks and Gimpel 2016."),
          layer_record<Softplus>("Softplus", "log(1 + exp(beta x)) / beta; x itself where beta x is above threshold."),
          layer_record<Hardtanh>("Hardtanh", "min(max(x, min_val), max_val)."),
          layer_record<Hardshrink>("Hardshrink", "0 where |x| <= lambd, x elsewhere."),
          layer_record<Softshrink>("Softshrink", "x - lambd above lambd, x + lambd below -lambd, else 0."),
          layer_record<Threshold>("Threshold", "x where it is above threshold, else value."),
          layer_record<GLU>("GLU",
                            "The first half along the axis times the sigmoid of the second: [B, 2 N] -> [B, N].\n"
                            "Source: Dauphin et al. 2017."),
          layer_record<Maxout>("Maxout",
                               "The largest of every `pieces` neighbours along the axis: [B, pieces * N] -> [B, N].\n"
                               "Behind Linear (or Conv2d) of pieces * N outputs it is the maxout unit. Not in PyTorch. "
                               "Source: Goodfellow et al. 2013.")};
}

}  // namespace percept
