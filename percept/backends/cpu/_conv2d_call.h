// _conv2d_call.h - what a kernel of convolutions and of their input gradients is asked for.
#pragma once
#include <optional>

#include "percept/ops/conv/conv2d.h"
#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept::cpu {

struct ConvCall {
  ConvSizes sizes;
  bool backwards = false;  // the input gradient: from the output's gradient to the input's
  Strides weight;
};

// Of f32 images in channels-last order, with nothing behind them; else nothing.
inline std::optional<ConvCall> conv_call(const Attrs& attrs, Specs in, Specs out, const PointwiseProgram& epilogue,
                                         bool backwards) {
  if (!epilogue.empty() || in[0].dtype != DType::f32 || in[1].dtype != DType::f32 || out[0].dtype != DType::f32 ||
      !in[0].is_channels_last() || !out[0].is_channels_last())
    return std::nullopt;
  if (!backwards) return ConvCall{conv_sizes(in[0].shape, in[1].shape, attrs.as<Conv2dAttrs>()), false, in[1].strides};
  const auto& a = attrs.as<Conv2dGradAttrs>();
  return ConvCall{conv_sizes(a.shape, in[1].shape, a.conv), true, in[1].strides};
}

// The same of the gradient by the weight: its sizes.
inline std::optional<ConvSizes> weight_grad_call(const Attrs& attrs, Specs in, const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || in[0].dtype != DType::f32 || in[1].dtype != DType::f32 || !in[0].is_channels_last() ||
      !in[1].is_channels_last())
    return std::nullopt;
  const auto& a = attrs.as<Conv2dGradAttrs>();
  return conv_sizes(in[1].shape, a.shape, a.conv);
}

}  // namespace percept::cpu
