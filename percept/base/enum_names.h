// enum_names.h - the words that stand for an enum's values in recipes, options and messages.
// Beside the enum, found by its namespace:
//   constexpr auto enum_names(Reduction) {
//     return std::to_array<EnumName<Reduction>>({{Reduction::mean, "mean"}, {Reduction::sum, "sum"}});
//   }
#pragma once
#include <array>
#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

namespace percept {

template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) { enum_names(value).begin()->name; };

// "" for a value without a name.
template <NamedEnum E>
constexpr std::string_view enum_name(E value) {
  for (const auto& entry : enum_names(value))
    if (entry.value == value) return entry.name;
  return {};
}

template <NamedEnum E>
constexpr std::optional<E> enum_value(std::string_view name) {
  for (const auto& entry : enum_names(E{}))
    if (entry.name == name) return entry.value;
  return {};
}

}  // namespace percept
