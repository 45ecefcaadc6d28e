// conv2d.h - attributes of the convolution and of its two gradients, and the sizes they share.
#pragma once
#include <string_view>

#include "percept/ops/kernel.h"
#include "percept/ops/ops.h"

namespace percept {

// conv2d_input_grad: inputs dy [B, O, H', W'] and weight; result dx of `shape`.
// conv2d_weight_grad: inputs dy and x; result dw of `shape`.
struct Conv2dGradAttrs {
  Conv2dAttrs conv;
  Shape shape;
};

// Everything a kernel loops over, from checked shapes.
struct ConvSizes {
  std::int64_t batch = 0, in_channels = 0, out_channels = 0, groups = 1;
  Size2 input, output, kernel, stride, dilation;
  Pads pads;
};
// x and weight shapes as conv2d takes them. ShapeError / ValueError with the received sizes when they do not fit.
ConvSizes conv_sizes(const Shape& x, const Shape& weight, const Conv2dAttrs& attrs);

// The image whose convolution has the gradient dy: what transposed convolutions are. Differentiable any number of
// times.
Tensor conv2d_input_grad(const Tensor& dy, const Tensor& weight, const Conv2dAttrs& conv, const Shape& shape);

// The algorithm (a function of shapes and the user's wish; never of the batch): "direct".
std::string_view choose_conv2d(const ConvSizes& sizes, const std::string& wish);
// How many slices of the batch the weight gradient is summed from, in a fixed tree: follows from the shape.
std::int64_t conv2d_weight_grad_slices(const ConvSizes& sizes);

}  // namespace percept
