// flatten.cpp - from images to rows.
#include "percept/nn/layers/flatten.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Tensor Flatten::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return flatten(x, options_.start_axis); });
}

std::vector<LayerRecord> layers_flatten();
std::vector<LayerRecord> layers_flatten() {
  return {layer_record<Flatten>(
      "Flatten", "Joins the axes from start_axis on: [B, C, H, W] -> [B, C H W], in the order C, H, W.")};
}

}  // namespace percept
