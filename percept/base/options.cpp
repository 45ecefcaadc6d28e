// options.cpp - reading settings from data, and saying what does not fit.
#include "percept/base/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept::options_detail {

namespace {
std::string prefix(std::string_view context) { return context.empty() ? "" : std::string(context) + ": "; }

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  std::string close = nearest(word, known);
  return close.empty() ? "" : "did you mean '" + close + "'? ";
}

// Long texts are cut: the message is for a terminal.
std::string shown(const Value& value) {
  std::string text = to_json(value);
  return text.size() <= 80 ? text : text.substr(0, 77) + "...";
}
}  // namespace

void refuse(const Value& value, std::string_view context, std::string_view wanted, std::string fix) {
  throw UsageError(prefix(context) + "expected " + std::string(wanted) + ", got " + shown(value), std::move(fix));
}

void refuse_word(const Value& value, std::string_view context, std::span<const std::string_view> known) {
  refuse(value, context, "one of the words " + join(known),
         value.is_string() ? did_you_mean(value.as_string(), known) + "known words: " + join(known)
                           : "write one of the words as a string");
}

bool read_bool(const Value& value, std::string_view context) {
  if (!value.is_bool()) refuse(value, context, "true or false", "write true or false, without quotes");
  return value.as_bool();
}

std::int64_t read_int(const Value& value, std::string_view context, std::int64_t low, std::int64_t high) {
  if (!value.is_int()) refuse(value, context, "an integer", "write digits only, without quotes or a decimal point");
  std::int64_t n = value.as_int();
  if (n < low || n > high) {
    std::string range = "from " + number(low) + " to " + number(high);
    refuse(value, context, "an integer " + range, "use a value " + range);
  }
  return n;
}

std::uint64_t read_uint64(const Value& value, std::string_view context) {
  if (!value.is_string())
    return static_cast<std::uint64_t>(read_int(value, context, 0, std::numeric_limits<std::int64_t>::max()));
  const std::string& text = value.as_string();
  std::uint64_t n = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty())
    refuse(value, context, "an integer", "write digits only; above 9223372036854775807 in quotes");
  return n;
}

double read_double(const Value& value, std::string_view context, double limit) {
  if (!value.is_number()) refuse(value, context, "a number", "write a number such as 0.1 or 1e-3, without quotes");
  double n = value.as_double();
  if (std::isfinite(n) && std::abs(n) > limit)
    refuse(value, context, "a number of at most " + number(limit), "use a smaller number");
  return n;
}

const std::string& read_string(const Value& value, std::string_view context) {
  if (!value.is_string()) refuse(value, context, "a string", "put the text in quotes");
  return value.as_string();
}

const Value::Array& read_array(const Value& value, std::string_view context) {
  if (!value.is_array()) refuse(value, context, "an array", "write a list in brackets, such as [1, 2]");
  return value.as_array();
}

const Value::Array& read_array(const Value& value, std::string_view context, std::size_t count) {
  if (read_array(value, context).size() != count)
    refuse(value, context, "an array of " + number(count), "write exactly " + number(count) + " items in the brackets");
  return value.as_array();
}

const Value::Object& read_object(const Value& value, std::string_view context) {
  if (!value.is_object()) refuse(value, context, "a table of keys and values", "write name = value pairs");
  return value.as_object();
}

const Value::Object& read_object(const Value& value, std::string_view context,
                                 std::span<const std::string_view> known) {
  const Value::Object& members = read_object(value, context);
  std::string in = context.empty() ? "" : " in " + std::string(context);
  for (const auto& [key, item] : members) {
    if (std::ranges::find(known, key) == known.end())
      throw UsageError("unknown key '" + key + "'" + in, known.empty()
                                                             ? "there are no keys here; remove it"
                                                             : did_you_mean(key, known) + "known keys: " + join(known));
    if (value.find(key) != &item) throw UsageError("key '" + key + "'" + in + " is given twice", "remove one of them");
  }
  return members;
}

std::string inside(std::string_view context, std::string_view key) {
  return context.empty() ? std::string(key) : std::string(context) + "." + std::string(key);
}

std::string inside(std::string_view context, std::size_t index) {
  return std::string(context) + "[" + number(index) + "]";
}

Value uint64_value(std::uint64_t value) {
  return std::in_range<std::int64_t>(value) ? Value(value) : Value(number(value));
}

void append_option(std::string& text, std::string_view name, const Value& value) {
  if (!text.empty()) text += ", ";
  text += std::string(name) + "=" + to_text(value);
}

}  // namespace percept::options_detail
