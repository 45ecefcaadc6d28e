// adaptive.h - windows of pools whose result's size is given: PyTorch's rule.
#pragma once
#include "percept/ops/pool/pool2d.h"

namespace percept {

// adaptive_avg_windows, adaptive_max_windows: x -> result of `output_size`.
struct AdaptiveAttrs {
  Size2 output_size{1};
};
// adaptive_avg_windows_grad: dy -> dx of `shape`.
struct AdaptiveGradAttrs {
  Size2 output_size{1};
  Shape shape;
};

// Window i of `count` over `size` elements: from i * size / count rounded down to (i + 1) * size / count rounded up.
// Neighbours may share an element.
inline std::int64_t adaptive_first(std::int64_t i, std::int64_t size, std::int64_t count) { return i * size / count; }
inline std::int64_t adaptive_end(std::int64_t i, std::int64_t size, std::int64_t count) {
  return ((i + 1) * size + count - 1) / count;
}
// Of checked shapes, for kernels.
inline PoolSizes adaptive_sizes(const Shape& x, Size2 output) {
  PoolSizes sizes;
  sizes.batch = x[0];
  sizes.channels = x[1];
  sizes.input = {x[2], x[3]};
  sizes.output = output;
  sizes.count_include_pad = false;
  sizes.adaptive = true;
  return sizes;
}

}  // namespace percept
