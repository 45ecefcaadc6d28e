// sequential.h - layers called one after the other: one plain type.
#pragma once
#include <utility>
#include <vector>

#include "percept/nn/module.h"

namespace percept {

// Sequential{Conv2d{{...}}, ReLU{}, Flatten{}, Linear{{...}}}. Errors name the layer and show the chain of shapes.
class Sequential {
 public:
  Sequential() = default;
  // Moved in, not copied: a copy of an unbuilt layer would take other random streams.
  template <class... L>
    requires((std::convertible_to<L, AnyModule> && ...) &&
             (sizeof...(L) > 1 || (!std::same_as<std::remove_cvref_t<L>, Sequential> && ...)))
  explicit Sequential(L&&... given) {
    layers.reserve(sizeof...(L));
    (layers.emplace_back(std::forward<L>(given)), ...);
  }
  explicit Sequential(std::vector<AnyModule> given) : layers(std::move(given)) {}

  Tensor operator()(const Arg& x) const;
  void push_back(AnyModule layer) { layers.push_back(std::move(layer)); }
  std::size_t size() const { return layers.size(); }
  AnyModule& operator[](std::size_t i) { return layers.at(i); }
  const AnyModule& operator[](std::size_t i) const { return layers.at(i); }

  std::vector<AnyModule> layers;
  PERCEPT_FIELDS(layers);
  static constexpr bool kEntriesAreFields = true;  // paths are "0.weight", not "layers.0.weight"
};

}  // namespace percept
