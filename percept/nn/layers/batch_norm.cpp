// batch_norm.cpp - batch normalisation layers.
#include "percept/nn/layers/batch_norm.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

void BatchNorm::move_statistics(const Tensor& mean, const Tensor& var, std::int64_t count) {
  const NoGrad no_grad;
  const double unbias = static_cast<double>(count) / static_cast<double>(count - 1);
  assign(*num_batches_tracked, num_batches_tracked->tensor() + 1);
  if (options_.momentum) {
    const double share = *options_.momentum;
    assign(*running_mean, (1 - share) * running_mean->tensor() + share * mean.detach());
    assign(*running_var, (1 - share) * running_var->tensor() + share * unbias * var.detach());
  } else {
    const Tensor share = reciprocal(cast(*num_batches_tracked, mean.dtype()));
    assign(*running_mean, running_mean->tensor() + share * (mean.detach() - *running_mean));
    assign(*running_var, running_var->tensor() + share * (unbias * var.detach() - *running_var));
  }
}

Tensor BatchNorm::normalised(const Arg& x) const {
  const Tensor input = x.tensor();
  const std::int64_t channels = input.size(1);
  meet_channels_of(input);
  if (!training() && running_mean) return by_running_statistics(x, options_.eps);
  const std::int64_t count = channels == 0 ? 0 : input.numel() / channels;
  if (training() && count < 2)
    throw ShapeError("the input " + str(input.shape()) + " has " + number(count) +
                         " values per channel, the variance of a batch needs two",
                     "train with larger batches, or drop the last one where it is smaller");
  const BatchNormResult result = batch_norm(x, scale_for(input), shift_for(input), options_.eps);
  // Training, too, may change a layer.
  if (training() && running_mean) to_settle(*this).move_statistics(result.mean, result.var, count);
  return result.y;
}

Tensor BatchNorm1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (const int rank = x.tensor().rank(); rank != 2 && rank != 3)
      throw ShapeError("the input has shape " + str(x.tensor().shape()) + ", it takes [B, C] or [B, C, L]",
                       "use BatchNorm2d for images [B, C, H, W]");
    return normalised(x);
  });
}

Tensor BatchNorm2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (x.tensor().rank() != 4)
      throw ShapeError("the input has shape " + str(x.tensor().shape()) + ", it takes images [B, C, H, W]",
                       "put it before Flatten, or use BatchNorm1d");
    return normalised(x);
  });
}

std::vector<LayerRecord> layers_batch_norm();
std::vector<LayerRecord> layers_batch_norm() {
  return {layer_record<BatchNorm1d>(
              "BatchNorm1d",
              "y = (x - mean) / sqrt(var + eps) * weight + bias per channel: [B, C] or [B, C, L] -> the same.\n"
              "As BatchNorm2d otherwise."),
          layer_record<BatchNorm2d>(
              "BatchNorm2d",
              "y = (x - mean) / sqrt(var + eps) * weight + bias per channel: [B, C, H, W] -> [B, C, H, W].\n"
              "Training uses the batch's statistics and moves the running ones by momentum (the share of the new "
              "value; the variance unbiased; without momentum they are the mean over all batches), inference uses the "
              "running ones.\n"
              "affine = false: no weight and bias; track_running_stats = false: the batch's statistics always.\n"
              "num_features may be left out: it is taken from the input when the model is built. Source: Ioffe and "
              "Szegedy 2015.")};
}

}  // namespace percept
