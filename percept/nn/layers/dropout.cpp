// dropout.cpp - the layer that drops elements while training.
#include "percept/nn/layers/dropout.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Dropout::Dropout(Options options) : options_(options) {
  if (!(options.rate >= 0 && options.rate < 1))
    throw ValueError("Dropout: rate is " + number(options.rate),
                     "give the share that is dropped, at least 0 and below 1");
}

Tensor Dropout::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const TrainingScope* scope = training_scope();
    if (scope == nullptr || options_.rate == 0) return x.tensor();
    return dropout(x, options_.rate, stream_.key(), stream_.next_call(*scope));
  });
}

std::vector<LayerRecord> layers_dropout();
std::vector<LayerRecord> layers_dropout() {
  return {layer_record<Dropout>(
      "Dropout",
      "While training, each element is 0 with probability rate and the others are divided by 1 - rate; otherwise x "
      "itself.\n"
      "What is dropped is a function of the seed, the layer, the step and the element, never of threads. "
      "Source: Srivastava et al. 2014.")};
}

}  // namespace percept
