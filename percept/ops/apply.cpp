// apply.cpp - the one door: infer, prepare, run, record.
#include "percept/ops/apply.h"

#include <algorithm>

#include "percept/core/mode.h"
#include "percept/ops/op_trace.h"

namespace percept {
namespace {

// The call of the outermost composed op at work: its parts are made in its name, so that errors and records carry the
// user's line, not the library's.
thread_local const CallSite* composed_site = nullptr;
class Composing {
 public:
  explicit Composing(const CallSite& site) : before_(composed_site) {
    if (before_ == nullptr && site.file != nullptr) composed_site = &site;
  }
  ~Composing() { composed_site = before_; }
  Composing(const Composing&) = delete;
  Composing& operator=(const Composing&) = delete;

 private:
  const CallSite* before_;
};

// Completes an error on its way out with what only the door knows. The problem already names the op.
[[noreturn]] void rethrow_with(Error& error, CallSite site) {
  error.set_where(site);
  if (layer_path()) error.set_path(*layer_path());
  throw;
}

void check_inputs(const Op& op, const std::vector<Tensor>& inputs) {
  const int count = static_cast<int>(inputs.size());
  if (count < op.min_inputs || count > op.max_inputs)
    throw ValueError(std::string(op.name) + ": " + std::to_string(count) + " inputs given",
                     "it takes " + std::to_string(op.min_inputs) + (op.max_inputs == op.min_inputs ? "" : " or more"));
  for (const Tensor& input : inputs) {
    if (!input.defined())
      throw ValueError(std::string(op.name) + ": an input is undefined", "assign a value to every tensor first");
    if (!(input.device() == inputs[0].device()))
      throw DeviceError(
          std::string(op.name) + ": inputs live on " + str(inputs[0].device()) + " and " + str(input.device()),
          "move them to one device");
  }
}

std::vector<Spec> specs_of(const std::vector<Tensor>& tensors) {
  std::vector<Spec> specs;
  specs.reserve(tensors.size());
  for (const Tensor& tensor : tensors) specs.push_back(tensor.spec());
  return specs;
}

bool wants_gradient(const Op& op, const std::vector<Tensor>& inputs) {
  if (!grad_enabled() || op.backward == nullptr) return false;
  for (const Tensor& input : inputs)
    if (input.requires_grad()) return true;
  return false;
}

// Whether the call has saved what the function would have to compute.
bool saves_more(const Node& node, const Recomputation& than) {
  const auto more = [&](const Tensor& tensor) { return tensor.defined() && !than.holds(tensor); };
  return node.recomputation || std::any_of(node.saved_inputs.begin(), node.saved_inputs.end(), more) ||
         std::any_of(node.saved_results.begin(), node.saved_results.end(), more);
}

// In the first run of a function that can run again, its calls keep only what is there anyway.
void let_go(Node& node, Recomputation& function) {
  node.call = function.calls++;
  if (!saves_more(node, function)) return;
  node.recomputation = Ref<Recomputation>(&function);
  for (std::vector<Tensor>* tensors : {&node.saved_inputs, &node.saved_results})
    for (Tensor& tensor : *tensors)
      if (tensor.defined() && !function.holds(tensor)) tensor = {};
}

// In the second, what they save is what it runs for. It must keep no other node alive.
void hand_over(const Node& node, RecomputedRun& run) {
  run.calls.emplace_back();
  if (!saves_more(node, run.function())) return;
  auto saved = make_ref<Node>();
  saved->op = node.op;
  saved->result_specs = node.result_specs;
  for (const Tensor& tensor : node.saved_inputs) saved->saved_inputs.push_back(tensor.detach());
  saved->saved_results = node.saved_results;
  saved->recomputation = node.recomputation;
  saved->call = node.call;
  run.calls.back() = std::move(saved);
}

// From the innermost run outwards: a function within one that runs again has its own first run there.
void keep_for_runs(const Ref<Node>& node) {
  for (RecomputedRun* run = recomputed_run(); run != nullptr; run = run->outer()) {
    if (run->again())
      hand_over(*node, *run);
    else
      let_go(*node, run->function());
  }
}

void record(const Op& op, const Attrs& attrs, const std::vector<Tensor>& inputs, std::vector<Spec> input_specs,
            std::vector<Spec> result_specs, std::vector<Tensor>& results, CallSite site) {
  auto node = make_ref<Node>();
  node->op = &op;
  node->attrs = attrs;
  node->site = site;
  node->path = layer_path();
  node->input_specs = std::move(input_specs);
  node->result_specs = std::move(result_specs);
  node->inputs.reserve(inputs.size());
  if (op.saves_inputs != 0) node->saved_inputs.resize(inputs.size());
  if (op.saves_results != 0) node->saved_results.resize(results.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    // Only floating inputs carry gradients; an index tensor's producer would be kept alive for nothing.
    if (is_floating(inputs[i].dtype()))
      node->inputs.push_back({inputs[i].node(), inputs[i].node_result()});
    else
      node->inputs.push_back({});
    if (op.saves_inputs >> std::min<std::size_t>(i, 31) & 1) node->saved_inputs[i] = inputs[i];
  }
  for (std::size_t k = 0; k < results.size(); ++k) {
    if (op.saves_results >> k & 1) node->saved_results[k] = results[k].detach();
    if (is_floating(results[k].dtype())) results[k].set_node(node, static_cast<int>(k));
  }
  if (recomputed_run() != nullptr) keep_for_runs(node);
}

}  // namespace

std::vector<Spec> infer(const Op& op, const Attrs& attrs, Specs inputs, CallSite site) {
  try {
    return op.infer(attrs, inputs);
  } catch (Error& error) {
    rethrow_with(error, site);
  }
}

std::vector<Tensor> apply(const Op& op, const Attrs& attrs, Inputs inputs, CallSite site) {
  if (composed_site != nullptr) site = *composed_site;
  try {
    check_inputs(op, inputs);
    if (op.compose) {
      const Composing scope(site);
      return op.compose(attrs, inputs);
    }
    std::vector<Spec> input_specs = specs_of(inputs);
    std::vector<Spec> result_specs = op.infer(attrs, input_specs);
    std::vector<Tensor> results;
    results.reserve(result_specs.size());
    if (op.op_class == OpClass::view) {
      for (const Spec& spec : result_specs) results.emplace_back(inputs[0].storage(), spec);
    } else if (OpTrace* const capture = op_trace(); capture != nullptr && capture->takes(op, inputs, site)) {
      results = capture->call(op, attrs, inputs, result_specs, site);
    } else {
      for (const Spec& spec : result_specs) results.emplace_back(spec);
      Step step{prepare(op, attrs, input_specs, result_specs), &op, std::move(inputs), std::move(results), site};
      run_step(step, attrs);
      inputs = std::move(step.inputs);
      results = std::move(step.results);
    }
    if (wants_gradient(op, inputs))
      record(op, attrs, inputs, std::move(input_specs), std::move(result_specs), results, site);
    return results;
  } catch (Error& error) {
    rethrow_with(error, site);
  }
}

void apply_update(const Op& op, const Attrs& attrs, std::span<State* const> states, std::vector<Tensor> inputs,
                  CallSite site) {
  if (running_again()) return;
  try {
    std::vector<Tensor> all;
    std::vector<bool> ours;  // nobody else holds the state's memory: it may be written in place
    all.reserve(states.size() + inputs.size());
    for (State* state : states) {
      const Tensor& value = state->impl().value;
      ours.push_back(value.defined() && value.storage()->ref_count() == 1 && !value.storage()->borrowed());
      all.push_back(trace() != nullptr ? trace()->read(state->impl()) : value.detach());
    }
    for (Tensor& input : inputs) all.push_back(input.detach());
    check_inputs(op, all);
    const std::vector<Spec> input_specs = specs_of(all);
    const std::vector<Spec> result_specs = op.infer(attrs, input_specs);
    std::vector<Tensor> results;
    if (OpTrace* const capture = op_trace(); capture != nullptr && capture->takes(op, all, site)) {
      results = capture->call(op, attrs, all, result_specs, site);
      for (std::size_t k = 0; k < states.size(); ++k) capture->write(states[k]->impl(), results[k]);
      return;
    }
    results.reserve(result_specs.size());
    for (std::size_t k = 0; k < result_specs.size(); ++k) {
      // A pointwise program reads a tile of every input before it writes the tile, so that in place is safe.
      const bool in_place = k < states.size() && ours[k] && input_specs[k] == result_specs[k];
      if (in_place) {
        all[k].storage()->changed();
        results.push_back(all[k]);
      } else {
        results.emplace_back(result_specs[k]);
      }
    }
    const Step step{prepare(op, attrs, input_specs, result_specs), &op, std::move(all), std::move(results), site};
    run_step(step, attrs);
    for (std::size_t k = 0; k < states.size(); ++k) states[k]->impl().value = step.results[k];
  } catch (Error& error) {
    rethrow_with(error, site);
  }
}

Tensor BackwardContext::input(std::size_t i) const {
  const std::vector<Tensor>& all = node_->recomputation ? saved_.inputs : node_->saved_inputs;
  if (i >= all.size() || !all[i].defined())
    throw ValueError(
        std::string(node_->op->name) + ": backward reads input " + std::to_string(i) + ", which is not saved",
        "name it in the op's saves_inputs");
  return all[i];
}

Tensor BackwardContext::result(std::size_t k) const {
  const std::vector<Tensor>& all = node_->recomputation ? saved_.results : node_->saved_results;
  if (k >= all.size() || !all[k].defined())
    throw ValueError(
        std::string(node_->op->name) + ": backward reads result " + std::to_string(k) + ", which is not saved",
        "name it in the op's saves_results");
  Tensor saved = all[k];
  if (grad_enabled()) saved.set_node(node_, static_cast<int>(k));  // so that a gradient of the gradient flows on
  return saved;
}

}  // namespace percept
