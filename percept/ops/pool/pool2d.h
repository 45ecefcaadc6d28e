// pool2d.h - attributes of the pooling ops and the sizes they share.
#pragma once
#include "percept/ops/kernel.h"
#include "percept/ops/ops.h"

namespace percept {

// max_pool2d: x -> y, indices (i32: h * W + w in the input's plane of the maximum, the first of equals).
// max_pool2d_grad: dy, indices -> dx of `shape`. max_pool2d_pick: x, indices -> the picked values (its gradient).
// avg_pool2d_grad: dy -> dx of `shape`.
struct Pool2dGradAttrs {
  Pool2dAttrs pool;
  Shape shape;  // of the pooled input
};

struct PoolSizes {
  std::int64_t batch = 0, channels = 0;
  Size2 input, output, kernel, stride;
  Pads pads;
  bool count_include_pad = true;
  bool adaptive = false;  // windows follow from input and output alone: pool/adaptive.h
};
// Refuses what does not fit: rank, kernels of size <= 0, windows larger than the padded input, padding above half.
PoolSizes pool_sizes(const Shape& x, const Pool2dAttrs& attrs, const char* who);

// Op::part: windows that lie side by side follow from the rows they begin and end with, any from whole images.
std::optional<Region> pooled_part(const PoolSizes& sizes, const Region& of_input);

}  // namespace percept
