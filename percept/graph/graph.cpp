// graph.cpp - a graph as text.
#include "percept/graph/graph.h"

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
  if (!node.epilogues.empty()) text += " + " + names_of(node.epilogues);
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

void take_back(const std::vector<StateHandle>& first_values) {
  for (const StateHandle& state : first_values)
    if (state.get() != nullptr) state->value = {};
}

std::vector<const Operand*> Graph::kept() const {
  std::vector<const Operand*> all;
  for (const Operand& output : outputs) all.push_back(&output);
  for (const StateChange& change : writes) all.push_back(&change.value);
  for (const StateChange& change : gradients) all.push_back(&change.value);
  return all;
}

namespace {

// Bytes of the elements that lie apart: what is repeated is read once.
std::size_t bytes_of(const Spec& spec) {
  std::size_t bytes = size_of(spec.dtype);
  for (std::size_t axis = 0; axis < spec.shape.size(); ++axis)
    if (spec.strides[axis] != 0 || spec.shape[axis] == 0) bytes *= static_cast<std::size_t>(spec.shape[axis]);
  return bytes;
}

const char* layout_of(const Spec& spec) {
  if (spec.is_contiguous()) return "contiguous";
  return spec.rank() == 4 && spec.is_channels_last() ? "channels-last" : "strided";
}

std::vector<PlannedOperand> described(Specs specs) {
  std::vector<PlannedOperand> all;
  for (const Spec& spec : specs)
    all.push_back({.name = "",
                   .shape = str(spec.shape),
                   .dtype = std::string(percept::name_of(spec.dtype)),
                   .layout = layout_of(spec),
                   .bytes = bytes_of(spec)});
  return all;
}

PlannedCall host_call(const GraphNode& node) {
  return {.op = "host code", .inputs = described(specs_of(node.inputs)), .results = described(specs_of(node.results))};
}

}  // namespace

PlannedCall describe(const Op& op, const Attrs& attrs, Specs inputs, Specs results, CallSite site,
                     const std::string* path, const Spec* in_front) {
  PlannedCall call{.op = std::string(op.name),
                   .layer = path != nullptr ? *path : "",
                   .inputs = described(inputs),
                   .results = described(results)};
  if (site.file != nullptr) call.site = std::string(site.file) + ":" + std::to_string(site.line);
  for (const auto* operands : {&call.inputs, &call.results})
    for (const PlannedOperand& operand : *operands) call.bytes += static_cast<double>(operand.bytes);
  if (op.flops != nullptr) call.flops = op.flops(attrs, inputs, in_front != nullptr ? Specs(in_front, 1) : results);
  if (op.program != nullptr) call.rows = names_of_rows(op.program(attrs, inputs));
  return call;
}

PlannedCall describe(const Graph& graph, const GraphNode& node) {
  PlannedCall call = node.op == nullptr
                         ? host_call(node)
                         : describe(*node.op, node.attrs, specs_of(node.inputs), specs_of(node.results), node.site,
                                    node.path.get(), node.epilogues.empty() ? nullptr : &node.epilogues[0]->between);
  call.epilogue = names_of(node.epilogues);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) call.inputs[i].name = name_of(graph, node.inputs[i]);
  for (std::size_t k = 0; k < node.results.size(); ++k) call.results[k].name = name_of(graph, node.results[k]);
  return call;
}

std::string str(const Graph& graph) {
  std::string text;
  for (const GraphNode& node : graph.nodes) text += line_of(graph, node);
  return text + lines_of(graph, graph.writes, "") + lines_of(graph, graph.gradients, "gradient of ") + "return " +
         list(graph, graph.outputs) + "\n";
}

}  // namespace percept
