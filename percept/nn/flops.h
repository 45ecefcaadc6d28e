// flops.h - how many floating point operations a call of a layer takes.
#pragma once
#include "percept/nn/module.h"

namespace percept {

// Of one call that gave a tensor of shape `output` [B, ...], for one sample: two per multiply-add, padding included.
// Convolutions and Linear count, all others are 0.
double layer_flops(const ModuleRef& layer, const Shape& output);

// FLOPs of one forward pass over one sample. `first` is the part of the first layer that has weights, whose input
// gradient training does not need.
struct Flops {
  double forward = 0, first = 0;
  double training() const { return 3 * forward - first; }
};
// Runs the built model once on `input` [B, ...] and adds up all calls of layers, however deep and however often.
Flops count_flops(const ModuleRef& model, const Tensor& input);

}  // namespace percept
