// activations.cpp - pointwise activations as layers.
#include "percept/nn/layers/activations.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Tensor ReLU::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return relu(x); });
}
Tensor Sigmoid::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return sigmoid(x); });
}
Tensor Tanh::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return tanh(x); });
}

std::vector<LayerRecord> layers_activations();
std::vector<LayerRecord> layers_activations() {
  return {layer_record<ReLU>("ReLU", "max(x, 0), element by element."),
          layer_record<Sigmoid>("Sigmoid", "1 / (1 + exp(-x)), element by element."),
          layer_record<Tanh>("Tanh", "The hyperbolic tangent, element by element.")};
}

}  // namespace percept
