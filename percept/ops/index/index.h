// index.h - attributes of the ops that look up by index, and the one text for an index out of range.
#pragma once
#include <cstdint>

#include "percept/core/dtype.h"
#include "percept/core/shape.h"
#include "percept/core/tensor.h"
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

// take: x and index of any rank; index's axes stand where `axis` was, the result row-major.
struct TakeAttrs {
  std::int64_t axis = 0;
};
// take_grad: index and values of take's result -> zeros with `size` entries along `axis`, values added in index order.
struct TakeGradAttrs {
  std::int64_t axis = 0, size = 0;
};
// embedding: ids of any rank and weight [V, D] -> [..., D], row-major.
struct EmbeddingAttrs {
  std::int64_t padding_index = -1;
};
// scatter: x, index and values; index and values of one shape -> x with values put in row-major order of the index.
struct ScatterAttrs {
  std::int64_t axis = -1;
};

// take, as kernels see it: x [outer, size, inner], index [count], result [outer, count, inner].
struct TakeSizes {
  std::int64_t outer = 1, size = 0, count = 1, inner = 1;
};
TakeSizes take_sizes(const Shape& x, const Shape& index, int axis);
Tensor take_grad(const Tensor& index, const Tensor& values, int axis, std::int64_t size);

// ShapeError for an index that does not lie inside `table` in all axes but one.
void check_index_shape(const char* who, const char* what, const Shape& table, const Shape& index, int axis);

// What positions up to `largest` are compared in: f32 where it is exact, since its pointwise kernels are fast.
inline DType counting_dtype(std::int64_t largest) { return largest <= std::int64_t{1} << 24 ? DType::f32 : DType::i64; }

// DTypeError unless the dtype is one of u8, i32, i64.
void check_index_dtype(const char* who, const char* what, DType dtype);

// Reports the value at `position` (row-major, of a tensor of `shape`) as out of 0..size-1. Every kernel of these ops
// checks its indices and says so by this function; such an element is then treated as 0 is, and nothing is kept.
void report_index(const Buffers& buffers, const char* who, std::int64_t value, std::int64_t position,
                  const Shape& shape, std::int64_t size);

}  // namespace percept
