// capture.cpp - plans by the kind of arguments.
#include "percept/graph/capture.h"

#include <algorithm>
#include <list>
#include <mutex>

#include "percept/base/error.h"
#include "percept/base/process_memory.h"
#include "percept/core/mode.h"
#include "percept/core/recomputation.h"
#include "percept/core/trace.h"
#include "percept/graph/passes/passes.h"
#include "percept/graph/plan.h"
#include "percept/graph/recorder.h"

namespace percept {
namespace {

// What a plan was made for.
struct PlanKey {
  std::vector<Spec> arguments = {};
  bool training = false, gradients = false;
  std::uint64_t seed = 0;
  KernelChoice kernels = KernelChoice::best;
  ProductPrecision precision = ProductPrecision::f32;
  friend bool operator==(const PlanKey&, const PlanKey&) = default;
};

PlanKey key_for(const std::vector<Tensor>& arguments) {
  PlanKey key{.training = training(),
              .gradients = grad_enabled(),
              .kernels = kernel_choice(),
              .precision = product_precision()};
  if (key.training) key.seed = training_scope()->seed();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].defined())
      throw ValueError("capture: argument " + std::to_string(i) + " is undefined", "give it a value first");
    if (arguments[i].requires_grad() && key.gradients)
      throw ValueError("capture: argument " + std::to_string(i) + " carries a record for gradients",
                       "gradients do not flow through the border of a captured function: capture all of the step, or "
                       "pass x.detach()");
    key.arguments.push_back(arguments[i].spec());
    key.arguments.back().offset = 0;
  }
  return key;
}

// Of states: their first values and optimizers' slots, which recording makes.
double bytes_made_since(std::uint64_t contents, const Graph& graph) {
  double bytes = 0;
  for (const GraphValue& value : graph.values)
    if (value.kind == GraphValue::Kind::state && value.state->value.storage()->contents() > contents)
      bytes += static_cast<double>(value.bytes);
  return bytes;
}

}  // namespace

struct PlanCache::Impl {
  struct Entry {
    PlanKey key;
    std::shared_ptr<Plan> plan;
  };
  CaptureOptions options;
  std::mutex mutex, turns;   // turns: of runs, where weights come and go
  std::list<Entry> entries;  // the one used last at the front
  std::shared_ptr<const Plan> last;

  std::shared_ptr<Plan> find(const PlanKey& key) {
    const std::lock_guard lock(mutex);
    const auto at = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
    if (at == entries.end()) return nullptr;
    if (!at->plan->fits()) {
      entries.erase(at);
      return nullptr;
    }
    entries.splice(entries.begin(), entries, at);
    return at->plan;
  }
  void insert(PlanKey key, std::shared_ptr<Plan> plan) {
    const std::lock_guard lock(mutex);
    entries.push_front({std::move(key), std::move(plan)});
    while (entries.size() > static_cast<std::size_t>(std::max(options.plans, 1))) entries.pop_back();
  }
  Graph graph_of(const Function& function, const PlanKey& key) const {
    Graph graph = record(function, key.arguments);
    if (options.dead_nodes) remove_dead_nodes(graph);
    if (options.repeated_nodes) join_repeated_nodes(graph);
    if (options.dead_nodes) remove_unread_results(graph);
    if (options.early_updates) update_early(graph);
    if (options.fuse_pointwise) fuse_pointwise(graph);
    if (options.fuse_epilogues) fuse_epilogues(graph);
    graph.settle = options.settle;
    graph.weights_once = options.weights_once;
    return graph;
  }
};

PlanCache::PlanCache(const CaptureOptions& options) : impl_(std::make_unique<Impl>()) { impl_->options = options; }
PlanCache::~PlanCache() = default;
PlanCache::PlanCache(PlanCache&&) noexcept = default;
PlanCache& PlanCache::operator=(PlanCache&&) noexcept = default;

std::vector<Tensor> PlanCache::run(const Function& function, const std::vector<Tensor>& arguments) {
  // Within another, or a function that runs twice; or taps look on.
  if (trace() != nullptr || recomputed_run() != nullptr || calls_are_observed()) return function(arguments);
  std::unique_lock turn(impl_->turns, std::defer_lock);
  if (impl_->options.weights_once) turn.lock();
  PlanKey key = key_for(arguments);
  std::shared_ptr<Plan> plan = impl_->find(key);
  if (plan == nullptr) {
    plan = std::make_shared<Plan>(impl_->graph_of(function, key));
    if (!plan->graph().once) impl_->insert(std::move(key), plan);
  }
  std::vector<Tensor> results;
  try {
    results = plan->run(arguments);
  } catch (...) {
    take_back(plan->graph().first_values);
    throw;
  }
  if (plan->graph().once) plan->release_memory();  // it does not run again
  const std::lock_guard lock(impl_->mutex);
  impl_->last = std::move(plan);
  return results;
}

PlanMemory PlanCache::memory() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->last ? impl_->last->memory() : PlanMemory{};
}

std::string PlanCache::text() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->last ? impl_->last->text() : "";
}

PlanReport PlanCache::report() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->last ? impl_->last->report() : PlanReport{};
}

PlanReport PlanCache::look_ahead(const Function& function, const std::vector<Tensor>& arguments) {
  struct FirstValues {
    std::vector<StateHandle> states;
    ~FirstValues() { take_back(states); }
  } given;
  const PlanKey key = key_for(arguments);
  const double before = rss_mib();
  const std::uint64_t now = Storage(Device::cpu(), 0).contents();
  constexpr int kMost = 3;  // a first step that builds, one that gives optimizers their slots, one that stays
  for (int i = 1;; ++i) {
    const Plan plan(impl_->graph_of(function, key), Plan::Purpose::look);
    const auto& fresh = plan.graph().first_values;
    given.states.insert(given.states.end(), fresh.begin(), fresh.end());
    if (plan.graph().once && i < kMost) continue;
    PlanReport report = plan.report();
    const double grown = (rss_mib() - before) * (1 << 20) - bytes_made_since(now, plan.graph());
    report.memory.kernels = static_cast<std::size_t>(std::max(0.0, grown));
    return report;
  }
}

std::size_t PlanCache::size() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->entries.size();
}

void PlanCache::clear() {
  const std::lock_guard lock(impl_->mutex);
  impl_->entries.clear();
}

}  // namespace percept
