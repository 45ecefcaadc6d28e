// taps.h - the outputs of inner layers by path: for looking, for losses on features, for Grad-CAM.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/nn/module.h"

namespace percept {

// Keeps what the named layers gave in the calls made while it lives; the last call counts.
//   Taps taps(model, {"features.0", "features.3"});
//   const Tensor y = model(x);
//   const Tensor loss = cross_entropy(y, labels) + mean(abs(taps["features.0"]));  // gradients flow through it
// Paths are those of states, without the last name ("features.0" for "features.0.weight"). Layers and blocks can be
// tapped, and what a Sequential holds; a struct of the user's own by its layers. The model must stay where it is.
class Taps {
 public:
  // ValueError for a path that is not in the model, with the nearest one.
  Taps(ModuleRef model, std::vector<std::string> paths);

  // What the layer gave last. ValueError for a path that is not tapped, or a layer that was not called.
  const Tensor& operator[](std::string_view path) const;
  const Tensor& at(std::string_view path) const { return (*this)[path]; }
  const std::vector<std::string>& paths() const { return paths_; }
  void clear();  // forgets the outputs, and so frees what they hold

 private:
  std::vector<std::string> paths_;
  std::vector<ModuleRef> layers_;
  std::vector<Tensor> outputs_;
  CallObserver observer_;
};

}  // namespace percept
