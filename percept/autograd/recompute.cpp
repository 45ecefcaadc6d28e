// recompute.cpp - the second runs of functions, and who gets what they compute.
#include "percept/autograd/recompute.h"

#include <algorithm>

#include "percept/autograd/autograd.h"
#include "percept/autograd/recomputed_values.h"

namespace percept {
namespace recompute_detail {
namespace {

Ref<Recomputation> to_run_again(std::function<void(const std::vector<Tensor>&)> function,
                                const std::vector<Tensor>& inputs) {
  auto one = make_ref<Recomputation>();
  one->function = std::move(function);
  for (const Tensor& input : inputs) one->inputs.push_back(input.requires_grad() ? variable(input) : input.detach());
  one->path = layer_path();
  return one;
}

}  // namespace

bool pays() {
  const RecomputedRun* const run = recomputed_run();
  return grad_enabled() && !building() && (run == nullptr || run->again());
}

FirstRun::FirstRun(std::function<void(const std::vector<Tensor>&)> again, const std::vector<Tensor>& inputs)
    : function_(to_run_again(std::move(again), inputs)), run_(*function_, false) {}

}  // namespace recompute_detail

SavedTensors RecomputedValues::saved(const Node& node) {
  if (!node.recomputation) return {};
  SavedTensors saved{node.saved_inputs, node.saved_results};
  const auto add = [](std::vector<Tensor>& to, const std::vector<Tensor>& from) {
    for (std::size_t i = 0; i < to.size(); ++i)
      if (!to[i].defined()) to[i] = from[i];
  };
  Ref<Node> found;
  for (const Node* at = &node; at->recomputation; at = found.get()) {
    found = take(*at);
    add(saved.inputs, found->saved_inputs);
    add(saved.results, found->saved_results);
  }
  // Inputs come from where they came from first: a gradient of the gradient flows there.
  for (std::size_t i = 0; i < saved.inputs.size(); ++i)
    if (saved.inputs[i].defined()) saved.inputs[i].set_node(node.inputs[i].node, node.inputs[i].result);
  return saved;
}

Ref<Node> RecomputedValues::take(const Node& node) {
  const auto [at, fresh] = runs_.try_emplace(node.recomputation.get());
  Run& run = at->second;
  if (fresh) run = run_again(node.recomputation);
  const Ref<NodeBase> taken = std::exchange(run.calls[node.call], {});
  Ref<Node> call(static_cast<Node*>(taken.get()));
  if (!call || call->op != node.op || call->result_specs != node.result_specs)
    Recomputation::refuse_change(
        "a call of " + std::string(node.op->name) + " that gave " + str(node.result_specs[0].shape) + " is now " +
        (call ? std::string(call->op->name) + " " + str(call->result_specs[0].shape) : "not there"));
  if (--run.left == 0) runs_.erase(at);
  return call;
}

RecomputedValues::Run RecomputedValues::run_again(const Ref<Recomputation>& function) const {
  const ModesScope modes(function->modes);
  const LayerPath path(function->path);
  RecomputedRun again(*function, true);
  function->function(function->inputs);
  if (again.calls.size() != function->calls)
    Recomputation::refuse_change("of its calls " + std::to_string(function->calls) +
                                 " were recorded for gradients, now " + std::to_string(again.calls.size()) + " are");
  Run run{function, std::move(again.calls)};
  run.left = static_cast<std::size_t>(
      std::count_if(run.calls.begin(), run.calls.end(), [](const auto& call) { return static_cast<bool>(call); }));
  return run;
}

}  // namespace percept
