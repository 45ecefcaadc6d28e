// index_report.cpp - the refusals that ops with indices share.
#include <string>

#include "percept/base/error.h"
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

}  // namespace percept
