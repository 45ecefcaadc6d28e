// module_walk.h - how the fields of a model are found at compile time; what is walked, ignored and refused.
#pragma once
#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "percept/base/fields.h"
#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/core/arg.h"
#include "percept/core/state.h"

namespace percept {

class AnyModule;
class ModuleRef;

// Receives what a module directly holds; names may have dots ("layers.0").
class FieldVisitor {
 public:
  virtual void state(const std::string& name, State& state, bool parameter) = 0;
  virtual void child(const std::string& name, const ModuleRef& module) = 0;

 protected:
  ~FieldVisitor() = default;
};

// Gives a tensor for a tensor: what a layer or model does.
template <class M>
concept CallableModule = std::is_class_v<M> && (requires(const M& model, const Arg& x) {
                           { model(x) } -> std::convertible_to<Tensor>;
                         } || requires(const M& model, const Tensor& x) {
                           { model(x) } -> std::convertible_to<Tensor>;
                         });

namespace walk_detail {

// Whether a model can be called with 1 to 4 tensors.
template <class M, int N>
consteval bool takes() {
  if constexpr (!std::is_class_v<M>)
    return false;
  else if constexpr (N == 1)
    return requires(const M& m, const Tensor& x) { m(x); };
  else if constexpr (N == 2)
    return requires(const M& m, const Tensor& x) { m(x, x); };
  else if constexpr (N == 3)
    return requires(const M& m, const Tensor& x) { m(x, x, x); };
  else
    return requires(const M& m, const Tensor& x) { m(x, x, x, x); };
}
// The smallest number it can be called with, 0 for none.
template <class M>
consteval int fewest_inputs() {
  return takes<M, 1>() ? 1 : takes<M, 2>() ? 2 : takes<M, 3>() ? 3 : takes<M, 4>() ? 4 : 0;
}

template <class T>
inline constexpr bool kContainer = false;  // walked through: std::vector, std::array, std::optional
template <class T, class A>
inline constexpr bool kContainer<std::vector<T, A>> = true;
template <class T, std::size_t N>
inline constexpr bool kContainer<std::array<T, N>> = true;
template <class T>
inline constexpr bool kContainer<std::optional<T>> = true;
template <class T>
inline constexpr bool kOptional = false;
template <class T>
inline constexpr bool kOptional<std::optional<T>> = true;

// Whether T is, or somewhere holds, what a walk reports: states and layers.
template <class T>
consteval bool is_walked() {
  if constexpr (!requires { sizeof(T); })
    return false;  // incomplete, behind a pointer
  else if constexpr (std::derived_from<T, State> || std::same_as<T, AnyModule>)
    return true;
  else if constexpr (kContainer<T>)
    return is_walked<typename T::value_type>();
  else if constexpr (CallableModule<T>)
    return true;
  else if constexpr (std::is_class_v<T> && HasFields<T>) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      using Refs = decltype(field_refs(std::declval<T&>()));
      return (is_walked<std::remove_cvref_t<std::tuple_element_t<I, Refs>>>() || ...);
    }(std::make_index_sequence<kFieldCount<T>>{});
  } else
    return false;
}

template <class T>
inline constexpr bool kHolds = false;  // std::pair, std::tuple, std::variant of something walked
template <template <class...> class Many, class... T>
  requires requires { std::tuple_size<Many<T...>>::value; } || requires { std::variant_size<Many<T...>>::value; }
inline constexpr bool kHolds<Many<T...>> = (is_walked<std::remove_cvref_t<T>>() || ...);

// Whether T keeps layers or states where no walk looks: behind pointers, in maps, lists, pairs and variants.
template <class T>
consteval bool hides_layer() {
  if constexpr (kHolds<T>)
    return true;
  else if constexpr (std::is_pointer_v<T>)
    return is_walked<std::remove_cv_t<std::remove_pointer_t<T>>>();
  else if constexpr (requires { typename T::element_type; })
    return is_walked<typename T::element_type>();
  else if constexpr (requires { typename T::mapped_type; })
    return is_walked<typename T::mapped_type>();
  else if constexpr (requires { typename T::value_type; })
    return is_walked<typename T::value_type>();
  else if constexpr (requires {
                       typename T::type;
                       T::get;
                     })
    return is_walked<typename T::type>();
  else
    return false;
}

}  // namespace walk_detail

// A model for ModuleRef: callable, or a struct that holds layers.
template <class M>
concept LooksLikeModule = std::is_class_v<M> && (CallableModule<M> || (HasFields<M> && walk_detail::is_walked<M>()));

