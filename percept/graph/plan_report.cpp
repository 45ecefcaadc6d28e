// plan_report.cpp - a plan as a table of values and as a graph to draw.
#include "percept/graph/plan_report.h"

#include <algorithm>
#include <map>

namespace percept {
namespace {

Value to_value(const std::vector<PlannedOperand>& operands) {
  Value list = Value::array();
  for (const PlannedOperand& operand : operands) {
    Value one = Value::object();
    one.set("name", operand.name);
    one.set("shape", operand.shape);
    one.set("dtype", operand.dtype);
    one.set("layout", operand.layout);
    one.set("bytes", static_cast<std::int64_t>(operand.bytes));
    list.push_back(one);
  }
  return list;
}

Value to_value(const PlannedCall& call) {
  Value one = Value::object();
  one.set("op", call.op);
  if (!call.rows.empty()) one.set("rows", call.rows);
  if (!call.epilogue.empty()) one.set("epilogue", call.epilogue);
  one.set("kernel", call.kernel);
  one.set("layer", call.layer);
  one.set("site", call.site);
  one.set("inputs", to_value(call.inputs));
  one.set("results", to_value(call.results));
  one.set("flops", call.flops);
  one.set("bytes", call.bytes);
  one.set("workspace_bytes", static_cast<std::int64_t>(call.workspace));
  return one;
}

// Inside a quoted string of dot.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string box(const PlannedCall& call) {
  std::string text = call.title();
  if (!call.layer.empty()) text = call.layer + "\n" + text;
  if (!call.results.empty()) text += "\n" + call.results[0].shape;
  std::string lines;
  for (const char c : quoted(text)) lines += c == '\n' ? std::string("\\n") : std::string(1, c);
  return lines;
}

}  // namespace

std::string PlannedCall::title() const {
  return (rows.empty() ? op : rows) + (epilogue.empty() ? "" : " + " + epilogue);
}

double PlanReport::flops() const {
  double sum = 0;
  for (const PlannedCall& call : calls) sum += call.flops;
  return sum;
}

std::size_t PlanMemory::peak() const {
  // Weights are packed before the arena is touched.
  return kernels + results + std::max(arena + settled - std::min(settled, replaced), packing);
}

double PlanReport::bytes() const {
  double sum = 0;
  for (const PlannedCall& call : calls) sum += call.bytes;
  return sum;
}

Value to_value(const PlanReport& report) {
  Value calls = Value::array();
  for (const PlannedCall& call : report.calls) calls.push_back(to_value(call));
  Value value = Value::object();
  value.set("flops", report.flops());
  value.set("bytes", report.bytes());
  value.set("arena_bytes", static_cast<std::int64_t>(report.memory.arena));
  value.set("result_bytes", static_cast<std::int64_t>(report.memory.results));
  value.set("state_bytes", static_cast<std::int64_t>(report.memory.states));
  value.set("settled_bytes", static_cast<std::int64_t>(report.memory.settled));
  value.set("replaced_bytes", static_cast<std::int64_t>(report.memory.replaced));
  value.set("peak_bytes", static_cast<std::int64_t>(report.memory.peak()));
  value.set("kernel_bytes", static_cast<std::int64_t>(report.memory.kernels));
  value.set("calls", calls);
  return value;
}

std::string to_dot(const PlanReport& report) {
  std::string text = "digraph plan {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  std::map<std::string, std::string> maker;  // of each value: its box
  for (std::size_t i = 0; i < report.calls.size(); ++i) {
    const PlannedCall& call = report.calls[i];
    const std::string name = "n" + std::to_string(i);
    text += "  " + name + " [label=" + box(call) + "];\n";
    for (const PlannedOperand& input : call.inputs) {
      const auto [at, outside] = maker.try_emplace(input.name, "o" + std::to_string(maker.size()));
      if (outside)
        text += "  " + at->second + " [shape=ellipse, label=" + quoted(input.name + " " + input.shape) + "];\n";
      text += "  " + at->second + " -> " + name + ";\n";
    }
    for (const PlannedOperand& result : call.results) maker[result.name] = name;
  }
  return text + "}\n";
}

}  // namespace percept
