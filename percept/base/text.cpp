// text.cpp - numbers as text, edit distance, widths.
#include "percept/base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace percept {

namespace {

// The shortest digits, written with an exponent only where Python would: below 1e-4 and from 1e16 on.
template <class T>
std::string shortest(T value) {
  if (std::isnan(value)) return "nan";  // without the sign that to_chars would show
  char buffer[64];
  T size = std::abs(value);
  bool plain = size == 0 || (size >= T(1e-4) && size < T(1e16)) || std::isinf(size);
  auto result = std::to_chars(buffer, buffer + sizeof buffer, value,
                              plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {buffer, result.ptr};
}

template <class T>
std::optional<T> parse(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

std::string number(double value) { return shortest(value); }
std::string number(float value) { return shortest(value); }

std::string number(std::int64_t value) {
  char buffer[24];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "nan";
  char buffer[512];  // 309 digits before the point, 100 after
  digits = std::clamp(digits, 0, 100);
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, digits).ptr};
}

std::string with_thousands(std::int64_t value) {
  std::string text = number(value);
  std::size_t first = value < 0 ? 2 : 1;  // no comma before the first digit
  for (std::size_t i = text.size(); i > first + 2; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::optional<double> parse_double(std::string_view text) { return parse<double>(text); }
std::optional<std::int64_t> parse_int64(std::string_view text) { return parse<std::int64_t>(text); }

namespace {

// Insertions, deletions, substitutions and swaps of neighbours that turn a into b.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

template <class Candidates>
std::string nearest_of(std::string_view key, const Candidates& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, key.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    std::size_t longer = std::max(key.size(), candidate.size());
    if (longer - std::min(key.size(), candidate.size()) >= best_distance) continue;  // also keeps huge keys cheap
    std::size_t distance = edit_distance(key, candidate);
    if (distance < best_distance && distance < longer) {  // something must be common
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

}  // namespace

std::string nearest(std::string_view key, std::span<const std::string_view> candidates) {
  return nearest_of(key, candidates);
}
std::string nearest(std::string_view key, std::span<const std::string> candidates) {
  return nearest_of(key, candidates);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  static constexpr std::string_view kSpaces = " \t\r\n";
  std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

namespace {

struct Range {
  char32_t first, last;
};
// The larger blocks of Unicode's East Asian Width W and F, and the emoji.
constexpr Range kWide[] = {{0x1100, 0x115f},  {0x2e80, 0x303e},   {0x3041, 0x4dbf},   {0x4e00, 0xa4cf},
                           {0xac00, 0xd7a3},  {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                           {0xffe0, 0xffe6},  {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
                           {0x20000, 0x3fffd}};
constexpr Range kZeroWidth[] = {{0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};

int width_of(char32_t code) {
  auto holds = [code](Range range) { return code >= range.first && code <= range.last; };
  if (std::ranges::any_of(kZeroWidth, holds)) return 0;
  return std::ranges::any_of(kWide, holds) ? 2 : 1;
}

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  for (std::size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i++]);
    std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    char32_t code = more == 0 ? lead : lead & (0x3fu >> more);
    for (; more > 0 && i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80; --more, ++i)
      code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    width += width_of(code);
  }
  return width;
}

std::string pad_right(std::string_view text, int width) {
  return std::string(text) + std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
}
std::string pad_left(std::string_view text, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ') + std::string(text);
}

}  // namespace percept
