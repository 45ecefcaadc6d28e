// bench.cpp - timing the steps of an item or recipe.
#include "percept/recipes/bench.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>

#include "percept/base/process_memory.h"
#include "percept/base/thread_pool.h"
#include "percept/core/device.h"
#include "percept/io/save.h"
#include "percept/recipes/run.h"
#include "percept/recipes/step.h"

namespace percept {
namespace {

std::int64_t malloc_bytes() {
  const auto info = mallinfo2();
  return static_cast<std::int64_t>(info.arena + info.hblkhd);
}

double mib_of_states(RecipeModel& model) {
  double bytes = 0;
  for (const NamedState& named : states(model))
    bytes += static_cast<double>(named.state->impl().value.storage()->bytes());
  return bytes / (1 << 20);
}

using Clock = std::chrono::steady_clock;
double elapsed(Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); }

// What the plan of a step says it takes beside weights and inputs.
double planned_mib(RecipeStep& steps) {
  const double weights = mib_of_states(steps.model());
  const PlanMemory plan = steps.plan().memory;
  return static_cast<double>(plan.peak()) / (1 << 20) +
         std::max(0.0, static_cast<double>(plan.states) / (1 << 20) - weights);
}

// The steps before the timed ones: kernels and plans are made, memory is asked for.
void warm_up(RecipeStep& steps, BenchResult& result) {
  const double before = peak_rss_mib();
  auto start = Clock::now();
  if (result.capture) {
    result.planned_mib = planned_mib(steps);
    result.plan_ms = elapsed(start) * 1e3;
  }
  start = Clock::now();
  result.loss_first = steps.run();
  result.first_step_ms = elapsed(start) * 1e3;
  for (int i = 0; i < 2; ++i) steps.run();
  result.grown_mib = peak_rss_mib() - before;
}

std::vector<double> timed(RecipeStep& steps, const BenchOptions& options, BenchResult& result) {
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(std::max<std::int64_t>(options.steps, 1 << 16)));
  const std::uint64_t blocks = memory_of(Device::cpu()).stats().system_allocations;
  const std::int64_t bytes = malloc_bytes();
  const auto start = Clock::now();
  while (options.steps > 0
             ? static_cast<std::int64_t>(times.size()) < options.steps
             : times.size() < 5 || (elapsed(start) < options.seconds && times.size() < times.capacity())) {
    const auto before = Clock::now();
    result.loss_last = steps.run();
    times.push_back(elapsed(before));
  }
  result.system_allocations = memory_of(Device::cpu()).stats().system_allocations - blocks;
  result.system_bytes = malloc_bytes() - bytes;
  return times;
}

}  // namespace

Value BenchResult::to_value() const {
  Value value = Value::object();
  value.set("item", item);
  value.set("mode", mode);
  value.set("precision", enum_name(precision));
  value.set("capture", capture);
  value.set("batch_size", batch_size);
  value.set("median_ms", median_ms);
  value.set("p10_ms", p10_ms);
  value.set("p90_ms", p90_ms);
  value.set("steps", steps);
  value.set("images_per_second", images_per_second);
  value.set("gflops", gflops);
  value.set("threads", threads);
  value.set("peak_rss_mib", peak_rss_mib);
  value.set("planned_mib", planned_mib);
  value.set("grown_mib", grown_mib);
  value.set("first_step_ms", first_step_ms);
  value.set("plan_ms", plan_ms);
  value.set("loss_first", loss_first);
  value.set("loss_last", loss_last);
  value.set("weights_sha256", weights_sha256);
  value.set("system_allocations", percept::to_value(system_allocations));
  value.set("system_bytes", system_bytes);
  return value;
}

BenchResult bench(const BenchItem& item, const BenchOptions& options) {
  RecipeStep steps(item, options.mode, options.capture);
  BenchResult result{.item = item.recipe.name,
                     .mode = options.mode,
                     .precision = item.recipe.train.precision,
                     .capture = options.capture,
                     .batch_size = item.recipe.train.batch_size,
                     .threads = num_threads()};
  const bool infers = options.mode == "infer";
  if (infers) result.weights_sha256 = weights_sha256(steps.model());  // they do not change, and come and go later
  warm_up(steps, result);
  std::vector<double> times = timed(steps, options, result);
  std::sort(times.begin(), times.end());
  result.steps = static_cast<std::int64_t>(times.size());
  result.median_ms = times[times.size() / 2] * 1e3;
  result.p10_ms = times[times.size() / 10] * 1e3;
  result.p90_ms = times[times.size() * 9 / 10] * 1e3;
  const auto batch = static_cast<double>(result.batch_size);
  const Flops flops = count_flops(steps.model(), item.sample_shape);
  result.images_per_second = batch / result.median_ms * 1e3;
  result.gflops = (options.mode == "train" ? flops.training() : flops.forward) * batch / result.median_ms * 1e-6;
  result.peak_rss_mib = peak_rss_mib();
  if (!infers) result.weights_sha256 = weights_sha256(steps.model());
  return result;
}

}  // namespace percept
