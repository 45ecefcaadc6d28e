// sizes.h - sizes of windows as users write them: one number for both axes, a pair, or a word.
#pragma once
#include <cstdint>
#include <string>

#include "percept/base/value.h"
#include "percept/core/shape.h"

namespace percept {

// Height and width; one number means both.
struct Size2 {
  std::int64_t h = 1, w = 1;
  constexpr Size2() = default;
  constexpr Size2(std::int64_t both) : h(both), w(both) {}
  constexpr Size2(std::int64_t height, std::int64_t width) : h(height), w(width) {}
  friend bool operator==(const Size2&, const Size2&) = default;
};

// Rows and columns of zeros around an image: a number, a pair, "valid" (none), or "same" (Keras: output size is
// input / stride rounded up, the odd one at the end).
struct Padding {
  Size2 size{0};
  bool same = false;
  constexpr Padding() = default;
  constexpr Padding(std::int64_t both) : size(both) {}
  constexpr Padding(Size2 pair) : size(pair) {}
  constexpr Padding(std::int64_t height, std::int64_t width) : size(height, width) {}
  Padding(const char* word);  // ValueError unless "same" or "valid"
  friend bool operator==(const Padding&, const Padding&) = default;
};

// Before and after, per axis, once the input's size is known.
struct Pads {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  friend bool operator==(const Pads&, const Pads&) = default;
};
Pads pads_for(const Padding& padding, Size2 input, Size2 kernel, Size2 stride, Size2 dilation);

// What options.h needs to read and write them: 3, [3, 5], "same".
Value to_value(const Size2& size);
Value to_value(const Padding& padding);
void from_value(const Value& value, Size2& out, std::string_view context);
void from_value(const Value& value, Padding& out, std::string_view context);
std::size_t hash_value(const Size2& size);
std::size_t hash_value(const Padding& padding);

}  // namespace percept
