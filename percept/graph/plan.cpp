// plan.cpp - running a plan.
#include "percept/graph/plan.h"

#include <algorithm>

#include "percept/autograd/autograd.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"

namespace percept {
namespace {

using Kind = GraphValue::Kind;

void store(double number, const Tensor& to) {
  visit_dtype(to.dtype(), [&]<class T>(T) {
    if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
      *static_cast<T*>(to.raw_data()) = T(static_cast<float>(number));
    else
      *static_cast<T*>(to.raw_data()) = static_cast<T>(number);
  });
}

}  // namespace

bool Plan::fits() const {
  for (const auto& object : graph_.needed)
    if (object.expired()) return false;
  return std::all_of(states_.begin(), states_.end(), [](const BoundState& one) {
    if (one.state.get() == nullptr) return false;
    const Tensor& value = one.state->value;
    return value.defined() && value.spec() == one.spec && one.state->trainable == one.trainable;
  });
}

Ref<Storage> Plan::storage_for(std::size_t value, const std::vector<Tensor>& arguments) const {
  const GraphValue& v = graph_.values[value];
  switch (v.kind) {
    case Kind::argument:
      return arguments[static_cast<std::size_t>(v.argument)].storage();
    case Kind::state:
      return v.state->value.storage();
    case Kind::counter:
      if (training_scope() == nullptr)
        throw ValueError("the captured function draws random numbers by the step of a TrainingScope, there is none",
                         "open one around the loop: `TrainingScope training;`");
      return training_scope()->counter().storage();
    case Kind::computed:
      return make_ref<Storage>(Device::cpu(), v.bytes);
    case Kind::constant:
    case Kind::host:
      break;
  }
  return fixed_[value].storage();
}

void Plan::bind(const std::vector<Tensor>& arguments) {
  for (std::size_t i = 0; i < graph_.values.size(); ++i)
    if (graph_.values[i].kind == Kind::argument)
      offset_[i] = arguments[static_cast<std::size_t>(graph_.values[i].argument)].spec().offset;
  // In place only where nobody else holds the state's memory: looked at before this run holds it.
  for (const InPlace& update : in_place_) {
    const Tensor& value = graph_.values[update.old_value].state->value;
    if (value.storage()->ref_count() != 1 || value.storage()->borrowed()) continue;
    memory_[update.new_value] = value.storage();
    value.storage()->changed();
  }
  for (const std::size_t value : kept_)
    if (!memory_[value]) memory_[value] = storage_for(value, arguments);
  for (std::size_t i = 0; i < graph_.values.size(); ++i)
    if (graph_.values[i].kind != Kind::computed) memory_[i] = storage_for(i, arguments);
  for (const Binding& binding : bindings_) {
    Step& step = steps_[binding.step].step;
    (binding.result ? step.results : step.inputs)[binding.index] = result_of(binding.operand);
  }
}

Tensor Plan::result_of(const Operand& operand) const {
  const auto value = static_cast<std::size_t>(operand.value);
  Spec spec = operand.spec;
  spec.offset += offset_[value];
  return Tensor(memory_[value] ? memory_[value] : fixed_[value].storage(), std::move(spec));
}

// Lets go of what was bound, so that memory is not held between runs.
void Plan::unbind() {
  for (const Binding& binding : bindings_) {
    Step& step = steps_[binding.step].step;
    (binding.result ? step.results : step.inputs)[binding.index] = {};
  }
  std::fill(memory_.begin(), memory_.end(), Ref<Storage>());
}

bool Plan::sources_changed() const {
  return std::any_of(sources_.begin(), sources_.end(), [&](const Source& source) {
    const Storage& now = *memory_[source.value];
    return now.contents() != source.contents || now.borrowed();  // whose owner may write into it
  });
}

void Plan::pack(Packed& packed) {
  const auto value = static_cast<std::size_t>(packed.source.value);
  const Storage& source = memory_[value] ? *memory_[value] : *fixed_[value].storage();
  const bool computed = graph_.of(packed.source).kind == Kind::computed;
  if (!computed && packed.contents == source.contents() && !source.borrowed()) return;
  packed.contents.reset();
  const void* const plain = result_of(packed.source).raw_data();  // may come back from the block
  Tensor& input = steps_[packed.step].step.inputs[packed.how->input];
  constexpr int kOurs = 2;                            // packed.block and the input
  if (packed.block.storage()->ref_count() > kOurs) {  // older weights still come back from it
    packed.block = Tensor(packed.block.spec());
    input = Tensor(packed.block.storage(), input.spec());
  }
  run_order(packed.how->pack, plain, packed.block.raw_data());
  packed.contents = source.contents();
  if (replaced_by(packed) != 0) give_up(packed);
}

// Bytes of a state that only this call reads, and whose place its packed order can take; else 0.
std::size_t Plan::replaced_by(const Packed& packed) const {
  constexpr std::size_t kWorthIt = std::size_t{1} << 20;
  const GraphValue& source = graph_.of(packed.source);
  if (packed.unpack.empty() || source.kind != Kind::state || source.bytes < kWorthIt) return 0;
  const StateImpl* const state = source.state.get();
  if (state == nullptr || !state->value.defined()) return 0;
  const Storage& storage = *state->value.storage();
  const Spec& spec = packed.source.spec;
  const bool whole = spec.offset == 0 && spec.is_dense() &&
                     static_cast<std::size_t>(spec.numel()) * size_of(spec.dtype) == source.bytes;
  if (!whole || storage.borrowed() || storage.bytes() != source.bytes) return 0;
  const auto same = [&](const Operand& operand) { return operand.value == packed.source.value; };
  std::ptrdiff_t readers = 0;
  for (const GraphNode& node : graph_.nodes) readers += std::ranges::count_if(node.inputs, same);
  for (const Operand* operand : graph_.kept()) readers += same(*operand);
  return readers == 1 ? source.bytes : 0;
}

void Plan::give_up(const Packed& packed) {
  constexpr int kKnown = 2;  // the state and this run
  memory_[static_cast<std::size_t>(packed.source.value)]->give_up(
      [stages = packed.unpack, block = packed.block](void* data) { run_order(stages, block.raw_data(), data); },
      kKnown);
}

void Plan::run_steps() {
  const bool anew = !worked_out_ || sources_changed();
  worked_out_ = false;  // until all of it is
  const auto computed = [&](const Packed& packed) { return graph_.of(packed.source).kind == Kind::computed; };
  // First, while the arena has not been touched: it and one weight in both orders need not be there at once.
  if (anew)
    for (Packed& packed : packed_)
      if (!computed(packed)) pack(packed);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const GraphNode& node = graph_.nodes[i];
    if (settled_[i] && !anew) continue;
    if (anew)
      for (Packed& packed : packed_)
        if (packed.step == i && computed(packed)) pack(packed);
    if (node.op != nullptr) {
      run_planned(steps_[i]);
      continue;
    }
    const double number = node.host(node.inputs.empty() ? 0 : steps_[i].step.inputs[0].item());
    if (!node.results.empty()) store(number, fixed_[static_cast<std::size_t>(node.results[0].value)]);
  }
  for (Source& source : sources_) source.contents = memory_[source.value]->contents();
  worked_out_ = true;
}

