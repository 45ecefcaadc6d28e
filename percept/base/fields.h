// fields.h - the one reflection: names and references of the fields of a struct, at compile time.
// Plain aggregates need nothing. A class with a constructor, a base with fields or private members names its own
// fields:
//
//   class BatchNorm {
//     PERCEPT_FIELDS(weight, bias, running_mean_)
//     ...
//
// Not possible without the macro, and refused by the compiler: references, bit-fields, C arrays (use std::array),
// more than 32 fields; clang also refuses types of functions and of anonymous namespaces.
#pragma once
#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace percept {

inline constexpr std::size_t kMaxFields = 32;

namespace fields_detail {

// Stands for the initialiser of any field of Owner, in unevaluated expressions only. Not for Owner itself (that would
// be a copy) and not for its bases, so that an aggregate with a base is told apart by AnyBase.
template <class Owner>
struct AnyField {
  template <class T>
    requires(!std::is_base_of_v<std::remove_cvref_t<T>, Owner>)
  operator T() const;
};
template <class Owner>
struct AnyBase {
  template <class T>
    requires(std::is_base_of_v<std::remove_cvref_t<T>, Owner> && !std::same_as<std::remove_cvref_t<T>, Owner>)
  operator T() const;
};

template <class T, std::size_t... I>
constexpr bool takes_initialisers(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyField<T>{})...}; };
}

template <class T, std::size_t N>
inline constexpr bool kTakes = takes_initialisers<T>(std::make_index_sequence<N>{});

// The number of initialisers T takes: the first N that fits while N + 1 does not. 0 if there is none up to the limit
// (fields without default and a first one that cannot be initialised, more than 32).
template <class T, std::size_t N = 1>
constexpr std::size_t count_initialisers() {
  if constexpr (N > kMaxFields)
    return 0;
  else if constexpr (kTakes<T, N> && !kTakes<T, N + 1>)
    return N;
  else
    return count_initialisers<T, N + 1>();
}

template <class T>
concept TupleLike = requires { std::tuple_size<T>::value; };

template <class T>
constexpr std::size_t count_plain() {
  if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T> || std::is_empty_v<T> || TupleLike<T>)
    return 0;
  else if constexpr (requires { T{AnyBase<T>{}}; })
    return 0;
  else
    return count_initialisers<T>();
}
template <class T>
inline constexpr std::size_t kPlainCount = count_plain<T>();

