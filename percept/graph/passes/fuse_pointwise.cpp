// fuse_pointwise.cpp - chains of pointwise calls as one program. Each row of a program rounds to its own dtype, so the
// bits are those of the calls one by one.
#include <algorithm>
#include <optional>

#include "percept/graph/passes/passes.h"
#include "percept/ops/op_trace.h"

namespace percept {

// A program as an attribute, equal only to itself.
struct FusedProgram {
  std::shared_ptr<const PointwiseProgram> program;
  friend bool operator==(const FusedProgram&, const FusedProgram&) = default;
};
static std::size_t hash_value(const FusedProgram& fused) { return std::hash<const void*>{}(fused.program.get()); }
static Value to_value(const FusedProgram& fused) {
  std::string rows;
  for (const Instruction& row : fused.program->code)
    rows += (rows.empty() ? "" : " ") + std::string(row.row == Row::constant ? "constant" : name_of(row.row));
  return Value(rows);
}

namespace {

struct FusedAttrs {
  FusedProgram rows;
};

const Op& fused_op() {
  static const Op op = [] {
    Op o;
    o.name = "fused";
    o.doc = "Several pointwise calls in one.";
    o.op_class = OpClass::pointwise;
    o.max_inputs = kMany;
    o.program = [](const Attrs& attrs, Specs) { return *attrs.as<FusedAttrs>().rows.program; };
    return o;
  }();
  return op;
}

bool is_pointwise(const GraphNode& node) {
  return node.op != nullptr && node.op->program != nullptr &&
         (node.op->op_class == OpClass::pointwise || node.op->op_class == OpClass::update);
}

PointwiseProgram program_of(const GraphNode& node) { return node.op->program(node.attrs, specs_of(node.inputs)); }

// The inputs of both, each once, without what the first hands to the second.
std::vector<Operand> joint_inputs(const GraphNode& first, const GraphNode& second) {
  std::vector<Operand> all;
  const auto add = [&](const Operand& operand) {
    if (std::find(all.begin(), all.end(), operand) == all.end()) all.push_back(operand);
  };
  for (const Operand& input : second.inputs)
    if (input.value != first.results[0].value) add(input);
  for (const Operand& input : first.inputs) add(input);
  return all;
}

// Appends a program's rows; `slots` says where its inputs are. Gives the slots of its results.
std::vector<std::uint16_t> append(PointwiseProgram& to, const PointwiseProgram& from,
                                  std::vector<std::uint16_t> slots) {
  for (Instruction row : from.code) {
    const int arity = arity_of(row.row);
    if (arity > 0) row.a = slots[row.a];
    if (arity > 1) row.b = slots[row.b];
    if (arity > 2) row.c = slots[row.c];
    to.code.push_back(row);
    slots.push_back(static_cast<std::uint16_t>(to.inputs.size() + to.code.size() - 1));
  }
  std::vector<std::uint16_t> results;
  for (const std::uint16_t result : from.results) results.push_back(slots[result]);
  return results;
}

// Both calls as one, if the kernel that serves them takes it: another might round differently.
std::optional<GraphNode> fused(const GraphNode& first, const GraphNode& second) {
  GraphNode node{.op = &fused_op(), .inputs = joint_inputs(first, second), .results = second.results};
  node.site = second.site;
  node.path = second.path;
  PointwiseProgram program;
  for (const Operand& input : node.inputs) program.inputs.push_back(input.spec.dtype);
  const auto slot_of = [&](const Operand& operand) {
    return static_cast<std::uint16_t>(std::find(node.inputs.begin(), node.inputs.end(), operand) - node.inputs.begin());
  };
  std::vector<std::uint16_t> slots;
  for (const Operand& input : first.inputs) slots.push_back(slot_of(input));
  const std::uint16_t between = append(program, program_of(first), std::move(slots))[0];
  slots.clear();
  for (const Operand& input : second.inputs)
    slots.push_back(input.value == first.results[0].value ? between : slot_of(input));
  program.results = append(program, program_of(second), std::move(slots));
  node.attrs = Attrs::of(FusedAttrs{{std::make_shared<const PointwiseProgram>(std::move(program))}});
  const auto kernel = [](const GraphNode& one) {
    return kernel_of(*one.op, one.attrs, specs_of(one.inputs), specs_of(one.results));
  };
  if (kernel(first) != kernel(second) || kernel(node) != kernel(second)) return std::nullopt;
  return node;
}

}  // namespace

void fuse_pointwise(Graph& graph) {
  // Who reads each value: a node's number, or -1 for several readers, or what is kept.
  constexpr int kNobody = -2, kSeveral = -1;
  std::vector<int> reader(graph.values.size(), kNobody);
  const auto reads = [&](const Operand& operand, int who) {
    int& known = reader[static_cast<std::size_t>(operand.value)];
    known = known == kNobody || known == who ? who : kSeveral;
  };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const Operand& input : graph.nodes[i].inputs) reads(input, static_cast<int>(i));
  for (const Operand* kept : graph.kept()) reader[static_cast<std::size_t>(kept->value)] = kSeveral;

  std::vector<bool> gone(graph.nodes.size(), false);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& first = graph.nodes[i];
    if (!is_pointwise(first) || first.op->op_class == OpClass::update || first.results.size() != 1) continue;
    const int at = reader[static_cast<std::size_t>(first.results[0].value)];
    if (at < 0) continue;
    GraphNode& second = graph.nodes[static_cast<std::size_t>(at)];
    // The reader must walk over the same elements, and see the result as it is.
    const bool same = is_pointwise(second) && second.results[0].spec.shape == first.results[0].spec.shape &&
                      std::all_of(second.inputs.begin(), second.inputs.end(), [&](const Operand& input) {
                        return input.value != first.results[0].value || input == first.results[0];
                      });
    if (!same) continue;
    if (auto both = fused(first, second)) {
      for (const Operand& input : first.inputs) {
        int& known = reader[static_cast<std::size_t>(input.value)];
        if (known == static_cast<int>(i)) known = at;
      }
      second = std::move(*both);
      gone[i] = true;
    }
  }
  std::vector<GraphNode> left;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (!gone[i]) left.push_back(std::move(graph.nodes[i]));
  graph.nodes = std::move(left);
}

}  // namespace percept
