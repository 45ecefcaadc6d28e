// run_step.cpp - preparing kernels and running them.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <unordered_map>
#include <utility>

#include "percept/base/thread_pool.h"
#include "percept/core/mode.h"
#include "percept/ops/apply.h"
#include "percept/ops/check_mode.h"
#include "percept/ops/op_trace.h"
#include "percept/ops/reference_pointwise.h"
#include "percept/ops/step_observer.h"

namespace percept {
namespace {

std::atomic<int> forced_choice{-1};

KernelChoice choice_of_environment() {
  const char* text = std::getenv("PERCEPT_KERNELS");
  if (text == nullptr || *text == '\0' || std::string_view(text) == "best") return KernelChoice::best;
  if (std::string_view(text) == "reference") return KernelChoice::reference;
  if (std::string_view(text) == "check") return KernelChoice::check;
  throw UsageError("PERCEPT_KERNELS is '" + std::string(text) + "'", "set it to best, reference or check, or unset it");
}

bool serves(const Kernel& kernel, const Op& op, std::string_view algorithm) {
  const bool pointwise = op.op_class == OpClass::pointwise || op.op_class == OpClass::update;
  if (kernel.op != op.name && !(pointwise && kernel.op == "pointwise")) return false;
  return kernel.algorithm.empty() || kernel.algorithm == algorithm;
}

// A kernel's inputs with every one brought to the layout it takes.
struct Arranged {
  std::vector<Spec> specs;
  std::vector<std::size_t> moved;  // inputs that need a copy
};

Arranged arranged(const Kernel& kernel, Specs inputs) {
  Arranged result{{inputs.begin(), inputs.end()}, {}};
  for (std::size_t i = 0; i < inputs.size() && !kernel.layouts.empty(); ++i) {
    const Layout layout = kernel.layouts[std::min(i, kernel.layouts.size() - 1)];
    if (has_layout(inputs[i], layout)) continue;
    Spec& spec = result.specs[i];
    spec.offset = 0;
    if (layout == Layout::channels_last)
      spec.strides = channels_last_strides(spec.shape);
    else if (layout == Layout::contiguous)
      spec.strides = contiguous_strides(spec.shape);
    else
      spec.strides = dense_strides_like(spec.shape, spec.strides);
    result.moved.push_back(i);
  }
  return result;
}

constexpr std::size_t kWorkspaceAlignment = 64;
std::size_t aligned(std::size_t bytes) {
  return (bytes + kWorkspaceAlignment - 1) / kWorkspaceAlignment * kWorkspaceAlignment;
}

// Puts copies of the moved inputs in front of a prepared kernel, in its workspace.
Prepared with_copies(Prepared inner, const Arranged& inputs, Specs originals) {
  if (inputs.moved.empty()) return inner;
  Prepared outer;
  outer.kernel = inner.kernel;
  if (inner.prepack)
    outer.prepack = [prepack = inner.prepack, inputs,
                     originals =
                         std::vector<Spec>(originals.begin(), originals.end())]() -> std::shared_ptr<const Prepacked> {
      const auto packed = prepack();
      if (packed == nullptr || std::ranges::count(inputs.moved, packed->input) > 0) return nullptr;
      return std::make_shared<const Prepacked>(Prepacked{packed->input, packed->bytes, packed->pack,
                                                         with_copies(packed->then, inputs, originals), packed->unpack});
    };
  std::vector<std::size_t> offsets(originals.size(), 0);
  std::size_t at = std::max(aligned(inner.workspace_bytes), kWorkspaceAlignment);  // offset 0 says: not moved
  const Op& copy = *find_op("copy");
  for (std::size_t i : inputs.moved) {
    offsets[i] = at;
    at += aligned(static_cast<std::size_t>(inputs.specs[i].numel()) * size_of(inputs.specs[i].dtype));
    const Spec from[] = {originals[i]}, to[] = {inputs.specs[i]};
    auto prepared = prepare(copy, {}, from, to);
    for (const Stage& stage : prepared->stages)
      outer.stages.push_back(
          {stage.pieces, [run = stage.run, i, offset = offsets[i]](std::int64_t piece, const Buffers& b) {
             const void* in[] = {b.inputs[i]};
             void* out[] = {b.workspace + offset};
             run(piece, {in, out, nullptr, b.report});
           }});
  }
  for (Stage& stage : inner.stages)
    outer.stages.push_back({stage.pieces,
                            [run = std::move(stage.run), offsets](std::int64_t piece, const Buffers& b) {
                              std::array<const void*, 8> in{};
                              for (std::size_t i = 0; i < b.inputs.size(); ++i)
                                in[i] = offsets[i] ? b.workspace + offsets[i] : b.inputs[i];
                              run(piece, {{in.data(), b.inputs.size()}, b.results, b.workspace, b.report});
                            },
                            std::move(stage.completes)});
  outer.workspace_bytes = at;
  return outer;
}

std::optional<Prepared> try_kernel(const Kernel& kernel, const Op& op, const Attrs& attrs, Specs inputs,
                                   Specs results) {
  if (!serves(kernel, op, op.choose ? op.choose(attrs, inputs) : std::string_view{})) return {};
  for (const Spec& spec : results)
    if (spec.device.kind != kernel.device) return {};
  const Arranged arrangement = arranged(kernel, inputs);
  if (!arrangement.moved.empty() && inputs.size() > 8) return {};
  const PointwiseProgram program = op.program ? op.program(attrs, inputs) : PointwiseProgram{};
  auto prepared = kernel.prepare(attrs, arrangement.specs, results, program);
  if (!prepared) return {};
  if (prepared->kernel.empty()) prepared->kernel = kernel.name;
  if (prepared->prepack)
    prepared->prepack = [prepack = std::move(prepared->prepack), name = prepared->kernel] {
      const auto packed = prepack();
      if (packed == nullptr) return packed;
      auto named = std::make_shared<Prepacked>(*packed);
      named->then.kernel = name;
      return std::shared_ptr<const Prepacked>(std::move(named));
    };
  return with_copies(std::move(*prepared), arrangement, inputs);
}

Prepared prepare_best(const Op& op, const Attrs& attrs, Specs inputs, Specs results) {
  if (kernel_choice() != KernelChoice::reference)
    for (const Kernel& kernel : all_kernels())
      if (auto prepared = try_kernel(kernel, op, attrs, inputs, results)) return std::move(*prepared);
  return prepare_reference(op, attrs, inputs, results);
}

// ---- the cache of prepared kernels ----

struct Key {
  const Op* op;
  Attrs attrs;
  std::vector<Spec> inputs, results;
  std::size_t hash;
};

void mix(std::size_t& hash, std::size_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15u + (hash >> 29); }

std::size_t hash_of(const Op& op, const Attrs& attrs, Specs inputs, Specs results) {
  std::size_t hash = reinterpret_cast<std::size_t>(&op);
  mix(hash, attrs.hash());
  auto add = [&](const Spec& spec) {
    mix(hash, static_cast<std::size_t>(spec.dtype) + spec.shape.size() * 16);
    for (std::size_t i = 0; i < spec.shape.size(); ++i) {
      mix(hash, static_cast<std::size_t>(spec.shape[i]));
      mix(hash, static_cast<std::size_t>(spec.strides[i]));
    }
  };
  for (const Spec& spec : inputs) add(spec);
  for (const Spec& spec : results) add(spec);
  return hash;
}

// Offsets do not matter: kernels get addresses of first elements.
bool same_specs(const std::vector<Spec>& a, Specs b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].dtype != b[i].dtype || a[i].shape != b[i].shape || a[i].strides != b[i].strides ||
        !(a[i].device == b[i].device))
      return false;
  return true;
}