#define PERCEPT_NAMES_1 f1
#define PERCEPT_NAMES_2 PERCEPT_NAMES_1, f2
#define PERCEPT_NAMES_3 PERCEPT_NAMES_2, f3
#define PERCEPT_NAMES_4 PERCEPT_NAMES_3, f4
#define PERCEPT_NAMES_5 PERCEPT_NAMES_4, f5
#define PERCEPT_NAMES_6 PERCEPT_NAMES_5, f6
#define PERCEPT_NAMES_7 PERCEPT_NAMES_6, f7
#define PERCEPT_NAMES_8 PERCEPT_NAMES_7, f8
#define PERCEPT_NAMES_9 PERCEPT_NAMES_8, f9
#define PERCEPT_NAMES_10 PERCEPT_NAMES_9, f10
#define PERCEPT_NAMES_11 PERCEPT_NAMES_10, f11
#define PERCEPT_NAMES_12 PERCEPT_NAMES_11, f12
#define PERCEPT_NAMES_13 PERCEPT_NAMES_12, f13
#define PERCEPT_NAMES_14 PERCEPT_NAMES_13, f14
#define PERCEPT_NAMES_15 PERCEPT_NAMES_14, f15
#define PERCEPT_NAMES_16 PERCEPT_NAMES_15, f16
#define PERCEPT_NAMES_17 PERCEPT_NAMES_16, f17
#define PERCEPT_NAMES_18 PERCEPT_NAMES_17, f18
#define PERCEPT_NAMES_19 PERCEPT_NAMES_18, f19
#define PERCEPT_NAMES_20 PERCEPT_NAMES_19, f20
#define PERCEPT_NAMES_21 PERCEPT_NAMES_20, f21
#define PERCEPT_NAMES_22 PERCEPT_NAMES_21, f22
#define PERCEPT_NAMES_23 PERCEPT_NAMES_22, f23
#define PERCEPT_NAMES_24 PERCEPT_NAMES_23, f24
#define PERCEPT_NAMES_25 PERCEPT_NAMES_24, f25
#define PERCEPT_NAMES_26 PERCEPT_NAMES_25, f26
#define PERCEPT_NAMES_27 PERCEPT_NAMES_26, f27
#define PERCEPT_NAMES_28 PERCEPT_NAMES_27, f28
#define PERCEPT_NAMES_29 PERCEPT_NAMES_28, f29
#define PERCEPT_NAMES_30 PERCEPT_NAMES_29, f30
#define PERCEPT_NAMES_31 PERCEPT_NAMES_30, f31
#define PERCEPT_NAMES_32 PERCEPT_NAMES_31, f32
#define PERCEPT_BIND(n)                 \
  if constexpr (kCount == n) {          \
    auto& [PERCEPT_NAMES_##n] = object; \
    return std::tie(PERCEPT_NAMES_##n); \
  } else

// References to the fields of a plain aggregate: a binding needs their number spelled out.
template <class T>
constexpr auto tie_plain(T& object) {
  constexpr std::size_t kCount = kPlainCount<std::remove_cv_t<T>>;
  // clang-format off
  PERCEPT_BIND(1) PERCEPT_BIND(2) PERCEPT_BIND(3) PERCEPT_BIND(4) PERCEPT_BIND(5) PERCEPT_BIND(6) PERCEPT_BIND(7)
  PERCEPT_BIND(8) PERCEPT_BIND(9) PERCEPT_BIND(10) PERCEPT_BIND(11) PERCEPT_BIND(12) PERCEPT_BIND(13) PERCEPT_BIND(14)
  PERCEPT_BIND(15) PERCEPT_BIND(16) PERCEPT_BIND(17) PERCEPT_BIND(18) PERCEPT_BIND(19) PERCEPT_BIND(20) PERCEPT_BIND(21)
  PERCEPT_BIND(22) PERCEPT_BIND(23) PERCEPT_BIND(24) PERCEPT_BIND(25) PERCEPT_BIND(26) PERCEPT_BIND(27) PERCEPT_BIND(28)
  PERCEPT_BIND(29) PERCEPT_BIND(30) PERCEPT_BIND(31) PERCEPT_BIND(32)
  return std::tuple<>();
  // clang-format on
}

#undef PERCEPT_BIND

#if defined(__clang__)
// clang refuses to name an undefined object of a type in an unnamed namespace: here is one, with no T alive in it.
template <class T>
union Unborn {
  char none = 0;
  T object;
  constexpr Unborn() {}
  ~Unborn() {}
};
template <class T>
struct External {
  static inline const Unborn<T> unborn;
  static constexpr const T& object = unborn.object;
};
#else
template <class T>
struct External {
  static const T object;  // declared only: the address of a field of it is a constant whose name the compiler knows
};
#endif
template <class P>
struct Box {  // a class, because clang 14 takes no pointer to a subobject as a template argument
  P pointer;
};
template <class P>
Box(P) -> Box<P>;

template <class T, std::size_t I>
consteval auto field_pointer() {
  return Box{&std::get<I>(tie_plain(External<T>::object))};
}
template <auto Pointer>
consteval std::string_view text_of_argument() {
  return __PRETTY_FUNCTION__;
}

constexpr bool is_name_char(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The last name before the last '}': GCC writes {(& External<S>::object.S::field)}, clang {&object.field}.
template <class T, std::size_t I>
consteval std::string_view plain_name() {
  constexpr std::string_view text = text_of_argument<field_pointer<T, I>()>();
  std::size_t end = text.rfind('}');
  while (!is_name_char(text[end - 1])) --end;
  std::size_t begin = end;
  while (is_name_char(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

// Names of PERCEPT_FIELDS: "a, b, c" split at the commas.
template <std::size_t N>
consteval std::array<std::string_view, N> split_names(std::string_view text) {
  std::array<std::string_view, N> names{};
  for (std::size_t i = 0; i < N; ++i) {
    std::size_t begin = 0;
    while (!is_name_char(text[begin])) ++begin;
    std::size_t end = begin;
    while (end < text.size() && is_name_char(text[end])) ++end;
    names[i] = text.substr(begin, end - begin);
    text.remove_prefix(end);
  }
  return names;
}

}  // namespace fields_detail

// What PERCEPT_FIELDS lets in.
struct FieldAccess {
  // Whether T's own body holds the macro: a derived class inherits the functions, but they name no field of its own.
  template <class T>
  static consteval bool holds_macro() {
    if constexpr (requires(const T& object) { object.percept_fields_owner(); })
      return std::same_as<decltype(std::declval<const T&>().percept_fields_owner()), T>;
    else
      return false;
  }
  template <class T>
  static constexpr auto tie(T& object) {
    return std::remove_cv_t<T>::percept_fields_tie(object);
  }
  template <class T>
  static consteval std::string_view text() {
    return T::percept_fields_text();
  }
};

// T holds PERCEPT_FIELDS itself.
template <class T>
concept NamesFields = std::is_class_v<T> && FieldAccess::holds_macro<T>();

// T's fields can be walked: an aggregate of 1 to 32 fields, an empty class, or one with PERCEPT_FIELDS.
template <class T>
concept HasFields =
    NamesFields<std::remove_cv_t<T>> || (std::is_empty_v<T> && !fields_detail::TupleLike<std::remove_cv_t<T>>) ||
    (fields_detail::kPlainCount<std::remove_cv_t<T>> > 0);

// A tuple of references to the fields, in order.
template <class T>
  requires HasFields<T>
constexpr auto field_refs(T& object) {
  if constexpr (NamesFields<std::remove_cv_t<T>>)
    return FieldAccess::tie(object);
  else
    return fields_detail::tie_plain(object);
}

template <class T>
inline constexpr std::size_t kFieldCount = std::tuple_size_v<decltype(field_refs(std::declval<T&>()))>;

// The names of the fields, in order: std::array<std::string_view, kFieldCount<T>>.
template <class T>
  requires HasFields<T>
consteval auto field_names() {
  using Plain = std::remove_cv_t<T>;
  constexpr std::size_t kCount = kFieldCount<Plain>;
  if constexpr (NamesFields<Plain>) {
    return fields_detail::split_names<kCount>(FieldAccess::text<Plain>());
  } else {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<std::string_view, kCount>{fields_detail::plain_name<Plain, I>()...};
    }(std::make_index_sequence<kCount>{});
  }
}

namespace fields_detail {
template <class T>
inline constexpr auto kNames = field_names<T>();
}

// f(std::string_view name, Field& field) for each field in order; const fields if the object is const.
template <class T, class F>
  requires HasFields<T>
constexpr void for_each_field(T& object, F&& f) {
  constexpr auto& names = fields_detail::kNames<std::remove_cv_t<T>>;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] auto refs = field_refs(object);
    (static_cast<void>(f(names[I], std::get<I>(refs))), ...);
  }(std::make_index_sequence<names.size()>{});
}

}  // namespace percept

// Up to 32 names of members, of any access, written once anywhere in the class, with or without ';' after.
// None is fine: PERCEPT_FIELDS().
#define PERCEPT_FIELDS(...)                                                                 \
  friend struct ::percept::FieldAccess;                                                     \
  auto percept_fields_owner() const -> ::std::remove_cvref_t<decltype(*this)>;              \
  template <class Self>                                                                     \
  static constexpr auto percept_fields_tie([[maybe_unused]] Self& self) {                   \
    return ::std::tie(__VA_OPT__(PERCEPT_FIELDS_EXPAND(PERCEPT_FIELDS_LIST(__VA_ARGS__)))); \
  }                                                                                         \
  static consteval ::std::string_view percept_fields_text() { return #__VA_ARGS__; }

// self.a, self.b, ...: each scan of EXPAND unrolls one more step of LIST; 1 + 3 + 9 + 27 scans are enough for 32.
#define PERCEPT_FIELDS_LIST(name, ...) self.name __VA_OPT__(, PERCEPT_FIELDS_AGAIN PERCEPT_FIELDS_NO_ARGS(__VA_ARGS__))
#define PERCEPT_FIELDS_AGAIN() PERCEPT_FIELDS_LIST
#define PERCEPT_FIELDS_NO_ARGS ()
#define PERCEPT_FIELDS_EXPAND(...) PERCEPT_FIELDS_EXPAND3(PERCEPT_FIELDS_EXPAND3(PERCEPT_FIELDS_EXPAND3(__VA_ARGS__)))
#define PERCEPT_FIELDS_EXPAND3(...) PERCEPT_FIELDS_EXPAND2(PERCEPT_FIELDS_EXPAND2(PERCEPT_FIELDS_EXPAND2(__VA_ARGS__)))
#define PERCEPT_FIELDS_EXPAND2(...) PERCEPT_FIELDS_EXPAND1(PERCEPT_FIELDS_EXPAND1(PERCEPT_FIELDS_EXPAND1(__VA_ARGS__)))
#define PERCEPT_FIELDS_EXPAND1(...) __VA_ARGS__
