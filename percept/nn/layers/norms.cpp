// norms.cpp - layers that normalise within one sample.
#include "percept/nn/layers/norms.h"

#include <limits>

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/layers/norm_states.h"

namespace percept {
namespace {

void check_shape(const char* who, const Shape& shape) {
  for (std::int64_t size : shape) check_option(who, "normalized_shape", size, 1);
}

// The last axis of the input, for a layer that was given no shape.
Shape last_axis(const Tensor& input) {
  check_building("normalized_shape");
  if (input.rank() < 1) throw ShapeError("the input is a single number", "it takes [B, ..., features]");
  return {input.size(-1)};
}

// PyTorch's: of the type it computes in, which is f32 for halves too.
double epsilon_of(DType dtype) {
  return dtype == DType::f64 ? std::numeric_limits<double>::epsilon()
                             : static_cast<double>(std::numeric_limits<float>::epsilon());
}

}  // namespace

LayerNorm::LayerNorm(Options options) : options_(std::move(options)), shape_(options_.normalized_shape.shape) {
  check_shape("LayerNorm", shape_);
  check_layer_eps("LayerNorm", options_.eps);
  if (options_.elementwise_affine) weight.emplace(filled(1));
  if (options_.elementwise_affine && options_.bias) bias.emplace(filled(0));
  if (weight && !shape_.empty()) weight->settle(shape_);
  if (bias && !shape_.empty()) bias->settle(shape_);
}

Tensor LayerNorm::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    Shape shape = shape_;
    if (shape.empty()) shape = weight && weight->built() ? weight->shape() : Shape{};
    // Without states there is nothing to settle: the last axis of each input.
    if (shape.empty()) shape = weight ? last_axis(x.tensor()) : Shape{x.tensor().size(-1)};
    if (weight && is_open(*weight, bias)) {
      check_building("normalized_shape");
      to_settle(*weight).settle(shape);
      if (bias) to_settle(*bias).settle(shape);
    }
    return layer_norm(x, shape, optional_arg(weight), optional_arg(bias), options_.eps);
  });
}

RMSNorm::RMSNorm(Options options) : options_(std::move(options)), shape_(options_.normalized_shape.shape) {
  check_shape("RMSNorm", shape_);
  if (options_.eps) check_layer_eps("RMSNorm", *options_.eps);
  if (options_.elementwise_affine) weight.emplace(filled(1));
  if (weight && !shape_.empty()) weight->settle(shape_);
}

Tensor RMSNorm::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    Shape shape = shape_;
    if (shape.empty()) shape = weight && weight->built() ? weight->shape() : Shape{};
    if (shape.empty()) {
      shape = weight ? last_axis(x.tensor()) : Shape{x.tensor().size(-1)};
      if (weight) to_settle(*weight).settle(shape);
    }
    return rms_norm(x, shape, optional_arg(weight), options_.eps.value_or(epsilon_of(x.tensor().dtype())));
  });
}

GroupNorm::GroupNorm(Options options) : options_(options) {
  check_option("GroupNorm", "num_groups", options.num_groups, 1);
  if (options.num_channels != -1) check_option("GroupNorm", "num_channels", options.num_channels, 1);
  check_layer_eps("GroupNorm", options.eps);
  if (options.num_channels > 0 && options.num_channels % options.num_groups != 0)
    throw ValueError(
        "GroupNorm: num_channels is " + number(options.num_channels) + ", num_groups is " + number(options.num_groups),
        "give num_groups that divide num_channels");
  if (options.affine) {
    weight.emplace(filled(1));
    bias.emplace(filled(0));
  }
  if (options.num_channels > 0) settle(options.num_channels);
}

void GroupNorm::settle(std::int64_t channels) {
  if (channels % options_.num_groups != 0)
    throw ShapeError("the input has " + number(channels) + " channels, num_groups is " + number(options_.num_groups),
                     "give num_groups that divide the channels");
  if (weight) weight->settle({channels});
  if (bias) bias->settle({channels});
}

