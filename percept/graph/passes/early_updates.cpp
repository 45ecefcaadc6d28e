// early_updates.cpp - optimizers' updates as soon as their gradients are there: the gradient is still in the cache, its
// memory is free for the next one, and the update can run behind the pieces of the call that makes it.
#include <algorithm>
#include <set>
#include <vector>

#include "percept/graph/passes/passes.h"

namespace percept {
namespace {

using Kind = GraphValue::Kind;

std::size_t index(const Operand& operand) { return static_cast<std::size_t>(operand.value); }

class Order {
 public:
  explicit Order(Graph& graph) : graph_(graph), waits_for_(graph.nodes.size()), followers_(graph.nodes.size()) {
    made_by_.assign(graph.values.size(), -1);
    readers_.resize(graph.values.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const Operand& result : graph.nodes[i].results) made_by_[index(result)] = static_cast<int>(i);
      for (const Operand& input : graph.nodes[i].inputs) readers_[index(input)].push_back(i);
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      role_.push_back(is_update(i) ? Role::update : is_host_number(i) ? Role::host : Role::other);
      if (is_check(i)) checks_.push_back(i);
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      if (role_[i] == Role::update) find_what_it_waits_for(i);
  }

  void apply() {
    emitted_.assign(graph_.nodes.size(), false);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) emit(i);
    graph_.nodes = std::move(ordered_);
  }

 private:
  enum class Role : std::uint8_t {
    other,
    host,  // host code, and arithmetic on its numbers: step sizes
    update,
  };

  // All its results are new values of states.
  bool is_update(std::size_t node) const {
    const GraphNode& n = graph_.nodes[node];
    return n.op != nullptr && n.op->op_class == OpClass::update &&
           std::all_of(n.results.begin(), n.results.end(), [&](const Operand& result) {
             return std::any_of(graph_.writes.begin(), graph_.writes.end(),
                                [&](const StateChange& write) { return write.value.value == result.value; });
           });
  }

  // Host code that looks at a value, and may end the run there: it stays in its place.
  bool is_check(std::size_t node) const {
    return graph_.nodes[node].op == nullptr && !graph_.nodes[node].inputs.empty();
  }

  bool is_host_number(std::size_t node) const {
    const GraphNode& n = graph_.nodes[node];
    if (n.op == nullptr) return n.inputs.empty();
    return !n.inputs.empty() && std::all_of(n.inputs.begin(), n.inputs.end(), [&](const Operand& input) {
      const Kind kind = graph_.of(input).kind;
      const int maker = made_by_[index(input)];
      const bool from_host = maker >= 0 && role_[static_cast<std::size_t>(maker)] == Role::host;
      return input.spec.numel() == 1 && (kind == Kind::host || kind == Kind::constant || from_host);
    });
  }

  // The makers of its inputs, who read before it the values it writes over, and checks. All of them come before it
  // already.
  void find_what_it_waits_for(std::size_t node) {
    for (const Operand& input : graph_.nodes[node].inputs) {
      if (const int maker = made_by_[index(input)]; maker >= 0) wait(node, static_cast<std::size_t>(maker));
      if (graph_.of(input).kind == Kind::state)
        for (const std::size_t reader : readers_[index(input)])
          if (reader < node && role_[reader] != Role::update) wait(node, reader);
    }
    for (const std::size_t check : checks_)
      if (check < node) wait(node, check);
  }
  void wait(std::size_t node, std::size_t other) {
    if (role_[other] != Role::host && waits_for_[node].insert(other).second) followers_[other].push_back(node);
  }

  // The node, and the updates that only waited for it. Host code runs in its own order and not before the first update:
  // an error in the forward pass then leaves its counters as they were.
  void emit(std::size_t node) {
    if (emitted_[node]) return;
    if (role_[node] == Role::update)
      for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
        if (role_[i] == Role::host) append(i);
    append(node);
    for (const std::size_t follower : followers_[node])
      if (waits_for_[follower].erase(node) > 0 && waits_for_[follower].empty()) emit(follower);
  }
  void append(std::size_t node) {
    if (emitted_[node]) return;
    emitted_[node] = true;
    ordered_.push_back(std::move(graph_.nodes[node]));
  }

  Graph& graph_;
  std::vector<int> made_by_;                       // node numbers; -1: none
  std::vector<std::vector<std::size_t>> readers_;  // of each value
  std::vector<Role> role_;
  std::vector<std::size_t> checks_;
  std::vector<std::set<std::size_t>> waits_for_;
  std::vector<std::vector<std::size_t>> followers_;
  std::vector<bool> emitted_;
  std::vector<GraphNode> ordered_;
};

}  // namespace

void update_early(Graph& graph) { Order(graph).apply(); }

}  // namespace percept