class Cache {
 public:
  std::shared_ptr<const Prepared> find(const Op& op, const Attrs& attrs, Specs inputs, Specs results,
                                       std::size_t hash) {
    std::lock_guard lock(mutex_);
    const auto [first, last] = entries_.equal_range(hash);
    for (auto it = first; it != last; ++it) {
      const Key& key = it->second.first;
      if (key.op == &op && key.attrs == attrs && same_specs(key.inputs, inputs) && same_specs(key.results, results))
        return it->second.second;
    }
    return nullptr;
  }
  void insert(Key key, std::shared_ptr<const Prepared> prepared) {
    std::lock_guard lock(mutex_);
    if (entries_.size() >= kBound) entries_.clear();  // rare: programs with ever new shapes
    const std::size_t hash = key.hash;
    entries_.emplace(hash, std::pair(std::move(key), std::move(prepared)));
  }
  void clear() {
    std::lock_guard lock(mutex_);
    entries_.clear();
  }

 private:
  static constexpr std::size_t kBound = 4096;
  std::mutex mutex_;
  std::unordered_multimap<std::size_t, std::pair<Key, std::shared_ptr<const Prepared>>> entries_;
};

Cache& cache() {
  static Cache& instance = *new Cache;  // outlives every static tensor
  return instance;
}

}  // namespace

KernelChoice kernel_choice() {
  const int forced = forced_choice.load(std::memory_order_relaxed);
  if (forced >= 0) return static_cast<KernelChoice>(forced);
  static const KernelChoice from_environment = choice_of_environment();
  return from_environment;
}

void set_kernel_choice(KernelChoice choice) {
  forced_choice = static_cast<int>(choice);
  cache().clear();
}

bool has_layout(const Spec& spec, Layout layout) {
  switch (layout) {
    case Layout::any:
      return true;
    case Layout::dense:
      return spec.is_dense();
    case Layout::contiguous:
      return spec.is_contiguous();
    case Layout::channels_last:
      return spec.is_channels_last();
  }
  return false;
}

