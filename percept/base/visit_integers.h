// visit_integers.h - every whole number inside an option struct, however deep: what tests replace one at a time.
#pragma once
#include <concepts>
#include <optional>
#include <ranges>
#include <string_view>
#include <type_traits>

#include "percept/base/fields.h"

namespace percept {

// f(number) for each integer that is not a bool: fields in order, those of nested structs, lists and optionals too.
template <class T, class F>
void visit_integers(T& object, F& f) {
  if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    f(object);
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::convertible_to<T, std::string_view>) {
    return;
  } else if constexpr (requires { object.has_value(), *object; }) {
    if (object.has_value()) visit_integers(*object, f);
  } else if constexpr (std::ranges::range<T>) {
    if constexpr (!std::same_as<std::remove_cvref_t<std::ranges::range_reference_t<T>>, T>)  // a path holds paths
      for (auto&& item : object) visit_integers(item, f);
  } else if constexpr (requires { object.h, object.w; }) {  // ops/sizes.h: types with constructors have no fields
    visit_integers(object.h, f);
    visit_integers(object.w, f);
  } else if constexpr (requires { object.size, object.same; }) {
    visit_integers(object.size, f);
  } else if constexpr (HasFields<T>) {
    for_each_field(object, [&](std::string_view, auto& field) { visit_integers(field, f); });
  }
}

}  // namespace percept
