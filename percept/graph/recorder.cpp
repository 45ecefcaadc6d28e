// recorder.cpp - the capture that core and ops tell of states, calls and host code.
#include "percept/graph/recorder.h"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "percept/core/mode.h"
#include "percept/core/recomputation.h"
#include "percept/ops/op_trace.h"

namespace percept {
namespace {

using Kind = GraphValue::Kind;

class Recorder final : public OpTrace {
 public:
  Recorder() : counter_(training_scope() != nullptr ? training_scope()->counter() : Tensor()) {}
  ~Recorder() override {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) (*undo)();
    if (!finished_) take_back(graph_.first_values);
    // Only where there is one: several threads may look at one model at once.
    for (auto& [state, one] : states_)
      if (state->grad.defined() || one.grad.defined()) state->grad = one.grad;
  }

  Tensor argument(const Spec& spec, int index) {
    const Tensor symbol = make_symbol(spec);
    value_of(symbol, Kind::argument).argument = index;
    return symbol;
  }

  Tensor read(StateImpl& state) override { return bound(state).value; }

  void write(StateImpl& state, const Tensor& value) override {
    if (!state.value.defined() && !is_symbol(value)) {  // its first value: the next run finds it built
      state.value = value;
      graph_.first_values.emplace_back(state);
      graph_.once = true;
      return;
    }
    Bound& one = bound(state);
    one.value = value;
    one.written = true;
  }

  Tensor host_number(DType dtype, std::function<double()> number) override {
    const Tensor symbol = make_symbol(contiguous_spec(dtype, {}));
    value_of(symbol, Kind::host);
    graph_.nodes.push_back(
        {.results = {operand(symbol)}, .host = [number = std::move(number)](double) { return number(); }});
    return symbol;
  }

  void host_action(std::function<void()> action) override {
    graph_.nodes.push_back({.host = [action = std::move(action)](double) {
      action();
      return 0.0;
    }});
  }

  void host_check(const Tensor& number, std::function<void(double)> check) override {
    if (!number.defined() || number.numel() != 1)
      throw ShapeError("host_check: the tensor is " + (number.defined() ? str(number.shape()) : "undefined"),
                       "give one with a single element");
    refuse_foreign(number, "host_check: the tensor");
    graph_.nodes.push_back({.inputs = {operand(number)}, .host = [check = std::move(check)](double value) {
                              check(value);
                              return 0.0;
                            }});
  }

  void once() override { graph_.once = true; }
  void draws() override {
    throw ValueError(
        "capture: the function draws from the program's generator, which it would do once and not at each run",
        "pass the numbers as an argument, or use a random layer (Dropout, GaussianNoise, ...), which counts "
        "by the step");
  }
  void touches_gradient(StateImpl& state) override { graph_.fresh_gradients.emplace_back(state); }
  void depends_on(std::weak_ptr<const void> object) override { graph_.needed.push_back(std::move(object)); }
  void after_recording(std::function<void()> undo) override { undo_.push_back(std::move(undo)); }
  Tensor counter() const override { return counter_; }
  void allocated(const void* block) override { inside_.insert(block); }
  void allow(const Tensor& tensor) override {
    held_.push_back(tensor);
    inside_.insert(tensor.storage()->address());
  }

  [[noreturn]] void refuse_value() const override {
    const GraphNode* last = graph_.nodes.empty() ? nullptr : &graph_.nodes.back();
    ValueError error("capture: the function reads the value of a tensor that is not computed yet" +
                         (last != nullptr && last->op != nullptr ? ", after " + std::string(last->op->name) : ""),
                     "it runs once for many inputs: choose with where(), return the tensor and look at it outside, or "
                     "leave capture off");
    if (last != nullptr) {
      error.set_where(last->site);
      if (last->path) error.set_path(*last->path);
    }
    throw error;
  }

  bool takes(const Op& op, const std::vector<Tensor>& inputs, CallSite) override {
    bool symbols = false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      refuse_foreign(inputs[i], std::string(op.name) + ": input " + std::to_string(i));
      symbols = symbols || is_symbol(inputs[i]) || is_counter(inputs[i]);
    }
    return symbols;
  }

  std::vector<Tensor> call(const Op& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
                           const std::vector<Spec>& results, CallSite site) override {
    GraphNode node{.op = &op, .attrs = attrs, .site = site, .path = layer_path()};
    if (const RecomputedRun* const run = recomputed_run()) node.run = run->id();
    for (const Tensor& input : inputs) node.inputs.push_back(operand(input));
    std::vector<Tensor> symbols;
    for (const Spec& spec : results) {
      symbols.push_back(make_symbol(spec));
      node.results.push_back(operand(symbols.back()));
    }
    graph_.nodes.push_back(std::move(node));
    return symbols;
  }

