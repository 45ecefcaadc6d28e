// dropout.cpp - layers that drop elements or channels while training.
#include "percept/nn/layers/dropout.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

DropoutLayer::DropoutLayer(const char* who, Options options) : options_(options) {
  if (!(options.rate >= 0 && options.rate < 1))
    throw ValueError(std::string(who) + ": rate is " + number(options.rate),
                     "give the share that is dropped, at least 0 and below 1");
}

Tensor Dropout::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const TrainingScope* scope = training_scope();
    if (scope == nullptr || options_.rate == 0) return x.tensor();
    return dropout(x, options_.rate, stream_.key(), stream_.next_call(*scope));
  });
}

namespace {

void check_rank(const Tensor& x, int rank, const char* wanted, const char* fix) {
  if (x.rank() != rank) throw ShapeError("the input has shape " + str(x.shape()) + ", it takes " + wanted, fix);
}

}  // namespace

Tensor Dropout1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    check_rank(x.tensor(), 3, "sequences [B, C, L]", "use Dropout for rows, Dropout2d for images");
    const TrainingScope* scope = training_scope();
    if (scope == nullptr || options_.rate == 0) return x.tensor();
    return feature_dropout(x, options_.rate, stream_.key(), stream_.next_call(*scope));
  });
}

Tensor Dropout2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    check_rank(x.tensor(), 4, "images [B, C, H, W]", "use Dropout for rows, Dropout1d for sequences");
    const TrainingScope* scope = training_scope();
    if (scope == nullptr || options_.rate == 0) return x.tensor();
    return feature_dropout(x, options_.rate, stream_.key(), stream_.next_call(*scope));
  });
}

Tensor AlphaDropout::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const TrainingScope* scope = training_scope();
    if (scope == nullptr || options_.rate == 0) return x.tensor();
    return alpha_dropout(x, options_.rate, stream_.key(), stream_.next_call(*scope));
  });
}

std::vector<LayerRecord> layers_dropout();
std::vector<LayerRecord> layers_dropout() {
  return {layer_record<Dropout>(
              "Dropout",
              "While training, each element is 0 with probability rate and the others are divided by 1 - rate; "
              "otherwise x itself.\n"
              "What is dropped is a function of the seed, the layer, the step and the element, never of threads. "
              "Source: Srivastava et al. 2014."),
          layer_record<Dropout1d>("Dropout1d",
                                  "While training, each channel of [B, C, L] is 0 as a whole with probability rate and "
                                  "the others are divided by 1 - rate. Source: Tompson et al. 2015."),
          layer_record<Dropout2d>("Dropout2d",
                                  "While training, each channel of [B, C, H, W] is 0 as a whole with probability rate "
                                  "and the others are divided by 1 - rate. Source: Tompson et al. 2015."),
          layer_record<AlphaDropout>("AlphaDropout",
                                     "While training, elements get SELU's lowest value with probability rate, and all "
                                     "are scaled so that mean and variance stay. Source: Klambauer et al. 2017.")};
}

}  // namespace percept
