// module.cpp - walking, building, freezing and copying models.
#include "percept/nn/module.h"

#include <functional>
#include <map>
#include <set>

#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/core/recomputation.h"
#include "percept/core/trace.h"
#include "percept/nn/shapes_only.h"

namespace percept {
namespace {

struct Found {
  std::string path;
  State* state;
  bool parameter;
};

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

class Walk final : public FieldVisitor {
 public:
  explicit Walk(const ModuleRef& model) { model.visit(*this); }
  std::vector<Found> found;

  void state(const std::string& name, State& state, bool parameter) override {
    found.push_back({joined(path_, name), &state, parameter});
  }
  void child(const std::string& name, const ModuleRef& module) override {
    const std::string before = path_;
    path_ = joined(path_, name);
    module.visit(*this);
    path_ = before;
  }

 private:
  std::string path_;
};

class Children final : public FieldVisitor {
 public:
  std::vector<NamedModule> found;
  void state(const std::string&, State&, bool) override {}
  void child(const std::string& name, const ModuleRef& module) override { found.push_back({name, module}); }
};

// The path is written only where it differs, so that walks over one model may run at once. Of tied ones the first wins.
std::vector<Found> walk(const ModuleRef& model) {
  std::vector<Found> found = std::move(Walk(model).found);
  std::set<std::uint64_t> seen;
  for (const Found& entry : found)
    if (seen.insert(entry.state->id()).second && entry.state->impl().path != entry.path)
      entry.state->impl().path = entry.path;
  return found;
}

// The declared Parameters, tied ones once.
std::vector<State*> declared_parameters(const ModuleRef& model) {
  std::vector<State*> out;
  std::set<std::uint64_t> seen;
  for (const Found& entry : walk(model))
    if (entry.parameter && seen.insert(entry.state->id()).second) out.push_back(entry.state);
  return out;
}

thread_local CallObserver* innermost = nullptr;

}  // namespace

Tensor ModuleRef::operator()(const Arg& x) const {
  if (!callable())
    throw ValueError(std::string(type_name()) + " cannot be called: it has no operator()(const Tensor&)",
                     "add `Tensor operator()(const Tensor& x) const` to it, or call one of its layers");
  return table_->call(object_, x);
}

std::vector<Tensor> ModuleRef::run(const std::vector<Tensor>& inputs) const {
  std::vector<Tensor> outputs;
  if (table_->run == nullptr || !table_->run(object_, inputs, outputs))
    throw ValueError(
        std::string(type_name()) + " takes " + number(table_->inputs) + " tensors, got " + number(inputs.size()),
        table_->inputs == 0 ? "add `Tensor operator()(const Tensor& x) const` to it (up to 4 tensors)"
                            : "give one tensor per input");
  return outputs;
}

Value ModuleRef::options() const { return table_->options(object_); }

std::vector<NamedState> ModuleRef::states() const {
  std::vector<NamedState> out;
  for (Found& entry : walk(*this)) out.push_back({std::move(entry.path), entry.state});
  return out;
}

std::vector<NamedModule> ModuleRef::children() const {
  Children children;
  visit(children);
  return std::move(children.found);
}

std::vector<NamedState> states(ModuleRef model) { return model.states(); }

std::vector<State*> parameters(ModuleRef model) {
  std::vector<State*> out = declared_parameters(model);
  std::erase_if(out, [](const State* state) { return !state->trainable(); });
  return out;
}

std::int64_t parameter_count(ModuleRef model) {
  std::int64_t count = 0;
  for (const State* state : declared_parameters(model)) count += state->tensor().numel();
  return count;
}

void freeze(ModuleRef model, bool frozen) {
  for (State* state : declared_parameters(model)) state->set_trainable(!frozen);
}

namespace {

// Every module below `model`, with its path.
void descendants(const ModuleRef& model, const std::string& path, std::vector<NamedModule>& out) {
  for (const NamedModule& child : model.children()) {
    const std::string below = joined(path, child.path);
    out.push_back({below, child.module});
    descendants(child.module, below, out);
  }
}

}  // namespace

std::vector<NamedModule> modules(ModuleRef model) {
  std::vector<NamedModule> out;
  descendants(model, "", out);
  return out;
}

namespace {

// "[1, 784] -> hidden Linear [1, 100] -> ...": what the layers of a model gave, as they are called.
class ShapeChain {
 public:
  ShapeChain(const ModuleRef& model, const Shape& input)
      : modules_(modules(model)),
        text_(str(input)),
        observer_([this](const ModuleRef& layer, const Tensor& output) { add(layer, output); }) {}
  // Unless a Sequential inside has told its own.
  void note(Error& error) const {
    if (std::string_view(error.what()).find("\n  shapes: ") == std::string_view::npos) error.add_note("shapes", text_);
  }

