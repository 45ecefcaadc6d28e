// python_text.cpp - the part of Python's format language that names of checkpoints use.
#include "percept/train/python_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {
namespace {

constexpr int kMostPlaces = 64;  // of a width or a precision: names of files are short

std::string written(double value, std::chars_format format, int precision) {
  std::array<char, 512> room;  // the largest double has 309 digits before the point
  const auto end = precision < 0 ? std::to_chars(room.data(), room.data() + room.size(), value, format)
                                 : std::to_chars(room.data(), room.data() + room.size(), value, format, precision);
  return {room.data(), end.ptr};
}

struct Form {
  bool zeros = false;
  int width = 0, precision = -1;
  char type = 0;  // d f e g, or 0
};

// The digits at the front of `text`, taken off it.
std::optional<int> take_digits(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || text.front() == '-' || value > kMostPlaces) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<Form> parse_form(std::string_view text) {
  Form form;
  const auto digit = [&] { return !text.empty() && text.front() >= '0' && text.front() <= '9'; };
  if (text.starts_with("0")) {
    form.zeros = true;
    text.remove_prefix(1);
  }
  if (digit()) {
    const std::optional<int> width = take_digits(text);
    if (!width) return std::nullopt;
    form.width = *width;
  }
  if (text.starts_with(".")) {
    text.remove_prefix(1);
    const std::optional<int> precision = digit() ? take_digits(text) : std::nullopt;
    if (!precision) return std::nullopt;
    form.precision = *precision;
  }
  if (!text.empty() && std::string_view("dfeg").find(text.front()) != std::string_view::npos) {
    form.type = text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return form;
}

// Nothing where Python refuses: whole numbers have no precision, others no 'd'.
std::optional<std::string> unpadded(const std::variant<std::int64_t, double>& value, const Form& form) {
  const std::int64_t* whole = std::get_if<std::int64_t>(&value);
  if (whole != nullptr && (form.type == 0 || form.type == 'd')) {
    if (form.precision >= 0) return std::nullopt;
    return number(*whole);
  }
  if (form.type == 'd') return std::nullopt;
  const double x = whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
  if (!std::isfinite(x)) return number(x);
  if (form.type == 0 && form.precision < 0) return python_repr(x);
  const int precision = form.precision < 0 ? 6 : form.precision;
  switch (form.type) {
    case 'f':
      return written(x, std::chars_format::fixed, precision);
    case 'e':
      return written(x, std::chars_format::scientific, precision);
    case 'g':
      return written(x, std::chars_format::general, precision);
    default:
      return std::nullopt;  // ".3": Python counts digits by a rule of its own
  }
}

std::string padded(std::string text, const Form& form) {
  const auto width = static_cast<std::size_t>(form.width);
  if (text.size() >= width) return text;
  const std::size_t missing = width - text.size();
  if (!form.zeros) return std::string(missing, ' ') + text;
  return text.insert(text.starts_with("-") ? 1 : 0, missing, '0');
}

[[noreturn]] void refuse(std::string_view pattern, const std::string& reason, std::string fix) {
  throw UsageError("the name \"" + std::string(pattern) + "\" cannot be filled in: " + reason, std::move(fix));
}

std::string filled(std::string_view pattern, std::string_view field, const FieldValues& values) {
  const std::size_t colon = field.find(':');
  const std::string_view name = field.substr(0, colon);
  const auto value = values.find(name);
  if (value == values.end()) {
    std::vector<std::string> names;
    for (const auto& [known, number] : values) names.push_back(known);
    const std::string close = nearest(name, names);
    refuse(pattern, "no value is called '" + std::string(name) + "'",
           (close.empty() ? "" : "did you mean '" + close + "'? ") + "there are: " + join(names));
  }
  const std::optional<Form> form = parse_form(colon == std::string_view::npos ? "" : field.substr(colon + 1));
  const std::optional<std::string> text = form ? unpadded(value->second, *form) : std::nullopt;
  if (!text)
    refuse(pattern, "{" + std::string(field) + "} is not a form of this number",
           "use forms such as {epoch:02d}, {val_loss:.2f}, {loss:.3e}");
  return padded(*text, *form);
}

}  // namespace

std::string python_repr(double value) {
  if (!std::isfinite(value)) return number(value);
  const std::string scientific = written(value, std::chars_format::scientific, -1);
  const int exponent = static_cast<int>(
      *parse_int64(scientific.substr(scientific.find('e') + 1 + (scientific.find("e+") != std::string::npos))));
  if (exponent < -4 || exponent >= 16) return scientific;
  std::string fixed = written(value, std::chars_format::fixed, -1);
  return fixed.find('.') == std::string::npos ? fixed + ".0" : fixed;
}

std::string fill_fields(std::string_view pattern, const FieldValues& values) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c != '{' && c != '}') {
      text += c;
    } else if (i + 1 < pattern.size() && pattern[i + 1] == c) {
      text += c;
      ++i;
    } else {
      const std::size_t end = c == '{' ? pattern.find_first_of("{}", i + 1) : std::string_view::npos;
      if (end == std::string_view::npos || pattern[end] == '{')
        refuse(pattern, std::string("a lone '") + c + "' at " + number(i), "write {{ and }} for braces themselves");
      text += filled(pattern, pattern.substr(i + 1, end - i - 1), values);
      i = end;
    }
  }
  return text;
}

}  // namespace percept
