// saved_states.cpp - taking hold of a model's values.
#include "percept/train/saved_states.h"

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {

SavedStates::SavedStates(ModuleRef model) {
  for (const NamedState& named : states(model)) values_.push_back(named.state->impl().value);
}

void SavedStates::put_back(ModuleRef model) const {
  const std::vector<NamedState> all = states(model);
  if (all.size() != values_.size())
    throw ValueError("the model has " + number(all.size()) + " states, " + number(values_.size()) + " were kept of it",
                     "do not add or remove layers while it is trained");
  for (std::size_t i = 0; i < all.size(); ++i)
    if (values_[i].defined()) assign(*all[i].state, values_[i]);
}

}  // namespace percept
