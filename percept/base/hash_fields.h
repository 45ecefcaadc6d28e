// hash_fields.h - equality and hashes of plain structs, field by field, for caches keyed by settings.
// Numbers compare by their bits: 0.0 and -0.0 differ, a NaN equals itself.
#pragma once
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>

#include "percept/base/fields.h"

namespace percept {

template <class T>
std::size_t hash_fields(const T& object);
template <class T>
bool equal_fields(const T& a, const T& b);

namespace hash_detail {

// Mixes one more number in (the finalizer of splitmix64).
constexpr std::size_t mix(std::size_t seed, std::size_t value) {
  std::uint64_t x = seed + 0x9e3779b97f4a7c15u + value;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return static_cast<std::size_t>(x ^ (x >> 31));
}

template <class T>
concept FloatingPoint = std::same_as<T, float> || std::same_as<T, double>;
template <class T>
concept Text = std::convertible_to<const T&, std::string_view>;
// Brings its own hash_value(const T&) and operator==.
template <class T>
concept HashesItself = requires(const T& value) {
  { hash_value(value) } -> std::convertible_to<std::size_t>;
  { value == value } -> std::convertible_to<bool>;
};
template <class T>
concept OptionalLike = requires(const T& value) {
  typename T::value_type;
  value.has_value();
  *value;
};
template <class T>
concept PairLike = requires(const T& value) {
  typename T::first_type;
  value.first;
  value.second;
};
// <ranges> would be three times as long as this header.
template <class T>
concept Range = requires(T& list) {
  std::begin(list) != std::end(list);
  typename std::iterator_traits<decltype(std::begin(list))>::value_type;
};
template <Range T>
using ItemOf = typename std::iterator_traits<decltype(std::begin(std::declval<T&>()))>::value_type;
template <class T>
concept OrderedRange = Range<const T> && !requires { typename T::hasher; } &&
                       !std::same_as<ItemOf<const T>, T>;  // as std::filesystem::path
template <class T>
concept StdHashed = requires(const T& value) {
  std::hash<T>{}(value);
  value == value;
};
template <class T>
inline constexpr bool kNoHash = false;

template <FloatingPoint T>
constexpr auto bits_of(T value) {
  if constexpr (sizeof(T) == 4)
    return std::bit_cast<std::uint32_t>(value);
  else
    return std::bit_cast<std::uint64_t>(value);
}

template <class T>
std::size_t hash_one(const T& value) {
  if constexpr (FloatingPoint<T>)
    return mix(0, bits_of(value));
  else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
    return mix(0, static_cast<std::size_t>(value));
  else if constexpr (Text<T>)
    return std::hash<std::string_view>{}(value);
  else if constexpr (HashesItself<T>)
    return hash_value(value);
  else if constexpr (OptionalLike<T>)
    return value.has_value() ? mix(1, hash_one(*value)) : 0;
  else if constexpr (PairLike<T>)
    return mix(hash_one(value.first), hash_one(value.second));
  else if constexpr (OrderedRange<T>) {
    std::size_t hash = 0, count = 0;
    for (const auto& item : value) {
      hash = mix(hash, hash_one<std::remove_cvref_t<decltype(item)>>(item));
      ++count;
    }
    return mix(hash, count);
  } else if constexpr (HasFields<T>)
    return hash_fields(value);
  else if constexpr (StdHashed<T>)
    return std::hash<T>{}(value);
  else
    static_assert(kNoHash<T>, "cannot hash this type: give it hash_value(const T&) and operator==, or PERCEPT_FIELDS");
}

template <class T>
bool equal_one(const T& a, const T& b) {
  if constexpr (FloatingPoint<T>)
    return bits_of(a) == bits_of(b);
  else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
    return a == b;
  else if constexpr (Text<T>)
    return std::string_view(a) == std::string_view(b);
  else if constexpr (HashesItself<T>)
    return a == b;
  else if constexpr (OptionalLike<T>)
    return a.has_value() == b.has_value() && (!a.has_value() || equal_one(*a, *b));
  else if constexpr (PairLike<T>)
    return equal_one(a.first, b.first) && equal_one(a.second, b.second);
  else if constexpr (OrderedRange<T>) {
    auto left = std::begin(a), right = std::begin(b);
    for (; left != std::end(a) && right != std::end(b); ++left, ++right)
      if (!equal_one<ItemOf<const T>>(*left, *right)) return false;
    return left == std::end(a) && right == std::end(b);
  } else if constexpr (HasFields<T>)
    return equal_fields(a, b);
  else if constexpr (StdHashed<T>)
    return a == b;
  else
    static_assert(kNoHash<T>, "cannot compare this type: give it hash_value(const T&) and operator==");
}

}  // namespace hash_detail

// All fields' hashes mixed in order; a T without fields by its own hash. Fields may be numbers, enums, strings,
// optionals, pairs, ordered ranges (vector, array, Shape), structs with fields, or types with hash_value and
// operator==. A type's own hash_value may call this.
template <class T>
std::size_t hash_fields(const T& object) {
  if constexpr (HasFields<T>) {
    std::size_t hash = kFieldCount<T>;
    for_each_field(object, [&]<class Field>(std::string_view, const Field& field) {
      hash = hash_detail::mix(hash, hash_detail::hash_one<Field>(field));
    });
    return hash;
  } else {
    return hash_detail::hash_one(object);
  }
}

template <class T>
bool equal_fields(const T& a, const T& b) {
  if constexpr (HasFields<T>) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      [[maybe_unused]] auto left = field_refs(a);
      [[maybe_unused]] auto right = field_refs(b);
      return (hash_detail::equal_one(std::get<I>(left), std::get<I>(right)) && ...);
    }(std::make_index_sequence<kFieldCount<T>>{});
  } else {
    return hash_detail::equal_one(a, b);
  }
}

}  // namespace percept
