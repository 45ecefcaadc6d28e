// graph.cpp - a graph as text.
#include "percept/graph/graph.h"

namespace percept {
namespace {

std::string text_of(const Graph& graph, const Operand& operand) {
  const GraphValue& value = graph.of(operand);
  using Kind = GraphValue::Kind;
  std::string text = "%" + std::to_string(operand.value);
  if (value.kind == Kind::argument) text = "argument " + std::to_string(value.argument);
  if (value.kind == Kind::state) text = value.state->path.empty() ? text + " (state)" : value.state->path;
  if (value.kind == Kind::counter) text = "step";
  if (value.kind == Kind::constant) text += " (constant)";
  return text + " " + str(operand.spec.shape);
}

std::string list(const Graph& graph, const std::vector<Operand>& operands) {
  std::string text;
  for (const Operand& operand : operands) text += (text.empty() ? "" : ", ") + text_of(graph, operand);
  return text;
}

std::string line_of(const Graph& graph, const GraphNode& node) {
  std::string text = list(graph, node.results) + (node.results.empty() ? "" : " = ");
  text += node.op != nullptr ? std::string(node.op->name) : "host code";
  if (const std::string attrs = node.attrs.text(); !attrs.empty()) text += "{" + attrs + "}";
  text += "(" + list(graph, node.inputs) + ")";
  if (node.path) text += "  in " + *node.path;
  if (node.site.file != nullptr) text += "  at " + std::string(node.site.file) + ":" + std::to_string(node.site.line);
  return text + "\n";
}

std::string lines_of(const Graph& graph, const std::vector<StateChange>& changes, const char* what) {
  std::string text;
  for (const StateChange& change : changes)
    text += what + (change.state->path.empty() ? std::string("a state") : change.state->path) + " = " +
            text_of(graph, change.value) + "\n";
  return text;
}

}  // namespace

std::vector<Spec> specs_of(const std::vector<Operand>& operands) {
  std::vector<Spec> specs;
  for (const Operand& operand : operands) specs.push_back(operand.spec);
  return specs;
}

std::vector<const Operand*> Graph::kept() const {
  std::vector<const Operand*> all;
  for (const Operand& output : outputs) all.push_back(&output);
  for (const StateChange& change : writes) all.push_back(&change.value);
  for (const StateChange& change : gradients) all.push_back(&change.value);
  return all;
}

std::string str(const Graph& graph) {
  std::string text;
  for (const GraphNode& node : graph.nodes) text += line_of(graph, node);
  return text + lines_of(graph, graph.writes, "") + lines_of(graph, graph.gradients, "gradient of ") + "return " +
         list(graph, graph.outputs) + "\n";
}

}  // namespace percept
