// value.cpp - the data tree and its text forms.
#include "percept/base/value.h"

#include <cmath>
#include <functional>
#include <string>

#include "percept/base/error.h"
#include "percept/base/hash_fields.h"
#include "percept/base/text.h"

namespace percept {

Value::Value() noexcept = default;
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;
Value::Value(FromBool, bool value) : data_(value) {}
Value::Value(FromInt, std::int64_t value) : data_(value) {}
Value::Value(double value) : data_(value) {}
Value::Value(const char* value) : data_(std::string(value)) {}
Value::Value(std::string_view value) : data_(std::string(value)) {}
Value::Value(std::string value) : data_(std::move(value)) {}
Value::Value(Array value) : data_(std::move(value)) {}
Value::Value(Object value) : data_(std::move(value)) {}
Value Value::array() { return Value(Array{}); }
Value Value::object() { return Value(Object{}); }

bool operator==(const Value& a, const Value& b) { return a.data_ == b.data_; }

// The shortest text of a float read as a double is nearly always the same float again; if not, the exact value.
Value::Value(float value) : data_(static_cast<double>(value)) {
  std::optional<double> shortest = parse_double(number(value));
  if (shortest && static_cast<float>(*shortest) == value) data_ = *shortest;
}

const char* Value::kind_name() const noexcept {
  switch (kind()) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "a bool";
    case Kind::integer:
      return "an integer";
    case Kind::floating:
      return "a number";
    case Kind::string:
      return "a string";
    case Kind::array:
      return "an array";
    case Kind::object:
      break;
  }
  return "an object";
}

void Value::refuse_unsigned(std::uint64_t value) {
  throw ValueError("integer " + number(value) + " is too large", "use at most 9223372036854775807");
}

void Value::refuse_kind(const char* wanted) const {
  std::string text = to_json(*this);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  throw UsageError(std::string("expected ") + wanted + ", got " + text, std::string("give ") + wanted);
}

bool Value::as_bool() const {
  if (!is_bool()) refuse_kind("a bool");
  return std::get<bool>(data_);
}
std::int64_t Value::as_int() const {
  if (!is_int()) refuse_kind("an integer");
  return std::get<std::int64_t>(data_);
}
double Value::as_double() const {
  if (is_int()) return static_cast<double>(std::get<std::int64_t>(data_));
  if (!is_double()) refuse_kind("a number");
  return std::get<double>(data_);
}
const std::string& Value::as_string() const {
  if (!is_string()) refuse_kind("a string");
  return std::get<std::string>(data_);
}
const Value::Array& Value::as_array() const {
  if (!is_array()) refuse_kind("an array");
  return std::get<Array>(data_);
}
Value::Array& Value::as_array() {
  if (!is_array()) refuse_kind("an array");
  return std::get<Array>(data_);
}
const Value::Object& Value::as_object() const {
  if (!is_object()) refuse_kind("an object");
  return std::get<Object>(data_);
}
Value::Object& Value::as_object() {
  if (!is_object()) refuse_kind("an object");
  return std::get<Object>(data_);
}

const Value* Value::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, member] : std::get<Object>(data_))
    if (name == key) return &member;
  return nullptr;
}
Value* Value::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

Value& Value::set(std::string_view key, Value value) {
  if (is_null()) data_ = Object{};
  Object& members = as_object();
  if (Value* member = find(key)) return *member = std::move(value);
  return members.emplace_back(std::string(key), std::move(value)).second;
}

void Value::push_back(Value value) {
  if (is_null()) data_ = Array{};
  as_array().push_back(std::move(value));
}

std::size_t hash_value(const Value& value) {
  std::size_t hash = static_cast<std::size_t>(value.kind());
  switch (value.kind()) {
    case Value::Kind::null:
      break;
    case Value::Kind::boolean:
      return hash_detail::mix(hash, value.as_bool());
    case Value::Kind::integer:
      return hash_detail::mix(hash, static_cast<std::size_t>(value.as_int()));
    case Value::Kind::floating:
      return hash_detail::mix(hash, std::hash<double>{}(value.as_double()));
    case Value::Kind::string:
      return hash_detail::mix(hash, std::hash<std::string>{}(value.as_string()));
    case Value::Kind::array:
      for (const Value& item : value.as_array()) hash = hash_detail::mix(hash, hash_value(item));
      break;
    case Value::Kind::object:
      for (const auto& [name, member] : value.as_object())
        hash = hash_detail::mix(hash_detail::mix(hash, std::hash<std::string>{}(name)), hash_value(member));
  }
  return hash;
}

namespace {

// Bytes of the UTF-8 character at the start of `text` as RFC 3629 allows it, 0 if it is none.
std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    // no overlong forms, no surrogates
    bool second = follows(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return second && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    bool second = follows(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    std::size_t length = utf8_length(text);
    unsigned char c = static_cast<unsigned char>(text[0]);
    if (length == 0)
      out += "\xef\xbf\xbd";  // U+FFFD
    else if (length > 1)
      out += text.substr(0, length);
    else if (c == '"' || c == '\\')
      out += {'\\', text[0]};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else if (c < 0x20 || c == 0x7f)
      out += {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
    else
      out += text[0];
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  std::string text = number(value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

void append_json(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      out += "null";
      return;
    case Value::Kind::boolean:
      out += value.as_bool() ? "true" : "false";
      return;
    case Value::Kind::integer:
      out += number(value.as_int());
      return;
    case Value::Kind::floating:
      out += json_number(value.as_double());
      return;
    case Value::Kind::string:
      append_json_string(out, value.as_string());
      return;
    case Value::Kind::array: {
      const char* before = "[";
      for (const Value& item : value.as_array()) {
        out += std::exchange(before, ", ");
        append_json(out, item);
      }
      out += value.as_array().empty() ? "[]" : "]";
      return;
    }
    case Value::Kind::object: {
      const char* before = "{";
      for (const auto& [name, member] : value.as_object()) {
        out += std::exchange(before, ", ");
        append_json_string(out, name);
        out += ": ";
        append_json(out, member);
      }
      out += value.as_object().empty() ? "{}" : "}";
    }
  }
}

// Readable without quotes and not mistaken for something else.
bool is_plain_word(std::string_view text) {
  if (text.empty() || text == "null" || text == "true" || text == "false" || parse_double(text)) return false;
  for (char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
          c == '.' || c == '/'))
      return false;
  return true;
}

void append_text(std::string& out, const Value& value) {
  if (value.is_double()) {
    out += number(value.as_double());
  } else if (value.is_string() && is_plain_word(value.as_string())) {
    out += value.as_string();
  } else if (value.is_array()) {
    out += '[';
    for (const Value& item : value.as_array()) {
      if (&item != value.as_array().data()) out += ", ";
      append_text(out, item);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    for (const auto& member : value.as_object()) {
      if (&member != value.as_object().data()) out += ", ";
      out += member.first + "=";
      append_text(out, member.second);
    }
    out += '}';
  } else {
    append_json(out, value);
  }
}

}  // namespace

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string to_text(const Value& value) {
  std::string out;
  append_text(out, value);
  return out;
}

}  // namespace percept
