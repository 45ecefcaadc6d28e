// flops.cpp - how many floating point operations the calls of layers take.
#include "percept/nn/flops.h"

#include "percept/core/mode.h"
#include "percept/nn/layers/conv1d.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/conv_transpose.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/separable_conv2d.h"

namespace percept {
namespace {

double per_weight(const State& weight) { return 2.0 * static_cast<double>(weight.numel()); }

// Positions of [B, C, ...] in one sample.
double positions(const Shape& shape) {
  double count = 1;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) count *= static_cast<double>(shape[axis]);
  return count;
}

// The input's size of a transposed convolution that gave `output`.
double input_size(std::int64_t output, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                  std::int64_t output_padding, std::int64_t dilation) {
  return static_cast<double>((output + 2 * padding - dilation * (kernel - 1) - output_padding - 1) / stride + 1);
}

double transposed_positions(const ConvTranspose1d::Options& o, const Shape& y) {
  return input_size(y[2], o.kernel_size, o.stride, o.padding, o.output_padding, o.dilation);
}
double transposed_positions(const ConvTranspose2d::Options& o, const Shape& y) {
  return input_size(y[2], o.kernel_size.h, o.stride.h, o.padding.h, o.output_padding.h, o.dilation.h) *
         input_size(y[3], o.kernel_size.w, o.stride.w, o.padding.w, o.output_padding.w, o.dilation.w);
}

}  // namespace

double layer_flops(const ModuleRef& layer, const Shape& y) {
  // Each output position meets every weight of its filter once; of a transposed convolution, each input position.
  if (const auto* l = layer.get_if<Conv2d>()) return per_weight(l->weight) * positions(y);
  if (const auto* l = layer.get_if<Conv1d>()) return per_weight(l->weight) * positions(y);
  if (const auto* l = layer.get_if<DepthwiseConv2d>()) return per_weight(l->weight) * positions(y);
  if (const auto* l = layer.get_if<SeparableConv2d>())
    return (per_weight(l->depthwise_weight) + per_weight(l->pointwise_weight)) * positions(y);
  if (const auto* l = layer.get_if<ConvTranspose1d>())
    return per_weight(l->weight) * transposed_positions(l->options(), y);
  if (const auto* l = layer.get_if<ConvTranspose2d>())
    return per_weight(l->weight) * transposed_positions(l->options(), y);
  if (const auto* l = layer.get_if<Linear>()) {
    double rows = 1;  // [B, ..., out_features]
    for (std::size_t axis = 1; axis + 1 < y.size(); ++axis) rows *= static_cast<double>(y[axis]);
    return per_weight(l->weight) * rows;
  }
  return 0;
}

Flops count_flops(const ModuleRef& model, const Tensor& input) {
  Flops flops;
  std::vector<std::pair<ModuleRef, Tensor>> last;  // what was told last: a Sequential tells it once more
  const CallObserver observer([&](const ModuleRef& layer, const Tensor& output) {
    if (!last.empty() && last[0].first == layer && last[0].second.storage() == output.storage()) return;
    last.assign(1, {layer, output});
    const double cost = layer_flops(layer, output.shape());
    if (cost > 0 && flops.forward == 0) flops.first = cost;
    flops.forward += cost;
  });
  const InferenceScope inference;
  model.run({input});
  return flops;
}

}  // namespace percept