// The type's own name, without namespaces: "Linear".
template <class T>
constexpr std::string_view type_name_of() {
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::size_t begin = text.find("T = ") + 4;
  std::string_view name = text.substr(begin, text.find_first_of(";]", begin) - begin);
  const std::size_t arguments = std::min(name.find('<'), name.size());
  const std::size_t colon = name.rfind("::", arguments);
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

// How a type-erased module is used; one per type.
struct ModuleTable {
  std::string_view type_name;
  Tensor (*call)(const void* object, const Arg& x);  // null when it is not callable with one tensor for one
  int inputs;                                        // the fewest that `run` takes; 0 when it is not callable at all
  // Calls a model of any number of inputs and outputs; false where it takes another number.
  bool (*run)(const void* object, const std::vector<Tensor>& inputs, std::vector<Tensor>& outputs);
  void (*visit)(void* object, FieldVisitor& visitor);
  Value (*options)(const void* object);
};

namespace walk_detail {

template <class F>
void visit_field(const std::string& name, F& field, FieldVisitor& visitor) {
  using T = std::remove_const_t<F>;
  T& value = const_cast<T&>(field);
  if constexpr (std::derived_from<T, State>) {
    visitor.state(name, value, std::derived_from<T, Parameter> || (std::same_as<T, State> && value.trainable()));
  } else if constexpr (kOptional<T> && is_walked<T>()) {
    if (value.has_value()) visit_field(name, *value, visitor);
  } else if constexpr (kContainer<T> && is_walked<T>()) {
    const std::string prefix = name.empty() ? name : name + ".";
    for (std::size_t i = 0; i < value.size(); ++i) visit_field(prefix + number(i), value[i], visitor);
  } else if constexpr (is_walked<T>()) {
    visitor.child(name, value);
  } else {
    static_assert(!hides_layer<T>(),
                  "a field of this model looks like a layer but cannot be walked: hold it by value, in std::vector, "
                  "std::array, std::optional or AnyModule; or name the fields to walk with PERCEPT_FIELDS(...)");
  }
}

template <class M>
void visit_fields(void* object, FieldVisitor& visitor) {
  static_assert(
      HasFields<M>,
      "this type is called like a layer but its fields cannot be found (it has a constructor, a base, private "
      "or more than 32 fields): write PERCEPT_FIELDS(weight, bias, ...) in it, PERCEPT_FIELDS() if none is a "
      "state or layer; or, to hold it where it is no layer, name the other fields of the model around it");
  // A list of layers that is a layer itself adds no name of its own: "features.0.weight", as in PyTorch.
  constexpr bool kUnnamed = requires { M::kEntriesAreFields; };
  if constexpr (HasFields<M>)
    for_each_field(*static_cast<M*>(object), [&](std::string_view name, auto& field) {
      visit_field(kUnnamed ? std::string() : std::string(name), field, visitor);
    });
}

template <class M>
Tensor call(const void* object, const Arg& x) {
  const M& model = *static_cast<const M*>(object);
  if constexpr (requires { model(x); })
    return model(x);
  else
    return model(x.tensor());
}

// The tensors of what a model returns: one, several in a list, pair or tuple, or the fields of a struct.
template <class R>
void collect_outputs(const R& result, std::vector<Tensor>& out) {
  if constexpr (std::convertible_to<const R&, Tensor>)
    out.push_back(result);
  else if constexpr (kContainer<R>) {
    if constexpr (kOptional<R>) {
      if (result.has_value()) collect_outputs(*result, out);
    } else
      for (const auto& one : result) collect_outputs(one, out);
  } else if constexpr (requires { std::tuple_size<R>::value; })
    std::apply([&](const auto&... each) { (collect_outputs(each, out), ...); }, result);
  else if constexpr (std::is_class_v<R> && HasFields<R>)
    for_each_field(result, [&](std::string_view, const auto& field) { collect_outputs(field, out); });
}

template <class M>
bool run(const void* object, const std::vector<Tensor>& x, std::vector<Tensor>& out) {
  const M& model = *static_cast<const M*>(object);
  if constexpr (takes<M, 1>())
    if (x.size() == 1) return collect_outputs(model(x[0]), out), true;
  if constexpr (takes<M, 2>())
    if (x.size() == 2) return collect_outputs(model(x[0], x[1]), out), true;
  if constexpr (takes<M, 3>())
    if (x.size() == 3) return collect_outputs(model(x[0], x[1], x[2]), out), true;
  if constexpr (takes<M, 4>())
    if (x.size() == 4) return collect_outputs(model(x[0], x[1], x[2], x[3]), out), true;
  return false;
}

template <class M>
Value options([[maybe_unused]] const void* object) {
  if constexpr (requires(const M& model) { to_value(model.options()); })
    return to_value(static_cast<const M*>(object)->options());
  else
    return Value::object();
}

template <class M>
consteval ModuleTable table() {
  ModuleTable made{type_name_of<M>(), nullptr, 0, nullptr, &visit_fields<M>, &options<M>};
  if constexpr (CallableModule<M>) made.call = &call<M>;
  if constexpr (fewest_inputs<M>() > 0) {
    made.inputs = fewest_inputs<M>();
    made.run = &run<M>;
  }
  return made;
}

}  // namespace walk_detail

template <class M>
inline constexpr ModuleTable kModuleTable = walk_detail::table<M>();

}  // namespace percept