 private:
  void add(const ModuleRef& layer, const Tensor& output) {
    constexpr std::size_t kMost = 1000;  // a longer chain tells nobody anything
    if (modules_.size() > kMost) return;
    for (const NamedModule& known : modules_)
      if (known.module == layer && known.path != last_) {
        last_ = known.path;
        text_ += " -> " + known.path + " " + std::string(layer.type_name()) + " " + str(output.shape());
      }
  }
  std::vector<NamedModule> modules_;
  std::string text_, last_;
  CallObserver observer_;
};

}  // namespace

namespace {

// Runs the model once where sizes may be settled, and sees that all were.
void settle_by(const ModuleRef& model, const Shape& shown, const std::function<void()>& call) {
  const std::vector<Found> found = walk(model);
  if (call) {
    const BuildScope building;
    const NoGrad no_grad;
    const ShapeChain chain(model, shown);
    try {
      call();
    } catch (Error& error) {
      chain.note(error);
      throw;
    }
  }
  for (const Found& entry : found)
    if (!entry.state->built())
      throw ShapeError("build: " + entry.path + " was not reached by a call of the model, its sizes are not known",
                       "use that layer in operator(), give all of its sizes, or remove it");
}

}  // namespace

void build(ModuleRef model, const Shape& sample_shape, const char* file, int line) {
  Shape shape = sample_shape;
  shape.insert(0, 1);
  if (model.inputs() > 1)
    throw ValueError("build: " + std::string(model.type_name()) + " takes " + number(model.inputs()) +
                         " tensors, one shape is given",
                     "give an example of each: build(model, {zeros({1, 4}), zeros({1, 3})})");
  if (!model.callable() && model.inputs() == 0) return settle_by(model, shape, {});
  call_by_shapes(shape, [&](const Tensor& x) {
    settle_by(model, shape, [&] {
      if (model.callable())
        model(Arg(x, file, line));
      else
        model.run({x});
    });
  });
}

void build(ModuleRef model, const Examples& examples) {
  settle_by(model, examples.tensors[0].shape(), [&] { model.run(examples.tensors); });
}

void copy_states(ModuleRef from, ModuleRef to) {
  auto refuse = [](const std::string& path, const char* side) {
    throw ValueError("copy_states: only the model that is copied " + std::string(side) + " has " + path,
                     "copy between models of the same structure");
  };
  std::map<std::string, State*> source;
  for (const Found& entry : walk(from)) source[entry.path] = entry.state;
  const std::vector<Found> target = walk(to);
  std::set<std::string> missing;
  for (const auto& [path, state] : source) missing.insert(path);
  for (const Found& entry : target)
    if (missing.erase(entry.path) == 0) refuse(entry.path, "to");
  if (!missing.empty()) refuse(*missing.begin(), "from");
  for (const Found& entry : target) assign(*entry.state, source[entry.path]->tensor());
}

CallObserver::CallObserver(See see) : see_(std::move(see)), outer_(std::exchange(innermost, this)) {
  set_calls_observed(true);
}
CallObserver::~CallObserver() {
  // Taps may end in any order.
  CallObserver** link = &innermost;
  while (*link != nullptr && *link != this) link = &(*link)->outer_;
  if (*link == this) *link = outer_;
  set_calls_observed(innermost != nullptr);
}

void tell_observers(const ModuleRef& layer, const Tensor& output) {
  if (running_again()) return;  // they were told
  for (const CallObserver* observer = innermost; observer != nullptr; observer = observer->outer_)
    observer->see_(layer, output);
}

}  // namespace percept
