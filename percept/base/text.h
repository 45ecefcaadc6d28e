// text.h - numbers to and from text (never by the locale), joining, splitting, and guessing what was meant.
#pragma once
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace percept {

// Shortest text that reads back as the same number: "0.1", "100000", "1e-05", "nan", "-inf".
std::string number(double value);
std::string number(float value);
std::string number(std::int64_t value);
template <std::integral T>
  requires(sizeof(T) <= 8 && !std::same_as<T, std::int64_t> && !std::same_as<T, bool>)
std::string number(T value) {
  if constexpr (std::unsigned_integral<T> && sizeof(T) == 8)
    return std::to_string(value);
  else
    return number(static_cast<std::int64_t>(value));
}
// `digits` (0..100) after the point, rounded to nearest: fixed(0.91834, 4) is "0.9183".
std::string fixed(double value, int digits);
// 1199882 is "1,199,882".
std::string with_thousands(std::int64_t value);

// The whole text must be the number, without spaces or '+'; nothing if it is not or does not fit.
std::optional<double> parse_double(std::string_view text);
std::optional<std::int64_t> parse_int64(std::string_view text);

// The candidate with the smallest edit distance to key, "" if none is close: for "did you mean ...?".
std::string nearest(std::string_view key, std::span<const std::string_view> candidates);
std::string nearest(std::string_view key, std::span<const std::string> candidates);

// Strings or numbers with `separator` between: join(shape, ", ").
template <class Range>
std::string join(const Range& items, std::string_view separator = ", ") {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += separator;
    first = false;
    if constexpr (std::convertible_to<decltype(item), std::string_view>)
      text += std::string_view(item);
    else
      text += number(item);
  }
  return text;
}

// Parts between separators, empty ones kept: split("a,,b", ',') is {"a", "", "b"}, split("", ',') is {""}.
std::vector<std::string_view> split(std::string_view text, char separator);
// Without spaces, tabs and line ends at both ends.
std::string_view trim(std::string_view text);

// Columns of a terminal that UTF-8 text takes: wide characters count 2, combining ones 0.
int display_width(std::string_view text);
// Spaces added after or before the text up to `width` columns.
std::string pad_right(std::string_view text, int width);
std::string pad_left(std::string_view text, int width);

}  // namespace percept
