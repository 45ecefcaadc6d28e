// activations.cpp - activations without settings as layers.
#include "percept/nn/layers/activations.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Tensor ReLU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return relu(x); });
}
Tensor ReLU6::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return relu6(x); });
}
Tensor Sigmoid::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return sigmoid(x); });
}
Tensor Tanh::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return tanh(x); });
}
Tensor SELU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return selu(x); });
}
Tensor SiLU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return silu(x); });
}
Tensor Mish::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return mish(x); });
}
Tensor Softsign::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return x / (1 + abs(x)); });
}
Tensor LogSigmoid::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return log_sigmoid(x); });
}
Tensor Hardsigmoid::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return hard_sigmoid(x); });
}
Tensor Hardswish::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return hard_swish(x); });
}
Tensor Tanhshrink::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return tanh_shrink(x); });
}
Tensor Identity::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return x.tensor(); });
}

std::vector<LayerRecord> layers_activations();
std::vector<LayerRecord> layers_activations() {
  return {
      layer_record<ReLU>("ReLU", "max(x, 0), element by element."),
      layer_record<ReLU6>("ReLU6", "min(max(x, 0), 6), element by element."),
      layer_record<Sigmoid>("Sigmoid", "1 / (1 + exp(-x)), element by element."),
      layer_record<Tanh>("Tanh", "The hyperbolic tangent, element by element."),
      layer_record<SELU>("SELU",
                         "1.0507 x above 0, 1.0507 * 1.6733 (exp(x) - 1) below: keeps mean 0 and variance 1 from layer "
                         "to layer, with lecun_normal weights and AlphaDropout. Source: Klambauer et al. 2017."),
      layer_record<SiLU>("SiLU", "x sigmoid(x), element by element; also called swish."),
      layer_record<Mish>("Mish", "x tanh(log(1 + exp(x))), element by element. Source: Misra 2019."),
      layer_record<Softsign>("Softsign", "x / (1 + |x|), element by element."),
      layer_record<LogSigmoid>("LogSigmoid", "log(1 / (1 + exp(-x))), element by element."),
      layer_record<Hardsigmoid>("Hardsigmoid", "min(max(x / 6 + 1 / 2, 0), 1), element by element (PyTorch's)."),
      layer_record<Hardswish>("Hardswish", "x min(max(x / 6 + 1 / 2, 0), 1). Source: Howard et al. 2019, MobileNetV3."),
      layer_record<Tanhshrink>("Tanhshrink", "x - tanh(x), element by element."),
      layer_record<Identity>("Identity", "x itself: a placeholder, or the empty branch of a Parallel.")};
}

}  // namespace percept