Tensor GroupNorm::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (weight && is_open(*weight, bias)) {
      check_building("num_channels");
      if (x.tensor().rank() < 2)
        throw ShapeError("the input has shape " + str(x.tensor().shape()) + ", it takes [B, C, ...]",
                         "give the shape of one sample with its channels first");
      to_settle(*this).settle(x.tensor().size(1));
    }
    return group_norm(x, options_.num_groups, optional_arg(weight), optional_arg(bias), options_.eps);
  });
}

// The means over the batch of the samples' statistics, the variance unbiased.
void InstanceNorm::move_statistics(const Tensor& x) {
  const NoGrad no_grad;
  Dims positions;
  for (int axis = 2; axis < x.rank(); ++axis) positions.push_back(axis);
  const double share = options_.momentum;
  const Tensor new_mean = mean(mean(x, {.axes = positions}), {.axes = {0}});
  const Tensor new_var = mean(var(x, {.axes = positions}), {.axes = {0}});
  assign(*running_mean, (1 - share) * running_mean->tensor() + share * new_mean);
  assign(*running_var, (1 - share) * running_var->tensor() + share * new_var);
}

Tensor InstanceNorm::normalised(const Arg& x) const {
  const Tensor input = x.tensor();
  meet_channels_of(input);
  if (!training() && running_mean) return by_running_statistics(x, options_.eps);
  std::int64_t positions = 1;
  for (int axis = 2; axis < input.rank(); ++axis) positions *= input.size(axis);
  if (training() && running_mean && input.size(0) == 0)
    throw ShapeError("the input " + str(input.shape()) + " has no samples to take statistics of",
                     "leave empty batches out while training");
  if (training() && positions < 2)
    throw ShapeError("the input " + str(input.shape()) + " has one value per channel and sample",
                     "normalise before the image has shrunk to one position");
  const Tensor y = instance_norm(x, optional_arg(weight), optional_arg(bias), options_.eps);
  if (training() && running_mean) to_settle(*this).move_statistics(input.detach());
  return y;
}

Tensor InstanceNorm1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (x.tensor().rank() != 3)
      throw ShapeError("the input has shape " + str(x.tensor().shape()) + ", it takes sequences [B, C, L]",
                       "use InstanceNorm2d for images [B, C, H, W]");
    return normalised(x);
  });
}

Tensor InstanceNorm2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (x.tensor().rank() != 4)
      throw ShapeError("the input has shape " + str(x.tensor().shape()) + ", it takes images [B, C, H, W]",
                       "use InstanceNorm1d for sequences [B, C, L]");
    return normalised(x);
  });
}

std::vector<LayerRecord> layers_norms();
std::vector<LayerRecord> layers_norms() {
  return {
      layer_record<LayerNorm>(
          "LayerNorm",
          "y = (x - mean) / sqrt(var + eps) * weight + bias over the last axes: [B, ..., normalized_shape].\n"
          "normalized_shape: a number or a list; left out, it is the last axis, taken from the input when the "
          "model is built. Source: Ba et al. 2016."),
      layer_record<RMSNorm>("RMSNorm",
                            "y = x / sqrt(mean(x^2) + eps) * weight over the last axes: [B, ..., normalized_shape].\n"
                            "eps left out is 2^-23 for f32, as PyTorch's. Source: Zhang and Sennrich 2019."),
      layer_record<GroupNorm>("GroupNorm",
                              "Normalises num_groups groups of neighbouring channels with all their positions, per "
                              "sample: [B, C, ...] -> the same. num_channels may be left out. Source: Wu and He "
                              "2018."),
      layer_record<InstanceNorm1d>("InstanceNorm1d",
                                   "Normalises each channel of each sample: [B, C, L] -> the same. As "
                                   "InstanceNorm2d otherwise."),
      layer_record<InstanceNorm2d>(
          "InstanceNorm2d",
          "Normalises each channel of each sample: [B, C, H, W] -> the same. affine adds weight and bias; "
          "track_running_stats keeps means of the statistics for inference. Source: Ulyanov et al. 2016.")};
}

}  // namespace percept
