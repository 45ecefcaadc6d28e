// value.h - a tree of plain data: options, recipes, JSON output.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace percept {

class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;  // in the order of insertion

  enum class Kind { null, boolean, integer, floating, string, array, object };

  // Nothing of the variant is expanded in the files that only use values: that would cost each a tenth of a second.
  Value() noexcept;
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();
  Value(std::nullptr_t) noexcept : Value() {}
  template <std::same_as<bool> B>
  Value(B value) : Value(FromBool{}, value) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Value(I value) : Value(FromInt{}, to_int64(value)) {}  // ValueError above 2^63 - 1
  Value(double value);
  Value(float value);  // the double with the same shortest text: 0.1f becomes 0.1
  Value(const char* value);
  Value(std::string_view value);
  Value(std::string value);
  Value(Array value);
  Value(Object value);
  static Value array();
  static Value object();

  Kind kind() const noexcept { return static_cast<Kind>(data_.index()); }
  const char* kind_name() const noexcept;  // "an integer", for messages
  bool is_null() const noexcept { return kind() == Kind::null; }
  bool is_bool() const noexcept { return kind() == Kind::boolean; }
  bool is_int() const noexcept { return kind() == Kind::integer; }
  bool is_double() const noexcept { return kind() == Kind::floating; }
  bool is_number() const noexcept { return is_int() || is_double(); }
  bool is_string() const noexcept { return kind() == Kind::string; }
  bool is_array() const noexcept { return kind() == Kind::array; }
  bool is_object() const noexcept { return kind() == Kind::object; }

  // UsageError if it is of another kind. as_double takes an integer too.
  bool as_bool() const;
  std::int64_t as_int() const;
  double as_double() const;
  const std::string& as_string() const;
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();

  // The member of an object; null if there is none or this is no object.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  // Adds or replaces the member; null becomes an object first. Returns the member.
  Value& set(std::string_view key, Value value);
  // Adds to the end of an array; null becomes an array first.
  void push_back(Value value);

  // Same kind and same content; members in the same order; 1 and 1.0 differ.
  friend bool operator==(const Value& a, const Value& b);

 private:
  struct FromBool {};
  struct FromInt {};
  Value(FromBool, bool value);
  Value(FromInt, std::int64_t value);
  static std::int64_t to_int64(std::int64_t value) { return value; }
  template <std::integral I>
  static std::int64_t to_int64(I value) {
    if (!std::in_range<std::int64_t>(value)) refuse_unsigned(static_cast<std::uint64_t>(value));
    return static_cast<std::int64_t>(value);
  }
  [[noreturn]] static void refuse_unsigned(std::uint64_t value);
  [[noreturn]] void refuse_kind(const char* wanted) const;

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> data_;  // in Kind's order
};

std::size_t hash_value(const Value& value);

// One line: {"a": 1, "b": [0.5, null]}. Doubles keep a '.' or an exponent; NaN and infinity become null; UTF-8 is kept,
// bytes that are no UTF-8 become U+FFFD.
std::string to_json(const Value& value);
// For people: numbers as number() writes them, plain words without quotes, objects as {a=1, b=2}.
std::string to_text(const Value& value);

}  // namespace percept
