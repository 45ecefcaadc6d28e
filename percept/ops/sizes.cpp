// sizes.cpp - reading, writing and settling window sizes.
#include "percept/ops/sizes.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "percept/base/checked.h"
#include "percept/base/error.h"

namespace percept {

Padding::Padding(const char* word) {
  const std::string_view text(word);
  if (text != "same" && text != "valid")
    throw ValueError("padding: unknown word '" + std::string(text) + "'",
                     "use a number, a pair, \"same\" or \"valid\"");
  same = text == "same";
}

Pads pads_for(const Padding& padding, Size2 input, Size2 kernel, Size2 stride, Size2 dilation) {
  if (!padding.same) return {padding.size.h, padding.size.h, padding.size.w, padding.size.w};
  // Keras: the output is ceil(input / stride); the odd row of zeros goes to the end.
  auto total = [](std::int64_t size, std::int64_t k, std::int64_t step, std::int64_t spread) {
    // Where the last window begins, counted so that no size overflows; without input there is no window.
    const std::int64_t last = size > 0 ? (size - 1) / step * step : -step;
    return std::max<std::int64_t>(checked_add(last - size + 1, checked_mul(k - 1, spread)), 0);
  };
  const std::int64_t rows = total(input.h, kernel.h, stride.h, dilation.h);
  const std::int64_t columns = total(input.w, kernel.w, stride.w, dilation.w);
  return {rows / 2, rows - rows / 2, columns / 2, columns - columns / 2};
}

Value to_value(const Size2& size) {
  if (size.h == size.w) return Value(size.h);
  return Value(std::vector<Value>{Value(size.h), Value(size.w)});
}

Value to_value(const Padding& padding) { return padding.same ? Value("same") : to_value(padding.size); }

void from_value(const Value& value, Size2& out, std::string_view context) {
  auto refuse = [&] {
    throw UsageError(std::string(context) + ": " + to_json(value) + " is not a size",
                     "use a number or [height, width]");
  };
  if (value.is_int()) {
    out = Size2(value.as_int());
  } else if (value.is_array() && value.as_array().size() == 2 && value.as_array()[0].is_int() &&
             value.as_array()[1].is_int()) {
    out = Size2(value.as_array()[0].as_int(), value.as_array()[1].as_int());
  } else {
    refuse();
  }
}

void from_value(const Value& value, Padding& out, std::string_view context) {
  if (!value.is_string()) {
    from_value(value, out.size, context);
    out.same = false;
    return;
  }
  const std::string& word = value.as_string();
  if (word != "same" && word != "valid")
    throw UsageError(std::string(context) + ": unknown padding \"" + word + "\"",
                     "use a number, [height, width], \"same\" or \"valid\"");
  out = Padding(word.c_str());
}

std::size_t hash_value(const Size2& size) {
  return std::hash<std::int64_t>{}(size.h) * 1000003u ^ std::hash<std::int64_t>{}(size.w);
}
std::size_t hash_value(const Padding& padding) { return hash_value(padding.size) * 2 + (padding.same ? 1 : 0); }

}  // namespace percept
