// sequential.h - layers called one after the other: one plain type.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/value.h"
#include "percept/nn/module.h"

namespace percept {

// What AnyModule takes.
template <class L>
concept HoldsAsLayer = std::same_as<L, AnyModule> || (!std::same_as<L, ModuleRef> && CallableModule<L>);

// Sequential{Conv2d{{...}}, ReLU{}, Flatten{}, Linear{{...}}}. Errors name the layer and show the chain of shapes.
class Sequential {
 public:
  Sequential() = default;
  // Moved in, not copied: a copy of an unbuilt layer would take other random streams. Implicit, so that blocks read
  // well: Residual{{.layers = {Linear{...}, ReLU{}}, .activation = ReLU{}}}.
  template <class... L>
    requires(sizeof...(L) > 0 && (sizeof...(L) > 1 || (!std::same_as<std::remove_cvref_t<L>, Sequential> && ...)) &&
             (HoldsAsLayer<std::remove_cvref_t<L>> && ...))
  Sequential(L&&... given) {  // NOLINT: implicit on purpose
    layers.reserve(sizeof...(L));
    (layers.emplace_back(std::forward<L>(given)), ...);
  }
  explicit Sequential(std::vector<AnyModule> given) : layers(std::move(given)) {}

  Tensor operator()(const Arg& x) const;
  void push_back(AnyModule layer) { layers.push_back(std::move(layer)); }
  std::size_t size() const { return layers.size(); }
  bool empty() const { return layers.empty(); }
  AnyModule& operator[](std::size_t i) { return layers.at(i); }
  const AnyModule& operator[](std::size_t i) const { return layers.at(i); }
  Value options() const;  // {layers = [...]}, each with its type and options

  std::vector<AnyModule> layers;
  PERCEPT_FIELDS(layers);
  static constexpr bool kEntriesAreFields = true;  // paths are "0.weight", not "layers.0.weight"
};

// One after the other, as a Sequential does, but for telling observers of the whole.
Tensor call_in_turn(const std::vector<AnyModule>& layers, const Arg& x);

// A list of layers as recipes write it: tables with a `type`; one table, or one word, stands for a list of one.
// UsageError with `context` and the nearest known name for an unknown type or option.
Value to_value(const Sequential& layers);
Value list_of(const std::vector<AnyModule>& layers);
void from_value(const Value& value, Sequential& out, std::string_view context);

}  // namespace percept
