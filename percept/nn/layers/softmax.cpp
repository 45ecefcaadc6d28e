// softmax.cpp - probabilities and their logarithms as layers.
#include "percept/nn/layers/softmax.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Tensor Softmax::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return softmax(x, options_.axis); });
}
Tensor LogSoftmax::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return log_softmax(x, options_.axis); });
}
Tensor Softmin::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return softmax(-x, options_.axis); });
}

std::vector<LayerRecord> layers_softmax();
std::vector<LayerRecord> layers_softmax() {
  return {layer_record<Softmax>("Softmax",
                                "exp(x) / sum exp(x) along an axis: probabilities that sum to 1.\n"
                                "Not before the loss cross_entropy, which takes logits."),
          layer_record<Softmin>("Softmin", "The softmax of -x along an axis: the smallest gets the most."),
          layer_record<LogSoftmax>("LogSoftmax", "x - log sum exp(x) along an axis: logarithms of probabilities.")};
}

}  // namespace percept
