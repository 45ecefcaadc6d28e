// index.h - attributes of the ops that look up by index, and the one text for an index out of range.
#pragma once
#include <cstdint>

#include "percept/core/dtype.h"
#include "percept/core/shape.h"
#include "percept/ops/kernel.h"

namespace percept {

// gather: x and index (u8, i32, i64) of one rank; the result has index's shape, row-major.
struct GatherAttrs {
  int axis = -1;
};
// scatter_add: index and values of one shape -> result of `shape`, row-major; zeros, values added in row-major order.
struct ScatterAddAttrs {
  int axis = -1;
  Shape shape;
};
// one_hot: labels (u8, i32, i64) [...] -> [..., classes], row-major.
struct OneHotAttrs {
  std::int64_t classes = 0;
  DType dtype = DType::f32;
};

// DTypeError unless the dtype is one of u8, i32, i64.
void check_index_dtype(const char* who, const char* what, DType dtype);

// Reports the value at `position` (row-major, of a tensor of `shape`) as out of 0..size-1. Every kernel of these ops
// checks its indices and says so by this function; such an element is then treated as 0 is, and nothing is kept.
void report_index(const Buffers& buffers, const char* who, std::int64_t value, std::int64_t position,
                  const Shape& shape, std::int64_t size);

}  // namespace percept
