// flatten.cpp - from images to rows.
#include "percept/nn/layers/flatten.h"

#include "percept/base/checked.h"
#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Tensor Flatten::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const Tensor input = x.tensor();
    const int end = input.rank() == 0 ? -1 : checked_axis(options_.end_axis, input.rank(), "Flatten: end_axis");
    if (end == input.rank() - 1) return flatten(x, options_.start_axis);
    const int start = checked_axis(options_.start_axis, input.rank(), "Flatten: start_axis");
    if (start > end)
      throw ShapeError("start_axis " + number(options_.start_axis) + " comes after end_axis " +
                           number(options_.end_axis) + " in the input " + str(input.shape()),
                       "give start_axis <= end_axis");
    Shape shape;
    std::int64_t joined = 1;
    for (int axis = 0; axis < input.rank(); ++axis) {
      if (axis >= start && axis <= end) joined = checked_mul(joined, input.size(axis));
      if (axis < start || axis > end) shape.push_back(input.size(axis));
      if (axis == end) shape.push_back(joined);
    }
    return reshape(x, shape);
  });
}

std::vector<LayerRecord> layers_flatten();
std::vector<LayerRecord> layers_flatten() {
  return {layer_record<Flatten>("Flatten",
                                "Joins the axes start_axis to end_axis, usually all but the first: [B, C, H, W] -> [B, "
                                "C H W], in the order C, H, "
                                "W.")};
}

}  // namespace percept
