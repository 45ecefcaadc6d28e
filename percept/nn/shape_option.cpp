// shape_option.cpp - a shape in options, read and written.
#include "percept/nn/shape_option.h"

#include "percept/base/error.h"
#include "percept/base/options.h"

namespace percept {

Value to_value(const ShapeOption& option) {
  Value list = Value::array();
  for (std::int64_t size : option.shape) list.push_back(size);
  return list;
}

void from_value(const Value& value, ShapeOption& out, std::string_view context) {
  std::vector<std::int64_t> sizes;
  if (value.is_int())
    sizes = {value.as_int()};
  else
    from_value(value, sizes, context);
  if (sizes.size() > 32)
    throw UsageError(std::string(context) + ": " + std::to_string(sizes.size()) + " sizes", "give at most 32");
  out.shape = Shape(std::span<const std::int64_t>(sizes));
}

std::size_t hash_value(const ShapeOption& option) {
  std::size_t hash = option.shape.size();
  for (std::int64_t size : option.shape) hash = hash_detail::mix(hash, static_cast<std::size_t>(size));
  return hash;
}

}  // namespace percept
