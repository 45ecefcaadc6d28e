// plan_maker.cpp - from a graph to a plan: kernels, lives of values, places in the arena.
#include <algorithm>
#include <map>
#include <memory>

#include "percept/graph/arena.h"
#include "percept/graph/plan.h"

namespace percept {
namespace {

using Kind = GraphValue::Kind;

// A pointwise program reads each element before it writes that element; behind another call, which may read all of its
// own inputs for any of them, this goes for the program's inputs.
bool may_write_over(const GraphNode& node, std::size_t input) {
  if (node.op == nullptr) return false;
  if (node.epilogues.empty()) return node.op->program != nullptr;
  const std::size_t own = node.epilogues.back()->own_inputs;
  return node.epilogues.back()->over_inputs && input >= own &&
         std::none_of(node.inputs.begin(), node.inputs.begin() + static_cast<std::ptrdiff_t>(own),
                      [&](const Operand& other) { return other.value == node.inputs[input].value; });
}

}  // namespace

class Plan::Maker {
 public:
  explicit Maker(Plan& plan) : plan_(plan), graph_(plan.graph_) {}

  void make(Purpose purpose) {
    const std::size_t count = graph_.values.size();
    plan_.fixed_.resize(count);
    plan_.memory_.resize(count);
    plan_.offset_.assign(count, 0);
    last_read_.assign(count, -1);
    made_by_.assign(count, -1);
    kept_.assign(count, false);
    for (const Operand* operand : graph_.kept()) kept_[index(*operand)] = true;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const Operand& input : graph_.nodes[i].inputs) last_read_[index(input)] = static_cast<int>(i);
      for (const Operand& result : graph_.nodes[i].results) made_by_[index(result)] = static_cast<int>(i);
    }
    for (std::size_t value = 0; value < count; ++value) settle_outside(value);
    find_states_in_place();
    find_what_stays();
    prepare_steps();
    place_values();
    if (purpose == Purpose::look) return;
    take_memory();
    bind_operands();
  }

 private:
  static std::size_t index(const Operand& operand) { return static_cast<std::size_t>(operand.value); }

  // What does not lie in the arena.
  void settle_outside(std::size_t value) {
    const GraphValue& v = graph_.values[value];
    if (v.kind == Kind::constant) plan_.fixed_[value] = v.tensor;
    if (v.kind == Kind::state) plan_.states_.push_back({v.state, v.state->value.spec(), v.state->trainable});
    if (v.kind == Kind::computed && kept_[value] && made_by_[value] >= 0) plan_.kept_.push_back(value);
  }

  // A new value may take the old one's memory when a pointwise call makes it from the old one, whom nobody reads later.
  void find_states_in_place() {
    for (const StateChange& write : graph_.writes) {
      const std::size_t fresh = index(write.value);
      if (graph_.values[fresh].kind != Kind::computed || made_by_[fresh] < 0) continue;
      const GraphNode& node = graph_.nodes[static_cast<std::size_t>(made_by_[fresh])];
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Operand& input = node.inputs[i];
        const GraphValue& old = graph_.of(input);
        if (old.kind != Kind::state || old.state != write.state || kept_[index(input)]) continue;
        if (may_write_over(node, i) && input.spec == write.value.spec && last_read_[index(input)] == made_by_[fresh] &&
            reads_alike(node, input))
          plan_.in_place_.push_back({index(input), fresh});
        break;
      }
    }
  }

  // No input of the node sees that memory otherwise, transposed for instance.
  static bool reads_alike(const GraphNode& node, const Operand& operand) {
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](const Operand& input) {
      return input.value != operand.value || input.spec == operand.spec;
    });
  }

  // Values that are the same at every run, and the steps that give them: they run when a state was changed from
  // outside.
  void find_what_stays() {
    stays_.assign(graph_.values.size(), false);
    for (std::size_t value = 0; value < graph_.values.size(); ++value) {
      const GraphValue& v = graph_.values[value];
      const bool written = std::any_of(graph_.writes.begin(), graph_.writes.end(),
                                       [&](const StateChange& write) { return write.state == v.state; });
      stays_[value] =
          !graph_.once && graph_.settle && (v.kind == Kind::constant || (v.kind == Kind::state && !written));
      if (stays_[value] && v.kind == Kind::state) plan_.sources_.push_back({value, 0});
    }
    for (const GraphNode& node : graph_.nodes) {
      const auto stays = [&](const Operand& input) { return static_cast<bool>(stays_[index(input)]); };
      const auto kept = [&](const Operand& result) { return static_cast<bool>(kept_[index(result)]); };
      const bool settled = node.op != nullptr && !node.inputs.empty() &&
                           std::all_of(node.inputs.begin(), node.inputs.end(), stays) &&
                           std::none_of(node.results.begin(), node.results.end(), kept);
      plan_.settled_.push_back(settled);
      for (const Operand& result : node.results) stays_[index(result)] = settled;
    }
  }

  void prepare_step(std::size_t step) {
    const GraphNode& node = graph_.nodes[step];
    const std::vector<Spec> inputs = specs_of(node.inputs), results = specs_of(node.results);
    const auto front = prepare_front(*node.op, node.attrs, node.epilogues, inputs, results);
    plan_.steps_[step].step.prepared = with_epilogues(front, node.epilogues, inputs, results);
    if (const auto how = prepacked(step, *front))
      if (auto all = with_epilogues(std::shared_ptr<const Prepared>(how, &how->then), node.epilogues, inputs, results))
        use(step, how, std::move(all));
  }

  // How the kernel keeps an input that stays in an order of its own; null: it does not.
  std::shared_ptr<const Prepacked> prepacked(std::size_t step, const Prepared& prepared) const {
    const auto stays = [&](const Operand& input) { return static_cast<bool>(stays_[index(input)]); };
    const std::vector<Operand>& inputs = graph_.nodes[step].inputs;
    if (!prepared.prepack || plan_.settled_[step] || std::none_of(inputs.begin(), inputs.end(), stays)) return nullptr;
    if (kernel_choice() != KernelChoice::best) return nullptr;  // others are compared call by call
    auto how = prepared.prepack();
    return how != nullptr && stays(inputs[how->input]) ? how : nullptr;
  }
  void use(std::size_t step, const std::shared_ptr<const Prepacked>& how, std::shared_ptr<const Prepared> prepared) {
    plan_.steps_[step].step.prepared = std::move(prepared);
    plan_.packed_.push_back({.step = step, .source = graph_.nodes[step].inputs[how->input], .how = how});
    if (graph_.weights_once && how->unpack) plan_.packed_.back().unpack = how->unpack();
    plan_.settled_bytes_ += how->bytes;
  }

  void prepare_steps() {
    for (const GraphNode& node : graph_.nodes) {
      PlannedStep& planned = plan_.steps_.emplace_back();
      if (node.op == nullptr) {
        if (!node.results.empty())
          plan_.fixed_[index(node.results[0])] = Tensor(contiguous_spec(node.results[0].spec.dtype, {}));
        continue;
      }
      planned.attrs = node.attrs;
      planned.path = node.path;
      planned.step.op = node.op;
      planned.step.site = node.site;
      prepare_step(plan_.steps_.size() - 1);
    }
  }

  bool in_arena(std::size_t value) const {
    return graph_.values[value].kind == Kind::computed && !kept_[value] && made_by_[value] >= 0 && !stays_[value];
  }

  using TakenOver = std::map<std::size_t, std::size_t>;  // value -> the one whose place it has

  // A pointwise call's result takes the place of an input that ends there and lies alike.
  TakenOver find_places_taken_over() const {
    TakenOver taken_over;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const GraphNode& node = graph_.nodes[i];
      if (node.results.size() != 1 || !in_arena(index(node.results[0]))) continue;
      for (std::size_t k = 0; k < node.inputs.size(); ++k) {
        const Operand& input = node.inputs[k];
        if (!may_write_over(node, k)) continue;
        if (!in_arena(index(input)) || last_read_[index(input)] != static_cast<int>(i)) continue;
        if (!(input.spec == node.results[0].spec) || !reads_alike(node, input)) continue;
        taken_over[index(node.results[0])] = index(input);
        break;
      }
    }
    return taken_over;
  }

  std::size_t place_of(std::size_t value, const TakenOver& taken_over) const {
    const auto found = taken_over.find(value);
    return found == taken_over.end() ? value : place_of(found->second, taken_over);
  }

  // Where values and workspaces lie in the arena.
  void place_values() {
    const TakenOver taken_over = find_places_taken_over();
    std::map<std::size_t, std::size_t> lives;  // the value that has a place -> its lifetime
    std::vector<Lifetime> lifetimes;
    for (std::size_t value = 0; value < graph_.values.size(); ++value) {
      if (!in_arena(value)) continue;
      const auto [at, fresh] = lives.try_emplace(place_of(value, taken_over), lifetimes.size());
      if (fresh) lifetimes.push_back({0, made_by_[value], made_by_[value]});
      Lifetime& life = lifetimes[at->second];
      life.bytes = std::max(life.bytes, graph_.values[value].bytes);
      life.first = std::min(life.first, made_by_[value]);
      life.last = std::max({life.last, made_by_[value], last_read_[value]});
    }
    std::vector<std::pair<std::size_t, std::size_t>> workspaces;  // step, lifetime
    for (std::size_t i = 0; i < plan_.steps_.size(); ++i)
      if (const auto& prepared = plan_.steps_[i].step.prepared; prepared && prepared->workspace_bytes > 0) {
        workspaces.emplace_back(i, lifetimes.size());
        lifetimes.push_back({prepared->workspace_bytes, static_cast<int>(i), static_cast<int>(i)});
      }
    for (std::size_t value = 0; value < graph_.values.size(); ++value)
      if (stays_[value] && made_by_[value] >= 0) plan_.settled_bytes_ += graph_.values[value].bytes;
    const ArenaPlan arena = plan_arena(lifetimes);
    plan_.arena_bytes_ = arena.bytes;
    for (const auto& [step, life] : workspaces) workspaces_.emplace_back(step, arena.offsets[life]);
    for (std::size_t value = 0; value < graph_.values.size(); ++value)
      if (in_arena(value)) place_[value] = arena.offsets[lives.at(place_of(value, taken_over))];
  }

  void take_memory() {
    const auto bytes = [](std::size_t count) { return contiguous_spec(DType::u8, {static_cast<std::int64_t>(count)}); };
    for (std::size_t value = 0; value < graph_.values.size(); ++value)
      if (stays_[value] && made_by_[value] >= 0) plan_.fixed_[value] = Tensor(bytes(graph_.values[value].bytes));
    for (Packed& packed : plan_.packed_) packed.block = Tensor(bytes(packed.how->bytes));
    if (place_.empty() && workspaces_.empty()) return;  // empty tensors have a place too
    plan_.arena_ = Tensor(bytes(plan_.arena_bytes_));
    for (const auto& [step, offset] : workspaces_)
      plan_.steps_[step].workspace = static_cast<std::byte*>(plan_.arena_.raw_data()) + offset;
    for (const auto& [value, offset] : place_) plan_.fixed_[value] = plan_.arena_;
  }

  // Operands with a place of their own get their tensors now, the others at each run.
  void bind_operands() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      bind_list(i, false, graph_.nodes[i].inputs, plan_.steps_[i].step.inputs);
      if (graph_.nodes[i].op == nullptr) continue;
      bind_list(i, true, graph_.nodes[i].results, plan_.steps_[i].step.results);
    }
    for (const Packed& packed : plan_.packed_) {
      Spec spec = packed.source.spec;  // what it is, though not how it lies: for reports
      spec.offset = 0;
      plan_.steps_[packed.step].step.inputs[packed.how->input] = Tensor(packed.block.storage(), std::move(spec));
      std::erase_if(plan_.bindings_, [&](const Binding& b) {
        return b.step == packed.step && !b.result && b.index == packed.how->input;
      });
    }
  }
  void bind_list(std::size_t step, bool result, const std::vector<Operand>& operands, std::vector<Tensor>& tensors) {
    tensors.resize(operands.size());
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const Tensor& fixed = plan_.fixed_[index(operands[k])];
      if (!fixed.defined()) {
        plan_.bindings_.push_back({step, result, k, operands[k]});
        continue;
      }
      Spec spec = operands[k].spec;
      if (const auto placed = place_.find(index(operands[k])); placed != place_.end())
        spec.offset += static_cast<std::int64_t>(placed->second / size_of(spec.dtype));
      tensors[k] = Tensor(fixed.storage(), std::move(spec));
    }
  }

  Plan& plan_;
  Graph& graph_;
  std::vector<int> last_read_, made_by_;  // node numbers; -1: none
  std::vector<bool> kept_, stays_;
  std::map<std::size_t, std::size_t> place_;                     // value -> bytes from the arena's begin
  std::vector<std::pair<std::size_t, std::size_t>> workspaces_;  // step, bytes from the arena's begin
};

Plan::Plan(Graph graph, Purpose purpose) : graph_(std::move(graph)) { Maker(*this).make(purpose); }

}  // namespace percept
