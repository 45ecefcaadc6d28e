// fuse_epilogues.cpp - a pointwise call on what a convolution, product or the like has just made runs piece by piece
// behind it, on what is still in the cache; so do the pool behind that and the copy into the order a matrix product
// reads. Each keeps its own kernel and so its bits.
#include <algorithm>

#include "percept/core/mode.h"
#include "percept/graph/passes/passes.h"
#include "percept/ops/apply.h"
#include "percept/ops/op_trace.h"

namespace percept {
namespace {

bool is_pointwise(const GraphNode& node) { return node.op != nullptr && node.op->program != nullptr; }

// A call that could run behind another one's pieces.
bool may_be_behind(const GraphNode& node) {
  return is_pointwise(node) || (node.op != nullptr && node.op->part != nullptr && node.results.size() == 1);
}

// A call that could have something behind its pieces, as far as the graph can tell.
bool may_be_in_front(const GraphNode& node) {
  const bool ends = !node.epilogues.empty() && node.epilogues.back()->over_inputs;
  return node.op != nullptr && !is_pointwise(node) && node.results.size() == 1 && !ends;
}

// Both as one node; the kernel in front says whether it can.
std::shared_ptr<const GraphNode> joined(const GraphNode& front, const GraphNode& behind) {
  auto node = std::make_shared<GraphNode>(front);
  node->results = behind.results;
  auto epilogue = std::make_shared<Epilogue>();
  if (is_pointwise(behind))
    epilogue->program = behind.op->program(behind.attrs, specs_of(behind.inputs));
  else
    epilogue->op = behind.op, epilogue->attrs = behind.attrs;
  epilogue->kernel = kernel_of(*behind.op, behind.attrs, specs_of(behind.inputs), specs_of(behind.results));
  epilogue->between = front.results[0].spec;
  epilogue->own_inputs = front.inputs.size();
  epilogue->over_inputs = behind.op->op_class == OpClass::update;
  for (const Operand& input : behind.inputs) {
    if (input == front.results[0]) {
      epilogue->from.push_back(-1);
      continue;
    }
    epilogue->from.push_back(static_cast<int>(node->inputs.size()));
    node->inputs.push_back(input);
  }
  node->epilogues.push_back(std::move(epilogue));
  const std::vector<Spec> inputs = specs_of(node->inputs), results = specs_of(node->results);
  const auto alone = prepare_front(*node->op, node->attrs, node->epilogues, inputs, results);
  return with_epilogues(alone, node->epilogues, inputs, results) != nullptr ? node : nullptr;
}

}  // namespace

void fuse_epilogues(Graph& graph) {
  if (kernel_choice() != KernelChoice::best) return;  // others are compared call by call
  // The last call to make each value, and whether exactly one call reads it.
  constexpr int kNobody = -1;
  std::vector<int> made_by(graph.values.size(), kNobody), readers(graph.values.size(), 0);
  const auto index = [](const Operand& operand) { return static_cast<std::size_t>(operand.value); };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const Operand& result : graph.nodes[i].results) made_by[index(result)] = static_cast<int>(i);
    std::vector<int> seen;
    for (const Operand& input : graph.nodes[i].inputs)
      if (std::find(seen.begin(), seen.end(), input.value) == seen.end()) {
        seen.push_back(input.value);
        ++readers[index(input)];
      }
  }
  for (const Operand* kept : graph.kept()) readers[index(*kept)] = 2;

  std::vector<bool> gone(graph.nodes.size(), false);
  for (GraphNode& behind : graph.nodes) {
    if (!may_be_behind(behind)) continue;
    for (const Operand& input : behind.inputs) {
      const int at = made_by[index(input)];
      if (at == kNobody || readers[index(input)] != 1) continue;
      const GraphNode& front = graph.nodes[static_cast<std::size_t>(at)];
      const bool as_it_is = std::all_of(behind.inputs.begin(), behind.inputs.end(), [&](const Operand& other) {
        return other.value != input.value || other == front.results[0];
      });
      const bool same_elements = !is_pointwise(behind) || behind.results[0].spec.shape == front.results[0].spec.shape;
      if (!may_be_in_front(front) || !as_it_is || !same_elements) continue;
      if (const auto both = joined(front, behind)) {
        behind = *both;
        gone[static_cast<std::size_t>(at)] = true;
        break;
      }
    }
  }
  std::vector<GraphNode> left;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (!gone[i]) left.push_back(std::move(graph.nodes[i]));
  graph.nodes = std::move(left);
}

}  // namespace percept