// States and gradients change last.
std::vector<Tensor> Plan::finish() {
  std::vector<Tensor> outputs, values, gradients;
  for (const Operand& output : graph_.outputs) outputs.push_back(result_of(output));
  for (const StateChange& write : graph_.writes) values.push_back(result_of(write.value));
  const NoGrad off;
  for (const StateChange& change : graph_.gradients) gradients.push_back(result_of(change.value));
  for (std::size_t i = 0; i < values.size(); ++i) graph_.writes[i].state->value = values[i];
  for (std::size_t i = 0; i < gradients.size(); ++i) add_gradient(*graph_.gradients[i].state, gradients[i]);
  return outputs;
}

std::vector<Tensor> Plan::run(const std::vector<Tensor>& arguments) {
  const std::lock_guard lock(mutex_);
  const TraceScope eager(nullptr);
  for (const StateHandle& state : graph_.fresh_gradients)
    if (state.get() != nullptr && state->grad.defined())
      throw ValueError("capture: the function changes or uses up the gradient of " +
                           (state->path.empty() ? std::string("a state") : state->path) +
                           ", which has one from before the call",
                       "take the step before, clear it with set_grad(state, {}), or add up inside the function");
  struct Unbind {
    Plan& plan;
    ~Unbind() { plan.unbind(); }
  } at_the_end{*this};
  bind(arguments);
  run_steps();
  return finish();
}

void Plan::release_memory() {
  for (PlannedStep& planned : steps_) planned.step.inputs = planned.step.results = {};
  std::fill(fixed_.begin(), fixed_.end(), Tensor());
  packed_.clear();
  arena_ = {};
}

PlanMemory Plan::memory() const {
  PlanMemory memory{.arena = arena_bytes_, .settled = settled_bytes_};
  for (const std::size_t value : kept_)
    if (std::none_of(in_place_.begin(), in_place_.end(), [&](const InPlace& one) { return one.new_value == value; }))
      memory.results += graph_.values[value].bytes;
  for (const GraphValue& value : graph_.values)
    if (value.kind == Kind::state) memory.states += value.bytes;
  std::size_t packed_bytes = 0;
  for (const Packed& packed : packed_) {
    packed_bytes += packed.how->bytes;
    memory.packing = std::max(memory.packing, packed_bytes - std::min(packed_bytes, memory.replaced));
    memory.replaced += replaced_by(packed);
  }
  return memory;
}

PlanReport Plan::report() const {
  PlanReport report{.memory = memory()};
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    report.calls.push_back(describe(graph_, graph_.nodes[i]));
    if (const auto& prepared = steps_[i].step.prepared) {
      report.calls.back().kernel = prepared->kernel;
      report.calls.back().workspace = prepared->workspace_bytes;
    }
  }
  return report;
}

std::string Plan::text() const {
  std::string text;
  std::size_t step = 0;
  const std::string whole = str(graph_);
  for (const std::string_view line : split(whole, '\n')) {
    const bool is_step = step < steps_.size() && !line.empty();
    const auto prepared = is_step ? steps_[step++].step.prepared : nullptr;
    text += (prepared ? std::string(prepared->kernel) + ": " : "") + std::string(line) + "\n";
  }
  return text;
}

}  // namespace percept
