// saved_states.h - all values of a model at a moment, and back.
#pragma once
#include <vector>

#include "percept/core/tensor.h"
#include "percept/nn/module.h"

namespace percept {

// Parameters and buffers, running statistics too. Holds the values themselves: as long as it does, updates write
// elsewhere, so that nothing is copied.
class SavedStates {
 public:
  SavedStates() = default;
  explicit SavedStates(ModuleRef model);
  bool empty() const { return values_.empty(); }
  // ValueError for a model of another number of states.
  void put_back(ModuleRef model) const;

 private:
  std::vector<Tensor> values_;  // in the order of states(model); undefined for unbuilt ones
};

}  // namespace percept