  Graph finish(const std::vector<Tensor>& outputs) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].defined())
        throw ValueError("capture: result " + std::to_string(i) + " of the function is undefined",
                         "return defined tensors");
      graph_.outputs.push_back(operand(outputs[i]));
    }
    for (StateImpl* state : order_) {
      const Bound& one = states_.at(state);
      if (one.written) graph_.writes.push_back({one.state, operand(one.value)});
      if (state->grad.defined()) graph_.gradients.push_back({one.state, operand(state->grad)});
    }
    finished_ = true;
    return std::move(graph_);
  }

 private:
  struct Bound {
    StateHandle state;
    Tensor value;  // a symbol, or what the function has assigned
    Tensor grad;   // from before
    bool written = false;
  };

  Bound& bound(StateImpl& state) {
    const auto [at, fresh] = states_.try_emplace(&state);
    Bound& one = at->second;
    if (!fresh) return one;
    order_.push_back(&state);
    one.state = StateHandle(state);
    if (state.grad.defined()) one.grad = std::exchange(state.grad, {});
    one.value = make_symbol(state.value.spec());
    value_of(one.value, Kind::state).state = one.state;
    return one;
  }

  void refuse_foreign(const Tensor& tensor, const std::string& who) const {
    if (is_symbol(tensor) && !numbers_.contains(tensor.storage().get()))
      throw ValueError(who + " " + str(tensor.shape()) + " was kept from an earlier run of a captured function",
                       "return it from the function, and pass it as an argument to the next call");
    if (!is_symbol(tensor) && !is_counter(tensor) && !inside_.contains(tensor.storage()->address()))
      throw ValueError(who + " " + str(tensor.shape()) + " was made outside the captured function",
                       "pass it as an argument, or write constant(x) where its value stays the same");
  }

  bool is_counter(const Tensor& tensor) const { return counter_.defined() && tensor.storage() == counter_.storage(); }

 public:
  // The storages of all symbols, to see afterwards who has kept one.
  std::vector<Ref<Storage>> symbols() const {
    std::vector<Ref<Storage>> all;
    for (const Tensor& tensor : held_)
      if (is_symbol(tensor)) all.push_back(tensor.storage());
    return all;
  }

 private:
  // The value that lies in the tensor's storage.
  GraphValue& value_of(const Tensor& tensor, Kind kind) {
    const auto [at, fresh] = numbers_.try_emplace(tensor.storage().get(), static_cast<int>(graph_.values.size()));
    if (fresh) {
      graph_.values.push_back({.kind = kind, .bytes = tensor.storage()->bytes()});
      if (kind == Kind::constant) graph_.values.back().tensor = tensor.detach();
      held_.push_back(tensor.detach());  // no other storage may get its address
    }
    return graph_.values[static_cast<std::size_t>(at->second)];
  }

  Operand operand(const Tensor& tensor) {
    value_of(tensor, is_counter(tensor) ? Kind::counter : is_symbol(tensor) ? Kind::computed : Kind::constant);
    return {numbers_.at(tensor.storage().get()), tensor.spec()};
  }

  Graph graph_;
  bool finished_ = false;
  Tensor counter_;
  std::unordered_map<StateImpl*, Bound> states_;
  std::vector<StateImpl*> order_;  // in which they were first met
  std::unordered_map<const Storage*, int> numbers_;
  std::unordered_set<const void*> inside_;  // addresses of memory that the function may use
  std::vector<Tensor> held_;
  std::vector<std::function<void()>> undo_;
};

}  // namespace

namespace {

// A symbol that outlives the recording is a value that the function means to use at its next call: it would be lost.
void refuse_kept(const std::vector<Ref<Storage>>& symbols) {
  for (const Ref<Storage>& symbol : symbols)
    if (symbol->ref_count() > 1)
      throw ValueError("capture: the function keeps a tensor beyond its end, which would not change at later calls",
                       "return it from the function; what is to live on between calls is a Buffer, or an argument");
}

}  // namespace

Graph record(const TensorFunction& function, const std::vector<Spec>& arguments) {
  Graph graph;
  std::vector<Ref<Storage>> symbols;
  {
    Recorder recorder;
    std::vector<Tensor> given;
    for (std::size_t i = 0; i < arguments.size(); ++i)
      given.push_back(recorder.argument(arguments[i], static_cast<int>(i)));
    const TraceScope scope(&recorder);
    const std::vector<Tensor> outputs = function(given);
    graph = recorder.finish(outputs);
    symbols = recorder.symbols();
  }
  refuse_kept(symbols);
  return graph;
}

}  // namespace percept
