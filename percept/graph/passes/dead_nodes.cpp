// dead_nodes.cpp - what nobody needs: calls, and some of their results.
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
    for (const Operand& input : node.inputs) need(input);
    alive.push_back(std::move(node));
  }
  std::reverse(alive.begin(), alive.end());
  graph.nodes = std::move(alive);
}

void remove_unread_results(Graph& graph) {
  std::vector<bool> read(graph.values.size(), false);
  const auto index = [](const Operand& operand) { return static_cast<std::size_t>(operand.value); };
  for (const Operand* kept : graph.kept()) read[index(*kept)] = true;
  for (const GraphNode& node : graph.nodes)
    for (const Operand& input : node.inputs) read[index(input)] = true;
  for (GraphNode& node : graph.nodes)
    while (node.results.size() > 1 && may_lack(node, node.results.size() - 1) && !read[index(node.results.back())])
      node.results.pop_back();
}

}  // namespace percept
