// graph.h - what a captured function does: values, the calls that make them, and what becomes of them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "percept/core/state.h"
#include "percept/graph/plan_report.h"
#include "percept/ops/epilogue.h"
#include "percept/ops/op.h"

namespace percept {

// A state of somebody else's, which may go.
struct StateHandle {
  StateHandle() = default;
  explicit StateHandle(StateImpl& state) : leaf(state.leaf) {}
  StateImpl* get() const { return leaf ? leaf->state : nullptr; }  // null once it is gone
  StateImpl* operator->() const { return get(); }
  StateImpl& operator*() const { return *get(); }
  friend bool operator==(const StateHandle&, const StateHandle&) = default;
  Ref<LeafNode> leaf;
};

// A block of memory at a run. Views are operands with other strides on the same value.
struct GraphValue {
  enum class Kind : std::uint8_t {
    argument,  // number `argument` of the function
    state,     // what `state` holds when the run begins
    counter,   // the TrainingScope's step
    constant,  // `tensor`
    host,      // a number that host code works out at each run
    computed,  // by a node
  };
  Kind kind = Kind::computed;
  std::size_t bytes = 0;
  int argument = -1;
  StateHandle state = {};
  Tensor tensor = {};
};

struct Operand {
  int value = -1;  // of Graph::values
  Spec spec;       // offsets count from the value's first element
  friend bool operator==(const Operand&, const Operand&) = default;
};

std::vector<Spec> specs_of(const std::vector<Operand>& operands);

// A call of an op, or of host code: then `op` is null, inputs and results have one number each, or none.
struct GraphNode {
  const Op* op = nullptr;
  Attrs attrs = {};
  std::vector<Operand> inputs = {}, results = {};
  std::function<double(double)> host = {};  // given its input, 0 where it has none; gives its result
  CallSite site = {};
  std::shared_ptr<const std::string> path = {};  // of the layer that made the call
  // What runs, one after the other, on what `op` gives; the node's results are then the last one's, its inputs those of
  // all.
  std::vector<std::shared_ptr<const Epilogue>> epilogues = {};
  // The run of a function that is to run twice (autograd/recompute.h), or 0: what two runs compute stays apart and in
  // its place, or memory would hold it all the time between them.
  std::uint64_t run = 0;
};

// What a state holds, or has as its gradient, after the run.
struct StateChange {
  StateHandle state;
  Operand value;
};

struct Graph {
  std::vector<GraphValue> values;
  std::vector<GraphNode> nodes;  // in an order in which they may run
  std::vector<Operand> outputs;  // of the function
  std::vector<StateChange> writes, gradients;
  bool once = false;                              // the next run does something else
  bool settle = true;                             // what follows from values that stay is worked out once
  bool weights_once = false;                      // CaptureOptions::weights_once
  std::vector<StateHandle> first_values;          // given while recording to states that had none
  std::vector<StateHandle> fresh_gradients;       // of states whose gradient must not be there before a run
  std::vector<std::weak_ptr<const void>> needed;  // objects that host code refers to

  GraphValue& of(const Operand& operand) { return values[static_cast<std::size_t>(operand.value)]; }
  const GraphValue& of(const Operand& operand) const { return values[static_cast<std::size_t>(operand.value)]; }
  // What must be there after a run: outputs, writes and gradients.
  std::vector<const Operand*> kept() const;
};

// The states have no value again: the first step is still to come.
void take_back(const std::vector<StateHandle>& first_values);

// One line per node: its op, attrs, operands as %4 [2, 3], layer and line of the caller.
std::string str(const Graph& graph);
// A call as a report has it, but for kernel and workspace, which plans know; of a node with its values' names.
// `in_front`: what the op itself gives, where something runs behind it.
PlannedCall describe(const Op& op, const Attrs& attrs, Specs inputs, Specs results, CallSite site,
                     const std::string* path, const Spec* in_front = nullptr);
PlannedCall describe(const Graph& graph, const GraphNode& node);

}  // namespace percept
