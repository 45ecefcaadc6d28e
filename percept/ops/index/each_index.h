// each_index.h - the plain loop over indices that gather and its relatives share, and how their samples are written.
#pragma once
#include <utility>
#include <vector>

#include "percept/base/checked.h"
#include "percept/ops/index/index.h"
#include "percept/ops/op.h"

namespace percept {

// f(position in index, position in the table), both row-major, for every index that is in range; the others are
// reported and skipped.
template <class F>
void for_each_index(const Call& call, const char* who, std::size_t index_input, const Shape& table, int axis, F&& f) {
  const Shape& shape = call.inputs[index_input].shape;
  const Strides strides = contiguous_strides(table);
  const auto along = static_cast<std::size_t>(checked_axis(axis, table.rank(), who));
  const std::int64_t count = checked_numel(shape);
  visit_dtype(call.inputs[index_input].dtype, [&]<class I>(I) {
    const auto index = call.in<I>(index_input);
    for (std::int64_t position = 0; position < count; ++position) {
      const auto value = static_cast<std::int64_t>(index.flat(position));
      if (value < 0 || value >= table[along]) {
        report_index(call.buffers, who, value, position, shape, table[along]);
        continue;
      }
      std::int64_t rest = position, at = 0;
      for (std::size_t i = shape.size(); i-- > 0; rest /= shape[i])
        at += (i == along ? value : rest % shape[i]) * strides[i];
      f(position, at);
    }
  });
}

inline SampleInput indices(Shape shape, std::vector<double> values, DType dtype = DType::i64) {
  return {.shape = std::move(shape), .values = std::move(values), .dtype = dtype};
}

}  // namespace percept