Prepared prepare_reference(const Op& op, const Attrs& attrs, Specs inputs, Specs results) {
  Prepared prepared;
  prepared.kernel = "reference";
  std::vector<Spec> in(inputs.begin(), inputs.end()), out(results.begin(), results.end());
  if (op.program) {
    prepared.stages.push_back(reference_pointwise(op.program(attrs, inputs), std::move(in), std::move(out)));
  } else {
    if (op.forward == nullptr)
      throw DeviceError(std::string(op.name) + ": no kernel takes these inputs and there is no reference kernel",
                        "report it: every op has a reference kernel");
    prepared.stages.push_back({1, [forward = op.forward, attrs, in = std::move(in), out = std::move(out)](
                                      std::int64_t, const Buffers& buffers) { forward({attrs, in, out, buffers}); }});
  }
  return prepared;
}

std::shared_ptr<const Prepared> prepare(const Op& op, const Attrs& attrs, Specs inputs, Specs results) {
  const std::size_t hash = hash_of(op, attrs, inputs, results);
  if (auto found = cache().find(op, attrs, inputs, results, hash)) return found;
  auto prepared = std::make_shared<const Prepared>(prepare_best(op, attrs, inputs, results));
  cache().insert({&op, attrs, {inputs.begin(), inputs.end()}, {results.begin(), results.end()}, hash}, prepared);
  return prepared;
}

namespace {

void run_stages(const Prepared& prepared, const std::vector<Tensor>& inputs, const std::vector<Tensor>& results,
                std::byte* workspace, ValueReport& report) {
  std::array<const void*, 16> few_inputs{};
  std::vector<const void*> many_inputs;
  const void** in = few_inputs.data();
  if (inputs.size() > few_inputs.size()) {
    many_inputs.resize(inputs.size());
    in = many_inputs.data();
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) in[i] = inputs[i].raw_data();
  std::array<void*, 8> out{};
  for (std::size_t k = 0; k < results.size(); ++k) out[k] = results[k].raw_data();
  const Buffers buffers{{in, inputs.size()}, {out.data(), results.size()}, workspace, &report};
  for (const Stage& stage : prepared.stages)
    parallel_for(stage.pieces, [&](std::int64_t piece) { stage.run(piece, buffers); });
}

}  // namespace

void run_prepared(const Prepared& prepared, const std::vector<Tensor>& inputs, const std::vector<Tensor>& results,
                  ValueReport& report) {
  Tensor workspace;
  if (prepared.workspace_bytes != 0)
    workspace = Tensor(contiguous_spec(DType::u8, {static_cast<std::int64_t>(prepared.workspace_bytes)}));
  run_stages(prepared, inputs, results, workspace.defined() ? static_cast<std::byte*>(workspace.raw_data()) : nullptr,
             report);
}

namespace {

thread_local StepObserver* step_observer = nullptr;

// Runs `body`, the kernel of the step, and tells who looks on.
template <class Body>
void observed(const Step& step, const Attrs& attrs, const std::string* path, const Body& body) {
  if (step_observer == nullptr) return body();
  const StepClock::time_point begin = StepClock::now();
  body();
  step_observer->ran(step, attrs, path, begin, StepClock::now());
}

}  // namespace

ObserveSteps::ObserveSteps(StepObserver& observer) : before_(std::exchange(step_observer, &observer)) {}
ObserveSteps::~ObserveSteps() { step_observer = before_; }

void run_step(const Step& step, const Attrs& attrs) {
  ValueReport report;
  const bool check = kernel_choice() == KernelChoice::check && step.prepared->kernel != "reference";
  if (check) {
    observed(step, attrs, layer_path().get(), [&] { run_checked(step, attrs, report); });
  } else {
    observed(step, attrs, layer_path().get(), [&] { run_prepared(*step.prepared, step.inputs, step.results, report); });
  }
  report.throw_if_any();
}

void run_planned(const PlannedStep& planned) {
  const Step& step = planned.step;
  try {
    if (kernel_choice() == KernelChoice::check) return run_step(step, planned.attrs);
    ValueReport report;
    observed(step, planned.attrs, planned.path.get(),
             [&] { run_stages(*step.prepared, step.inputs, step.results, planned.workspace, report); });
    report.throw_if_any();
  } catch (Error& error) {
    error.set_where(step.site);
    if (planned.path) error.set_path(*planned.path);
    throw;
  }
}

void run_order(const std::vector<Stage>& stages, const void* from, void* to) {
  const void* const in[] = {from};
  void* const out[] = {to};
  const Buffers buffers{.inputs = in, .results = out};
  for (const Stage& stage : stages) parallel_for(stage.pieces, [&](std::int64_t piece) { stage.run(piece, buffers); });
}

std::string_view kernel_of(const Op& op, const Attrs& attrs, Specs inputs, Specs results) {
  return prepare(op, attrs, inputs, results)->kernel;
}

void ValueReport::report(std::int64_t position, std::string problem, std::string fix) {
  std::lock_guard lock(mutex_);
  if (position >= position_) return;
  position_ = position;
  problem_ = std::move(problem);
  fix_ = std::move(fix);
}

void ValueReport::throw_if_any() const {
  if (position_ != std::numeric_limits<std::int64_t>::max()) throw ValueError(problem_, fix_);
}

}  // namespace percept
