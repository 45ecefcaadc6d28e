// pointwise_result.cpp - shapes and memory order of pointwise results, and the way back from broadcasting.
#include "percept/ops/pointwise/rows.h"

namespace percept {

Spec pointwise_result(Specs inputs, DType dtype, const char* who) {
  Shape shape = inputs[0].shape;
  for (std::size_t i = 1; i < inputs.size(); ++i) shape = broadcast(shape, inputs[i].shape, who);
  Spec result = contiguous_spec(dtype, shape, inputs[0].device);
  for (const Spec& input : inputs)
    if (input.shape == shape) {
      result.strides = dense_strides_like(shape, input.strides);
      break;
    }
  return result;
}

Tensor unbroadcast(const Tensor& grad, const Shape& shape) {
  if (grad.shape() == shape) return grad;
  const std::size_t lead = grad.shape().size() - shape.size();
  Dims axes;
  for (std::size_t i = 0; i < grad.shape().size(); ++i)
    if (i < lead || (shape[i - lead] == 1 && grad.shape()[i] != 1)) axes.push_back(static_cast<std::int64_t>(i));
  const Tensor summed = axes.empty() ? grad : sum(grad, {.axes = axes, .keepdims = true});
  return summed.shape() == shape ? summed : reshape(summed, shape);
}

}  // namespace percept
