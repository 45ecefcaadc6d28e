// repeated_nodes.cpp - what is computed twice. Also random calls repeat themselves: they are functions of their attrs
// and the step. What is computed twice on purpose, to save memory, stays so.
#include <numeric>
#include <unordered_map>

#include "percept/graph/passes/passes.h"

namespace percept {
namespace {

std::size_t hash_of(const GraphNode& node) {
  std::size_t hash = std::hash<const void*>{}(node.op) ^ node.attrs.hash();
  for (const Operand& input : node.inputs)
    hash = hash * 0x9E3779B97F4A7C15u + static_cast<std::size_t>(input.value) * 31 +
           static_cast<std::size_t>(input.spec.offset);
  return hash;
}

bool same_call(const GraphNode& a, const GraphNode& b) {
  if (a.op != b.op || a.run != b.run || !(a.attrs == b.attrs) || a.inputs != b.inputs ||
      a.results.size() != b.results.size())
    return false;
  for (std::size_t k = 0; k < a.results.size(); ++k)
    if (!(a.results[k].spec == b.results[k].spec)) return false;
  return true;
}

}  // namespace

void join_repeated_nodes(Graph& graph) {
  std::vector<int> now(graph.values.size());  // the value that stands for each
  std::iota(now.begin(), now.end(), 0);
  const auto settle = [&](Operand& operand) { operand.value = now[static_cast<std::size_t>(operand.value)]; };
  std::unordered_multimap<std::size_t, std::size_t> seen;  // hash -> position among `unique`
  std::vector<GraphNode> unique;
  for (GraphNode& node : graph.nodes) {
    for (Operand& input : node.inputs) settle(input);
    const GraphNode* first = nullptr;
    const std::size_t hash = hash_of(node);
    if (node.op != nullptr) {
      const auto [begin, end] = seen.equal_range(hash);
      for (auto it = begin; it != end && first == nullptr; ++it)
        if (same_call(unique[it->second], node)) first = &unique[it->second];
    }
    if (first != nullptr) {
      for (std::size_t k = 0; k < node.results.size(); ++k)
        now[static_cast<std::size_t>(node.results[k].value)] = first->results[k].value;
    } else {
      if (node.op != nullptr) seen.emplace(hash, unique.size());
      unique.push_back(std::move(node));
    }
  }
  graph.nodes = std::move(unique);
  for (Operand& output : graph.outputs) settle(output);
  for (StateChange& change : graph.writes) settle(change.value);
  for (StateChange& change : graph.gradients) settle(change.value);
}

}  // namespace percept
