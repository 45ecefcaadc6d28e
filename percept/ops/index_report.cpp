// index_report.cpp - the refusals that ops with indices share.
#include <string>

#include "percept/base/checked.h"
#include "percept/ops/index/index.h"

namespace percept {

void check_index_dtype(const char* who, const char* what, DType dtype) {
  if (dtype != DType::u8 && dtype != DType::i32 && dtype != DType::i64)
    throw DTypeError(std::string(who) + ": " + what + " is " + std::string(name_of(dtype)),
                     "indices are u8, i32 or i64; use cast(..., DType::i64)");
}

void report_index(const Buffers& buffers, const char* who, std::int64_t value, std::int64_t position,
                  const Shape& shape, std::int64_t size) {
  Dims place(shape.size(), 0);
  std::int64_t rest = position;
  for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) place[axis] = rest % shape[axis];
  buffers.report->report(
      position, std::string(who) + ": index " + std::to_string(value) + " at " + str(place) + " is out of range",
      size == 0 ? "there is nothing to index: the axis has size 0" : "use 0.." + std::to_string(size - 1));
}

void check_index_shape(const char* who, const char* what, const Shape& table, const Shape& index, int axis) {
  bool fits = index.rank() == table.rank();
  for (std::size_t i = 0; fits && i < index.size(); ++i) fits = static_cast<int>(i) == axis || index[i] <= table[i];
  if (!fits)
    throw ShapeError(std::string(who) + ": " + what + " is " + str(table) + ", index is " + str(index),
                     "index must have as many axes, and be no larger along any axis but " + std::to_string(axis));
}

TakeSizes take_sizes(const Shape& x, const Shape& index, int axis) {
  const auto at = static_cast<std::size_t>(axis);
  TakeSizes s{.size = x[at], .count = checked_numel(index)};
  Shape rest = x;
  rest.erase(at);
  if (checked_numel(rest) == 0) s.outer = s.inner = 0;  // the other sizes may multiply to more than an integer holds
  for (std::size_t i = 0; i < rest.size() && s.outer != 0; ++i) (i < at ? s.outer : s.inner) *= rest[i];
  return s;
}

}  // namespace percept
