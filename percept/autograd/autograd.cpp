// autograd.cpp - the walk backward over recorded nodes.
#include "percept/autograd/autograd.h"

#include <algorithm>
#include <unordered_map>

#include "percept/autograd/recomputed_values.h"
#include "percept/base/log.h"
#include "percept/core/state.h"
#include "percept/core/trace.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {

Tensor BackwardContext::grad(std::size_t k) const {
  if (grads_[k].defined()) return grads_[k];
  const Spec& spec = node_->result_specs[k];
  return full(spec.shape, 0, spec.dtype);
}

namespace {

// Nodes from the output backwards, each after every node that depends on it.
std::vector<Ref<Node>> ordered(const Ref<NodeBase>& output) {
  std::vector<Ref<Node>> order;  // a node after its inputs; reversed at the end
  std::unordered_map<const NodeBase*, bool> seen;
  std::vector<std::pair<Ref<NodeBase>, std::size_t>> stack;
  auto visit = [&](const Ref<NodeBase>& node) {
    if (node && !node->is_leaf && !seen[node.get()]) {
      seen[node.get()] = true;
      stack.emplace_back(node, 0);
    }
  };
  visit(output);
  while (!stack.empty()) {
    auto& [base, next] = stack.back();
    auto* node = static_cast<Node*>(base.get());
    if (next == node->inputs.size()) {
      order.emplace_back(node);
      stack.pop_back();
    } else {
      visit(Ref<NodeBase>(node->inputs[next++].node));
    }
  }
  std::reverse(order.begin(), order.end());
  return order;
}

using GradTable = std::unordered_map<const NodeBase*, std::vector<Tensor>>;

void accumulate(GradTable& table, const Edge& edge, const Tensor& grad) {
  std::vector<Tensor>& grads = table[edge.node.get()];
  const auto at = static_cast<std::size_t>(edge.result);
  if (grads.size() <= at) grads.resize(at + 1);
  grads[at] = grads[at].defined() ? add(grads[at], grad) : grad;
}

[[noreturn]] void rethrow_as_backward(Error& error, const Node& node) {
  error.add_context("backward of " + std::string(node.op->name));
  error.set_where(node.site);
  if (node.path) error.set_path(*node.path);
  throw;
}

// Gradients of `output` with respect to every leaf it reaches, and to the results of `targets`, where the walk stops.
GradTable walk(const Tensor& output, const Tensor& seed, const std::vector<Tensor>& targets) {
  GradTable table;
  if (!output.requires_grad())
    throw ValueError("backward: the tensor was not computed from any trainable parameter",
                     "compute it outside NoGrad, from parameters that are not frozen");
  if (output.numel() != 1)
    throw ShapeError("backward: the tensor has shape " + str(output.shape()),
                     "reduce it to one element first, e.g. with mean(x)");
  if (recomputed_run() != nullptr)
    throw ValueError("backward: gradients are asked for inside a function that is given to recompute()",
                     "ask for them outside: what the function computes is not kept");
  accumulate(table, {output.node(), output.node_result()}, seed);
  auto is_target = [&](const Node* node) {
    return std::any_of(targets.begin(), targets.end(), [&](const Tensor& t) { return t.node().get() == node; });
  };
  RecomputedValues recomputed;
  for (Ref<Node>& node : ordered(output.node())) {
    if (is_target(node.get())) continue;
    auto found = table.find(node.get());
    if (found == table.end()) continue;  // nothing reached it
    std::vector<Tensor> grads = std::move(found->second);
    table.erase(found);
    grads.resize(node->result_specs.size());
    try {
      const LayerPath of_layer(node->path);  // gradients belong to the layer that made the call
      const Grads inputs = node->op->backward(BackwardContext(node, std::move(grads), recomputed.saved(*node)));
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (inputs[i].defined() && node->inputs[i].node) accumulate(table, node->inputs[i], inputs[i]);
    } catch (Error& error) {
      rethrow_as_backward(error, *node);
    }
  }
  return table;
}

}  // namespace

// A state without a path is in no model that was walked: a layer left out of PERCEPT_FIELDS is called and has
// gradients, but is neither trained nor saved. Gradients that are still there a step later tell.
void add_gradient(StateImpl& state, const Tensor& grad) {
  const std::int64_t step = training_scope() ? training_scope()->step() : 0;
  if (!state.grad.defined()) {
    state.grad = grad;
    state.grad_step = step;
    return;
  }
  if (step > state.grad_step && state.path.empty() && !state.told_unused) {
    state.told_unused = true;
    log(LogLevel::warning, "a parameter of shape " + str(state.value.shape()) + " has had gradients since step " +
                               std::to_string(state.grad_step) + ", and no optimizer takes them: it is not trained. " +
                               "If it belongs to a layer of yours, name that layer in PERCEPT_FIELDS(...); if it is on "
                               "its own, pass it to step()");
  }
  if (trace() != nullptr) trace()->touches_gradient(state);
  state.grad = add(state.grad, grad);
}

void Tensor::backward() const {
  GradTable table;
  {
    NoGrad off;
    table = walk(*this, full(shape(), 1, dtype()), {});
  }
  for (auto& [base, grads] : table) {
    if (!base->is_leaf) continue;
    StateImpl* state = static_cast<const LeafNode*>(base)->state;
    if (state == nullptr) continue;
    NoGrad off;
    add_gradient(*state, grads[0]);
  }
}

Tensor variable(const Tensor& x) {
  Tensor leaf = x.detach();
  leaf.set_node(make_ref<LeafNode>(nullptr), 0);
  return leaf;
}

std::vector<Tensor> gradients(const Tensor& output, const std::vector<Tensor>& inputs, bool create_graph) {
  GradTable table;
  if (output.requires_grad()) {
    if (create_graph) {
      table = walk(output, full(output.shape(), 1, output.dtype()), inputs);
    } else {
      NoGrad off;
      table = walk(output, full(output.shape(), 1, output.dtype()), inputs);
    }
  }
  std::vector<Tensor> result;
  for (const Tensor& input : inputs) {
    const auto found = input.requires_grad() ? table.find(input.node().get()) : table.end();
    const auto at = static_cast<std::size_t>(input.node_result());
    const bool reached = found != table.end() && at < found->second.size() && found->second[at].defined();
    result.push_back(reached ? found->second[at] : full(input.shape(), 0, input.dtype()));
  }
  return result;
}

std::function<ValueAndGrad(const std::vector<Tensor>&)> value_and_grad(Function f) {
  return [f = std::move(f)](const std::vector<Tensor>& inputs) {
    // Inside another grad the inputs carry a record already: keep it, so that orders nest.
    bool nested = false;
    for (const Tensor& input : inputs) nested = nested || (grad_enabled() && input.requires_grad());
    const WithGrad on;
    std::vector<Tensor> leaves;
    for (const Tensor& input : inputs)
      leaves.push_back(nested && input.requires_grad() ? mul(input, 1.0) : variable(input));
    const Tensor value = f(leaves);
    return ValueAndGrad{value, gradients(value, leaves, nested)};
  };
}

std::function<std::vector<Tensor>(const std::vector<Tensor>&)> grad(Function f) {
  return [with_value = value_and_grad(std::move(f))](const std::vector<Tensor>& inputs) {
    return with_value(inputs).grads;
  };
}

}  // namespace percept
