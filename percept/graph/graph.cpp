// graph.cpp - a graph as text.
#include "percept/graph/graph.h"

#include <algorithm>

namespace percept {
namespace {

std::string name_of(const Graph& graph, const Operand& operand) {
  const GraphValue& value = graph.of(operand);
  using Kind = GraphValue::Kind;
  const std::string number = "%" + std::to_string(operand.value);
  switch (value.kind) {
    case Kind::argument:
      return "argument " + std::to_string(value.argument);
    case Kind::state:  // it may be gone
      return value.state.get() == nullptr || value.state->path.empty() ? number + " (state)" : value.state->path;
    case Kind::counter:
      return "step";
    case Kind::constant:
      return number + " (constant)";
    case Kind::host:
    case Kind::computed:
      break;
  }
  return number;
}

std::string text_of(const Graph& graph, const Operand& operand) {
  return name_of(graph, operand) + " " + str(operand.spec.shape);
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

namespace {

std::vector<PlannedOperand> described(const Graph& graph, const std::vector<Operand>& operands) {
  std::vector<PlannedOperand> all;
  for (const Operand& operand : operands) {
    const Spec& spec = operand.spec;
    const bool image = spec.rank() == 4 && spec.is_channels_last() && !spec.is_contiguous();
    all.push_back({.name = name_of(graph, operand),
                   .shape = str(spec.shape),
                   .dtype = std::string(percept::name_of(spec.dtype)),
                   .layout = image                  ? "channels-last"
                             : spec.is_contiguous() ? "contiguous"
                                                    : "strided",
                   .bytes = std::min(static_cast<std::size_t>(spec.numel()) * size_of(spec.dtype),
                                     graph.of(operand).bytes)});  // what is repeated is read once
  }
  return all;
}

}  // namespace

PlannedCall describe(const Graph& graph, const GraphNode& node) {
  PlannedCall call{.op = node.op != nullptr ? std::string(node.op->name) : "host code",
                   .layer = node.path ? *node.path : "",
                   .inputs = described(graph, node.inputs),
                   .results = described(graph, node.results)};
  if (node.site.file != nullptr) call.site = std::string(node.site.file) + ":" + std::to_string(node.site.line);
  for (const auto* operands : {&call.inputs, &call.results})
    for (const PlannedOperand& operand : *operands) call.bytes += static_cast<double>(operand.bytes);
  if (node.op == nullptr) return call;
  if (node.op->flops != nullptr) call.flops = node.op->flops(node.attrs, specs_of(node.inputs), specs_of(node.results));
  if (node.op->program != nullptr)
    for (const Instruction& row : node.op->program(node.attrs, specs_of(node.inputs)).code)
      if (row.row != Row::constant)
        call.rows += (call.rows.empty() ? "" : " ") + std::string(percept::name_of(row.row));
  return call;
}

std::string str(const Graph& graph) {
  std::string text;
  for (const GraphNode& node : graph.nodes) text += line_of(graph, node);
  return text + lines_of(graph, graph.writes, "") + lines_of(graph, graph.gradients, "gradient of ") + "return " +
         list(graph, graph.outputs) + "\n";
}

}  // namespace percept
