// shape_option.h - a shape in options: one number or a list, as PyTorch takes normalized_shape.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "percept/base/value.h"
#include "percept/core/shape.h"

namespace percept {

// LayerNorm{{.normalized_shape = 64}} or {{.normalized_shape = {3, 8, 8}}}.
struct ShapeOption {
  Shape shape;
  ShapeOption() = default;
  ShapeOption(std::int64_t one) : shape{one} {}
  ShapeOption(std::initializer_list<std::int64_t> sizes) : shape(sizes) {}
  ShapeOption(Shape given) : shape(std::move(given)) {}
  friend bool operator==(const ShapeOption&, const ShapeOption&) = default;
};

Value to_value(const ShapeOption& option);
void from_value(const Value& value, ShapeOption& out, std::string_view context);
std::size_t hash_value(const ShapeOption& option);

}  // namespace percept
