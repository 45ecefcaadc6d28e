// op_trace.h - what the door to ops tells a capture, and how a plan runs the calls it has kept.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "percept/core/trace.h"
#include "percept/ops/apply.h"

namespace percept {

// Every Trace is one: graph/ makes them.
class OpTrace : public Trace {
 public:
  // Whether the call belongs to the captured function, an input being a symbol; others run at once.
  // ValueError for an input that was made outside.
  virtual bool takes(const Op& op, const std::vector<Tensor>& inputs, CallSite site) = 0;
  // Keeps the call; its results are symbols of these specs.
  virtual std::vector<Tensor> call(const Op& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
                                   const std::vector<Spec>& results, CallSite site) = 0;
};
inline OpTrace* op_trace() { return static_cast<OpTrace*>(trace()); }

// One call with its kernel and memory settled beforehand.
struct PlannedStep {
  Step step;
  Attrs attrs;
  std::shared_ptr<const std::string> path;  // of the layer, for messages
  std::byte* workspace = nullptr;           // prepared->workspace_bytes
};
// run_step without allocating. Errors carry the call's line and layer.
void run_planned(const PlannedStep& planned);

// Prepacked's `pack` or `unpack`: brings an input that stays into the kernel's own order, or back.
void run_order(const std::vector<Stage>& stages, const void* from, void* to);

// The name of the kernel that serves the call: calls of different kernels may round differently.
std::string_view kernel_of(const Op& op, const Attrs& attrs, Specs inputs, Specs results);

}  // namespace percept
