// spec.h - everything about a tensor but its values: what `infer` takes and gives, what kernels are prepared for.
#pragma once
#include "percept/core/device.h"
#include "percept/core/dtype.h"
#include "percept/core/shape.h"

namespace percept {

struct Spec {
  DType dtype = DType::f32;
  Shape shape;
  Strides strides;          // in elements
  std::int64_t offset = 0;  // of the first element; views only, 0 where memory is fresh
  Device device;

  int rank() const { return shape.rank(); }
  std::int64_t numel() const;  // checked
  bool is_contiguous() const { return percept::is_contiguous(shape, strides); }
  bool is_channels_last() const { return percept::is_channels_last(shape, strides); }
  bool is_dense() const { return percept::is_dense(shape, strides); }
  friend bool operator==(const Spec&, const Spec&) = default;
};

// Row-major. ShapeError for negative sizes or too many elements.
Spec contiguous_spec(DType dtype, Shape shape, Device device = {});
// [B, C, H, W] stored as B, H, W, C.
Spec channels_last_spec(DType dtype, Shape shape, Device device = {});

}  // namespace percept
