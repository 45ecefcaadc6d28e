// reshape.cpp - layers that only rearrange.
#include "percept/nn/layers/reshape.h"

#include "percept/base/checked.h"
#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Tensor Reshape::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const Tensor input = x.tensor();
    if (input.rank() < 1) throw ShapeError("the input is a single number", "it takes a batch [B, ...]");
    Shape shape = options_.shape.shape;
    shape.insert(0, input.size(0));
    return reshape(x, shape);
  });
}

Unflatten::Unflatten(Options options) : options_(std::move(options)) {
  if (options_.unflattened_size.shape.empty())
    throw ValueError("Unflatten: unflattened_size is empty", "give the sizes that replace the axis, as {3, 4}");
}

Tensor Unflatten::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const Tensor input = x.tensor();
    const auto axis = static_cast<std::size_t>(checked_axis(options_.axis, input.rank(), "Unflatten"));
    Shape sizes = options_.unflattened_size.shape;
    std::int64_t known = 1, open = 0;
    for (std::int64_t size : sizes) size == -1 ? void(++open) : void(known = checked_mul(known, size));
    const std::int64_t whole = input.shape()[axis];
    if (open > 1 || known < 1 || (open == 1 ? whole % known != 0 : whole != known))
      throw ShapeError(
          "axis " + number(options_.axis) + " of the input " + str(input.shape()) + " does not become " + str(sizes),
          "give sizes whose product is " + number(whole) + "; one may be -1");
    Shape shape;
    for (std::size_t i = 0; i < input.shape().size(); ++i) {
      if (i != axis) {
        shape.push_back(input.shape()[i]);
        continue;
      }
      for (std::int64_t size : sizes) shape.push_back(size == -1 ? whole / known : size);
    }
    return reshape(x, shape);
  });
}

Tensor Permute::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return permute(x, options_.axes.shape); });
}

std::vector<LayerRecord> layers_reshape();
std::vector<LayerRecord> layers_reshape() {
  return {
      layer_record<Reshape>("Reshape",
                            "Each sample in a new shape: [B, ...] -> [B, shape]; one size may be -1. Keras's."),
      layer_record<Unflatten>(
          "Unflatten",
          "One axis as several: [B, 12] -> [B, 3, 4] for axis = 1, unflattened_size = [3, 4]; one size may be -1."),
      layer_record<Permute>("Permute",
                            "The axes in another order, the batch's among them: axes = [0, 2, 1] exchanges the last "
                            "two of [B, C, L].")};
}

}  // namespace percept
