// bench.h - timing the steps of an item or recipe.
#pragma once
#include <cstdint>
#include <string>

#include "percept/recipes/items.h"

namespace percept {

struct BenchOptions {
  std::string mode = "train";  // forward, loss, backward, update; or "infer": forward
  bool capture = true;         // the whole step as one plan (graph/capture.h)
  double seconds = 3;          // of timed steps, at least five and at most 65536
  std::int64_t steps = 0;      // above 0: exactly so many timed ones
};

struct BenchResult {
  std::string item, mode;
  ProductPrecision precision = ProductPrecision::f32;
  bool capture = true;
  std::int64_t batch_size = 0;
  double median_ms = 0, p10_ms = 0, p90_ms = 0;
  std::int64_t steps = 0;
  double images_per_second = 0, gflops = 0, peak_rss_mib = 0;
  int threads = 1;
  double loss_first = 0, loss_last = 0;  // 0 in mode "infer"
  std::string weights_sha256 = {};
  // What steps after the third asked of the system: blocks of the tensor allocator, bytes of malloc's arenas.
  std::uint64_t system_allocations = 0;
  std::int64_t system_bytes = 0;
  double plan_ms = 0;  // before any step: recording, passes, kernels and plans of the first steps and of the usual one
  double first_step_ms = 0;  // its plan included
  double planned_mib = 0;    // what the plan says, before the first step, that all takes beside weights and inputs
  double grown_mib = 0;      // by how much the process's peak then grew, the three steps before the timed ones included
  Value to_value() const;
};

// Steps on one fixed batch, after three that are not timed. UsageError for another mode, NotANumberError for a loss
// that is none.
BenchResult bench(const BenchItem& item, const BenchOptions& options);

}  // namespace percept
