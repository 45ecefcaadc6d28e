// batch_norm2d.cpp - batch normalisation of images.
#include "percept/nn/layers/batch_norm2d.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

Initializer filled(double value) {
  return [value](const Shape& shape, RandomKey) { return full(shape, value); };
}

}  // namespace

BatchNorm2d::BatchNorm2d(Options options)
    : weight(filled(1)), bias(filled(0)), running_mean(filled(0)), running_var(filled(1)), options_(options) {
  if (options.num_features != -1) check_option("BatchNorm2d", "num_features", options.num_features, 1);
  if (!(options.eps > 0))
    throw ValueError("BatchNorm2d: eps is " + number(options.eps), "give a small number above 0, as 1e-5");
  if (!(options.momentum >= 0 && options.momentum <= 1))
    throw ValueError("BatchNorm2d: momentum is " + number(options.momentum), "give the new value's share, 0 to 1");
  if (options.num_features > 0) settle(options.num_features);
}

void BatchNorm2d::settle(std::int64_t channels) {
  for (State* state : {static_cast<State*>(&weight), static_cast<State*>(&bias), static_cast<State*>(&running_mean),
                       static_cast<State*>(&running_var)})
    state->settle({channels});
}

void BatchNorm2d::move_statistics(const Tensor& mean, const Tensor& var, std::int64_t count) {
  const NoGrad no_grad;
  const double share = options_.momentum;
  const double unbias = static_cast<double>(count) / static_cast<double>(count - 1);
  assign(running_mean, (1 - share) * running_mean.tensor() + share * mean.detach());
  assign(running_var, (1 - share) * running_var.tensor() + share * unbias * var.detach());
}

Tensor BatchNorm2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const Tensor input = x.tensor();
    if (input.rank() != 4)
      throw ShapeError("the input has shape " + str(input.shape()) + ", it takes images [B, C, H, W]",
                       "put it before Flatten");
    if (!weight.built()) {
      check_building("num_features");
      to_settle(*this).settle(input.size(1));
    }
    if (!training()) return normalize(x, weight, bias, running_mean, running_var, options_.eps);
    const std::int64_t count = input.size(0) * input.size(2) * input.size(3);
    if (count < 2)
      throw ShapeError("the input " + str(input.shape()) + " has " + number(count) +
                           " values per channel, the "
                           "variance of a batch needs two",
                       "train with larger batches, or drop the last one where it is smaller");
    const BatchNormResult result = batch_norm(x, weight, bias, options_.eps);
    to_settle(*this).move_statistics(result.mean, result.var, count);  // training, too, may change a layer
    return result.y;
  });
}

std::vector<LayerRecord> layers_batch_norm2d();
std::vector<LayerRecord> layers_batch_norm2d() {
  return {layer_record<BatchNorm2d>(
      "BatchNorm2d",
      "y = (x - mean) / sqrt(var + eps) * weight + bias per channel: [B, C, H, W] -> [B, C, H, W].\n"
      "Training uses the batch's statistics and moves the running ones by momentum (the share of the new value; the "
      "variance unbiased), inference uses the running ones.\n"
      "num_features may be left out: it is taken from the input when the model is built. Source: Ioffe and Szegedy "
      "2015.")};
}

}  // namespace percept
