// plan.h - a graph with a kernel for each node and a place for each value: made once, run often.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "percept/graph/capture.h"
#include "percept/graph/graph.h"
#include "percept/ops/op_trace.h"

namespace percept {

class Plan {
 public:
  // To look at only: it takes no memory for values, however much its step would.
  enum class Purpose { run, look };
  explicit Plan(Graph graph, Purpose purpose = Purpose::run);

  // The function's results for these arguments, of the shapes and strides it was captured for. States and gradients
  // change as the function says, after all of it was computed: an error leaves them as they were, but for states that
  // are updated in place and counters of host code. One run at a time; others wait.
  std::vector<Tensor> run(const std::vector<Tensor>& arguments);

  // Whether states and optimizers are still those the function was captured with; built, trainable, of the same shapes.
  bool fits() const;
  const Graph& graph() const { return graph_; }
  PlanMemory memory() const;
  // After the last run: it is only looked at from then on.
  void release_memory();
  // One line per step: kernel and call.
  std::string text() const;
  PlanReport report() const;

 private:
  // Where an operand is that is bound anew at each run.
  struct Binding {
    std::size_t step;
    bool result;
    std::size_t index;
    Operand operand;
  };
  struct BoundState {
    StateHandle state;
    Spec spec;
    bool trainable;
  };
  // A state's new value that may take the place of the old one.
  struct InPlace {
    std::size_t old_value, new_value;
  };
  // An input that stays, in its kernel's own order.
  struct Packed {
    std::size_t step;
    Operand source;
    std::shared_ptr<const Prepacked> how;
    std::vector<Stage> unpack = {};  // the way back, for weights_once
    Tensor block = {};
    std::optional<std::uint64_t> contents = {};  // of the source when it was packed; nothing: it is not
  };
  // A state that stays from run to run, and what it held when what follows from it was worked out.
  struct Source {
    std::size_t value;
    std::uint64_t contents;
  };
  class Maker;

  Ref<Storage> storage_for(std::size_t value, const std::vector<Tensor>& arguments) const;
  void bind(const std::vector<Tensor>& arguments);
  void unbind();
  bool sources_changed() const;
  void pack(Packed& packed);
  std::size_t replaced_by(const Packed& packed) const;
  void give_up(const Packed& packed);
  void run_steps();
  std::vector<Tensor> finish();
  Tensor result_of(const Operand& operand) const;

  Graph graph_;
  Tensor arena_;
  std::size_t arena_bytes_ = 0, settled_bytes_ = 0;
  std::vector<PlannedStep> steps_;  // one per node; host code has no op
  std::vector<Binding> bindings_;
  std::vector<BoundState> states_;
  std::vector<InPlace> in_place_;
  std::vector<Tensor> fixed_;      // one per value: constants, host numbers, places in the arena
  std::vector<std::size_t> kept_;  // computed values that live on after a run
  std::vector<bool> settled_;      // steps that run only when a source has changed
  std::vector<Packed> packed_;     // in the order of their steps
  std::vector<Source> sources_;
  bool worked_out_ = false;           // what is settled, from what the sources held then
  std::vector<Ref<Storage>> memory_;  // one per value during a run
  std::vector<std::int64_t> offset_;  // elements before the first, of arguments
  std::mutex mutex_;
};

}  // namespace percept
