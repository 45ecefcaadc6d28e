// noise.cpp - layers that disturb with normal noise while training.
#include "percept/nn/layers/noise.h"

#include <cmath>

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

// Normal numbers that are a function of the layer's stream, the step, the call and the element.
Tensor noise_like(const Tensor& x, double mean, double std, const RandomStream& stream, const TrainingScope& scope) {
  const RandomKey key = stream.key();
  const auto step = static_cast<std::uint64_t>(scope.step());
  const std::uint64_t call = stream.next_call(scope);
  return normal(x.shape(), mean, std, {philox_key(key), philox_key({step, call})}, x.dtype());
}

}  // namespace

GaussianNoise::GaussianNoise(Options options) : options_(options) {
  if (!(options.stddev >= 0) || std::isinf(options.stddev))
    throw ValueError("GaussianNoise: stddev is " + number(options.stddev), "give a finite number of at least 0");
}

Tensor GaussianNoise::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const TrainingScope* scope = training_scope();
    if (scope == nullptr || options_.stddev == 0) return x.tensor();
    return x + noise_like(x.tensor(), 0, options_.stddev, stream_, *scope);
  });
}

GaussianDropout::GaussianDropout(Options options) : options_(options) {
  if (!(options.rate >= 0 && options.rate < 1))
    throw ValueError("GaussianDropout: rate is " + number(options.rate), "give at least 0 and below 1");
}

Tensor GaussianDropout::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const TrainingScope* scope = training_scope();
    if (scope == nullptr || options_.rate == 0) return x.tensor();
    const double std = std::sqrt(options_.rate / (1 - options_.rate));
    return x * noise_like(x.tensor(), 1, std, stream_, *scope);
  });
}

std::vector<LayerRecord> layers_noise();
std::vector<LayerRecord> layers_noise() {
  return {
      layer_record<GaussianNoise>(
          "GaussianNoise",
          "While training, x + N(0, stddev), the noise a function of the seed, the layer, the step and the element; "
          "otherwise x itself. Keras's."),
      layer_record<GaussianDropout>("GaussianDropout",
                                    "While training, x N(1, sqrt(rate / (1 - rate))); otherwise x itself. Keras's. "
                                    "Source: Srivastava et al. 2014, section 10.")};
}

}  // namespace percept
