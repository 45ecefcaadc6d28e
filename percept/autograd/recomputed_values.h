// recomputed_values.h - what functions that run again in a walk backward have computed for it.
#pragma once
#include <unordered_map>
#include <vector>

#include "percept/core/recomputation.h"
#include "percept/ops/op.h"

namespace percept {

// One walk's. Values go as soon as the call that saved them has been walked.
class RecomputedValues {
 public:
  // What backward reads of a call that has let go of some of it: runs the function again whose call it was. Nothing
  // for other calls.
  SavedTensors saved(const Node& node);

 private:
  struct Run {
    Ref<Recomputation> function;
    std::vector<Ref<NodeBase>> calls;  // what each has saved, until it is taken
    std::size_t left = 0;
  };
  Run run_again(const Ref<Recomputation>& function) const;
  Ref<Node> take(const Node& node);

  std::unordered_map<const Recomputation*, Run> runs_;
};

}  // namespace percept
