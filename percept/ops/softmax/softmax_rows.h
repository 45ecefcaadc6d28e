// softmax_rows.h - the walk over rows that the reference kernels of softmax and log_softmax share.
#pragma once
#include <cmath>
#include <span>
#include <vector>

#include "percept/base/checked.h"
#include "percept/ops/op.h"

namespace percept {

// The maximum; NaN if there is one. -inf for an empty row.
inline double largest(std::span<const double> row) {
  double m = -std::numeric_limits<double>::infinity();
  for (const double value : row)
    if (value > m || std::isnan(value)) m = value;  // nothing is greater than a NaN
  return m;
}

// Reads each row of input 0 along the axis, lets `f` change it, and writes it to result 0.
template <class T, class F>
void for_each_softmax_row(const Call& call, int axis, F&& f) {
  const Shape& shape = call.inputs[0].shape;
  const auto along = static_cast<std::size_t>(checked_axis(axis, shape.rank(), "softmax"));
  std::int64_t outer = 1, inner = 1;  // row-major: [outer, size, inner]
  for (std::size_t i = 0; i < along; ++i) outer *= shape[i];
  for (std::size_t i = along + 1; i < shape.size(); ++i) inner *= shape[i];
  const std::int64_t size = shape[along];
  const auto x = call.in<T>(0);
  const auto y = call.out<T>();
  std::vector<double> row(static_cast<std::size_t>(size));
  for (std::int64_t before = 0; before < outer; ++before)
    for (std::int64_t after = 0; after < inner; ++after) {
      const auto at = [&](std::int64_t i) { return (before * size + i) * inner + after; };
      for (std::int64_t i = 0; i < size; ++i) row[static_cast<std::size_t>(i)] = static_cast<double>(x.flat(at(i)));
      f(std::span<double>(row));
      for (std::int64_t i = 0; i < size; ++i) y.flat(at(i)) = rounded_to<T>(row[static_cast<std::size_t>(i)]);
    }
}

}  // namespace percept
