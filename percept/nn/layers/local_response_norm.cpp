// local_response_norm.cpp - normalisation by the channels nearby.
#include "percept/nn/layers/local_response_norm.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

LocalResponseNorm::LocalResponseNorm(Options options) : options_(options) {
  check_option("LocalResponseNorm", "size", options.size, 1);
}

Tensor LocalResponseNorm::operator()(const Arg& x) const {
  return call_layer(*this, x,
                    [&] { return local_response_norm(x, options_.size, options_.alpha, options_.beta, options_.k); });
}

std::vector<LayerRecord> layers_local_response_norm();
std::vector<LayerRecord> layers_local_response_norm() {
  return {layer_record<LocalResponseNorm>(
      "LocalResponseNorm",
      "[B, C, ...]: every value divided by (k + alpha * mean)^beta, the mean of x^2 over `size` neighbouring channels, "
      "those outside counting as 0. Source: Krizhevsky et al. 2012.")};
}

}  // namespace percept
