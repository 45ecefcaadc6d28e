// dead_nodes.cpp - what nobody needs.
#include <algorithm>

#include "percept/graph/passes/passes.h"

namespace percept {
namespace {

bool may_lack(const GraphNode& node, std::size_t result) {
  return node.op != nullptr && result < 32 && (node.op->may_lack >> result & 1) != 0;
}

}  // namespace

void remove_dead_nodes(Graph& graph) {
  std::vector<bool> needed(graph.values.size(), false);
  const auto need = [&](const Operand& operand) { needed[static_cast<std::size_t>(operand.value)] = true; };
  for (const Operand* kept : graph.kept()) need(*kept);
  std::vector<GraphNode> alive;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    GraphNode& node = graph.nodes[i];
    const bool read = std::any_of(node.results.begin(), node.results.end(),
                                  [&](const Operand& r) { return needed[static_cast<std::size_t>(r.value)]; });
    if (!read && !node.host) continue;
    while (node.results.size() > 1 && may_lack(node, node.results.size() - 1) &&
           !needed[static_cast<std::size_t>(node.results.back().value)])
      node.results.pop_back();
    for (const Operand& input : node.inputs) need(input);
    alive.push_back(std::move(node));
  }
  std::reverse(alive.begin(), alive.end());
  graph.nodes = std::move(alive);
}

}  // namespace percept
