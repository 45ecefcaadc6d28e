// options.h - plain option structs to and from data: recipes, saved models, one-line descriptions.
// Fields may be bool, integers, float, double, std::string, enums with enum_names, optionals, pairs, vectors and
// arrays, maps from strings, structs with fields, Value, and any type with functions beside it:
//   Value to_value(const X&);
//   void from_value(const Value&, X&, std::string_view context);
#pragma once
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "percept/base/enum_names.h"
#include "percept/base/fields.h"
#include "percept/base/hash_fields.h"
#include "percept/base/value.h"

namespace percept {

namespace options_detail {

// All of these throw UsageError "context: expected <wanted>, got <value>" where the value does not fit.
[[noreturn]] void refuse(const Value& value, std::string_view context, std::string_view wanted, std::string fix);
[[noreturn]] void refuse_word(const Value& value, std::string_view context, std::span<const std::string_view> known);
bool read_bool(const Value& value, std::string_view context);
std::int64_t read_int(const Value& value, std::string_view context, std::int64_t low, std::int64_t high);
std::uint64_t read_uint64(const Value& value, std::string_view context);  // an integer, or a larger one's digits
double read_double(const Value& value, std::string_view context, double limit);
const std::string& read_string(const Value& value, std::string_view context);
const Value::Array& read_array(const Value& value, std::string_view context);
const Value::Array& read_array(const Value& value, std::string_view context, std::size_t count);
const Value::Object& read_object(const Value& value, std::string_view context);
// Each key must be among `known`, none may come twice.
const Value::Object& read_object(const Value& value, std::string_view context, std::span<const std::string_view> known);

std::string inside(std::string_view context, std::string_view key);  // "context.key"
std::string inside(std::string_view context, std::size_t index);     // "context[2]"
Value uint64_value(std::uint64_t value);                             // above 2^63 - 1: a string of its digits
void append_option(std::string& text, std::string_view name, const Value& value);  // ", name=value"

template <class T>
concept PathLike = requires(const T& path) {
  { path.native() } -> std::same_as<const std::string&>;
};
template <class T>
concept MapLike = std::same_as<typename T::key_type, std::string> && requires { typename T::mapped_type; };
template <class T>
concept FixedList = requires { std::tuple_size<T>::value; } && hash_detail::Range<T>;
template <class T>
concept GrowingList = hash_detail::Range<T> && std::default_initializable<T> &&
                      requires(T& list, hash_detail::ItemOf<T> item) { list.push_back(std::move(item)); };
template <class T>
concept Uint64 = std::unsigned_integral<T> && sizeof(T) == 8;
template <class T>
inline constexpr bool kUnknown = false;

template <class E>
std::vector<std::string_view> words_of() {
  std::vector<std::string_view> words;
  for (const auto& entry : enum_names(E{})) words.push_back(entry.name);
  return words;
}

}  // namespace options_detail

inline Value to_value(const Value& value) { return value; }
inline void from_value(const Value& value, Value& out, std::string_view /*context*/) { out = value; }

// Structs become objects, lists arrays, enums words, an empty optional null.
template <class T>
Value to_value(const T& object) {
  using namespace options_detail;
  if constexpr (Uint64<T>)
    return uint64_value(object);
  else if constexpr (std::integral<T> || hash_detail::FloatingPoint<T>)
    return Value(object);
  else if constexpr (NamedEnum<T>)
    return Value(enum_name(object));
  else if constexpr (std::is_enum_v<T> && requires { std::string_view(name_of(object)); })
    return Value(std::string_view(name_of(object)));
  else if constexpr (std::is_enum_v<T>)
    return Value(static_cast<std::int64_t>(object));
  else if constexpr (hash_detail::Text<T>)
    return Value(std::string_view(object));
  else if constexpr (PathLike<T>)
    return Value(object.native());
  else if constexpr (hash_detail::OptionalLike<T>)
    return object.has_value() ? to_value(*object) : Value();
  else if constexpr (hash_detail::PairLike<T>)
    return Value(Value::Array{to_value(object.first), to_value(object.second)});
  else if constexpr (MapLike<T>) {
    Value tree = Value::object();
    for (const auto& [key, item] : object) tree.set(key, to_value(item));
    return tree;
  } else if constexpr (hash_detail::OrderedRange<T>) {
    Value list = Value::array();
    for (const hash_detail::ItemOf<const T>& item : object) list.push_back(to_value(item));
    return list;
  } else if constexpr (HasFields<T>) {
    Value tree = Value::object();
    for_each_field(object, [&](std::string_view name, const auto& field) { tree.set(name, to_value(field)); });
    return tree;
  } else {
    static_assert(kUnknown<T>, "no data form of this type: add `Value to_value(const X&)` beside it");
  }
}

// Sets `out` from data; of a struct only the fields that the object names. `context` says where the data stands, as in
// "model.layers[2]". UsageError for an unknown or repeated key, a value of the wrong kind or out of range; then `out`
// may be partly set.
template <class T>
void from_value(const Value& value, T& out, std::string_view context) {
  using namespace options_detail;
  if constexpr (std::same_as<T, bool>)
    out = read_bool(value, context);
  else if constexpr (Uint64<T>)
    out = read_uint64(value, context);
  else if constexpr (std::integral<T>)
    out = static_cast<T>(read_int(value, context, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  else if constexpr (hash_detail::FloatingPoint<T>)
    out = static_cast<T>(read_double(value, context, std::numeric_limits<T>::max()));
  else if constexpr (NamedEnum<T>) {
    std::optional<T> found = value.is_string() ? enum_value<T>(value.as_string()) : std::nullopt;
    if (!found) refuse_word(value, context, words_of<T>());
    out = *found;
  } else if constexpr (std::same_as<T, std::string> || PathLike<T>)
    out = read_string(value, context);
  else if constexpr (hash_detail::OptionalLike<T>) {
    if (value.is_null()) return out.reset();
    typename T::value_type held{};
    from_value(value, held, context);
    out = std::move(held);
  } else if constexpr (hash_detail::PairLike<T>) {
    const Value::Array& items = read_array(value, context, 2);
    from_value(items[0], out.first, inside(context, std::size_t{0}));
    from_value(items[1], out.second, inside(context, std::size_t{1}));
  } else if constexpr (MapLike<T>) {
    T fresh;
    for (const auto& [key, item] : read_object(value, context)) from_value(item, fresh[key], inside(context, key));
    out = std::move(fresh);
  } else if constexpr (FixedList<T>) {
    const Value::Array& items = read_array(value, context, std::tuple_size_v<T>);
    for (std::size_t i = 0; i < items.size(); ++i) from_value(items[i], out[i], inside(context, i));
  } else if constexpr (GrowingList<T>) {
    T fresh;
    const Value::Array& items = read_array(value, context);
    for (std::size_t i = 0; i < items.size(); ++i) {
      hash_detail::ItemOf<T> item{};
      from_value(items[i], item, inside(context, i));
      fresh.push_back(std::move(item));
    }
    out = std::move(fresh);
  } else if constexpr (HasFields<T>) {
    static constexpr auto kNames = field_names<T>();
    read_object(value, context, kNames);
    for_each_field(out, [&](std::string_view name, auto& field) {
      if (const Value* item = value.find(name)) from_value(*item, field, inside(context, name));
    });
  } else {
    static_assert(kUnknown<T>,
                  "cannot be read from data: add `void from_value(const Value&, X&, string_view)` beside it"
                  " (for an enum: enum_names)");
  }
}

// "in_features=2, bias=false": the fields that differ from a default-constructed T; all of them if T has no default.
template <class T>
std::string str_options(const T& object) {
  if constexpr (!HasFields<T>) {
    return to_text(to_value(object));
  } else if constexpr (std::default_initializable<T>) {
    static constexpr auto kNames = field_names<T>();
    const T defaults{};
    std::string text;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      [[maybe_unused]] auto mine = field_refs(object);
      [[maybe_unused]] auto usual = field_refs(defaults);
      ((hash_detail::equal_one(std::get<I>(mine), std::get<I>(usual))
            ? void()
            : options_detail::append_option(text, kNames[I], to_value(std::get<I>(mine)))),
       ...);
    }(std::make_index_sequence<kNames.size()>{});
    return text;
  } else {
    std::string text;
    for_each_field(object, [&](std::string_view name, const auto& field) {
      options_detail::append_option(text, name, to_value(field));
    });
    return text;
  }
}

}  // namespace percept
