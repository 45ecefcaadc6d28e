// fuse_epilogues.cpp - a pointwise call on what a convolution, product or the like has just made runs piece by piece
// behind it, on what is still in the cache; so do the pool behind that and the copy into the order a matrix product
// reads. Each keeps its own kernel and so its bits.
#include <algorithm>
#include <list>
#include <set>

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
  if (node.op == nullptr || is_pointwise(node)) return false;
  if (node.epilogues.empty()) return true;
  const Epilogue& last = *node.epilogues.back();
  return !last.over_inputs && node.results.size() == 1 + last.others.size();
}

// Whether the call reads what the other one gives, its first result, and only as it was given.
bool reads_as_given(const GraphNode& behind, const Operand& given) {
  return std::all_of(behind.inputs.begin(), behind.inputs.end(),
                     [&](const Operand& input) { return input.value != given.value || input == given; });
}

// Or whether, at least, all it reads and gives lies in memory as that does, or is one number: a matrix [B H W, C] and
// channels-last images [B, C, H, W], for instance.
bool reads_as_it_lies(const GraphNode& behind, const Operand& given) {
  const Spec& result = behind.results[0].spec;
  if (!given.spec.is_dense() || !result.is_dense() || given.spec.numel() != result.numel()) return false;
  const auto lies_alike = [&](const Operand& operand) {
    const Spec& spec = operand.spec;
    if (operand.value == given.value && (spec.offset != given.spec.offset || spec.dtype != given.spec.dtype))
      return false;
    return (spec.shape == result.shape && spec.strides == result.strides) ||
           (spec.numel() == 1 && operand.value != given.value);
  };
  return std::all_of(behind.inputs.begin(), behind.inputs.end(), lies_alike) &&
         std::all_of(behind.results.begin(), behind.results.end(), lies_alike);
}

bool may_follow(const GraphNode& behind, const Operand& given, const Operand& input) {
  if (input.value != given.value) return false;
  if (!is_pointwise(behind)) return reads_as_given(behind, given);
  const bool each_as_given = reads_as_given(behind, given) && behind.results[0].spec.shape == given.spec.shape;
  return each_as_given || (!reads_as_given(behind, given) && reads_as_it_lies(behind, given));
}

// Both as one node; the kernel in front says whether it can.
std::shared_ptr<const GraphNode> joined(const GraphNode& front, const GraphNode& behind) {
  auto node = std::make_shared<GraphNode>(front);
  node->results = behind.results;
  node->results.insert(node->results.end(), front.results.begin() + 1, front.results.end());
  auto epilogue = std::make_shared<Epilogue>();
  if (is_pointwise(behind))
    epilogue->program = behind.op->program(behind.attrs, specs_of(behind.inputs));
  else
    epilogue->op = behind.op, epilogue->attrs = behind.attrs;
  epilogue->kernel = kernel_of(*behind.op, behind.attrs, specs_of(behind.inputs), specs_of(behind.results));
  epilogue->between = front.results[0].spec;
  epilogue->own_inputs = front.inputs.size();
  epilogue->over_inputs = behind.op->op_class == OpClass::update;
  for (std::size_t k = 1; k < front.results.size(); ++k) epilogue->others.push_back(front.results[k].spec);
  epilogue->by_memory = !reads_as_given(behind, front.results[0]);
  for (const Operand& input : behind.inputs) {
    if (input.value == front.results[0].value) {
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

// Whether `behind` follows from other results of what is in front than the first, by way of any calls: then it cannot
// run with it. Nor may host code before it that reads them move behind: it stays in its order, and may end the run.
bool must_stay_apart(const std::vector<GraphNode>& nodes, const std::vector<bool>& gone, const GraphNode& front,
                     const GraphNode& behind) {
  if (front.results.size() == 1) return false;
  std::set<int> values;
  for (std::size_t k = 1; k < front.results.size(); ++k) values.insert(front.results[k].value);
  const auto reads = [&](const GraphNode& node) {
    return std::any_of(node.inputs.begin(), node.inputs.end(),
                       [&](const Operand& input) { return values.contains(input.value); });
  };
  // Joint calls stand behind some that read their results; all of them, so far, stand before `behind`.
  const auto end = static_cast<std::size_t>(&behind - nodes.data());
  for (std::size_t before = 0; before != values.size();) {
    before = values.size();
    for (std::size_t i = 0; i < end; ++i)
      if (!gone[i] && reads(nodes[i])) {
        if (nodes[i].op == nullptr) return true;
        for (const Operand& result : nodes[i].results) values.insert(result.value);
      }
  }
  return reads(behind);
}

// The nodes that are left. A joint call stands where the one behind stood; those before it that read further results of
// the one in front (a running mean, of a batch's statistics) move behind it.
std::vector<GraphNode> in_order(std::vector<GraphNode>& nodes, const std::vector<bool>& gone) {
  std::set<int> late;  // values of calls that are still to come
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (!gone[i] && !nodes[i].epilogues.empty())
      for (const Operand& result : nodes[i].results) late.insert(result.value);
  std::vector<GraphNode> left;
  std::list<GraphNode> waiting;
  const auto add = [&](GraphNode& node) {
    const bool ready = std::none_of(node.inputs.begin(), node.inputs.end(),
                                    [&](const Operand& input) { return late.contains(input.value); });
    for (const Operand& result : node.results) {
      late.erase(result.value);
      if (!ready) late.insert(result.value);
    }
    if (ready) left.push_back(std::move(node));
    return ready;
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (gone[i]) continue;
    if (!add(nodes[i])) {
      waiting.push_back(std::move(nodes[i]));
      continue;
    }
    for (auto at = waiting.begin(); at != waiting.end();) {
      const bool added = add(*at);
      if (added) waiting.erase(at);
      at = added ? waiting.begin() : std::next(at);
    }
  }
  return left;
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
      if (!may_be_in_front(front) || !may_follow(behind, front.results[0], input)) continue;
      if (must_stay_apart(graph.nodes, gone, front, behind)) continue;
      if (const auto both = joined(front, behind)) {
        behind = *both;
        gone[static_cast<std::size_t>(at)] = true;
        break;
      }
    }
  }
  graph.nodes = in_order(graph.nodes, gone);
}

}  // namespace percept
