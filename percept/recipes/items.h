// items.h - the reference networks that `percept bench` times, and timing any recipe's training step.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "percept/recipes/model.h"

namespace percept {

// A network with the shape of its synthetic input (uniform in [0, 1), labels random, one fixed batch).
struct BenchItem {
  Recipe recipe;
  Shape sample_shape;
  std::int64_t classes = 10;
};
std::vector<std::string> bench_item_names();
// An item by name, or any recipe by name or path (its data's shape, without reading the data). UsageError otherwise.
BenchItem find_bench_item(const std::string& name_or_path, const std::vector<std::string>& overrides = {});

struct BenchResult {
  std::string item;
  double median_ms = 0, p10_ms = 0, p90_ms = 0;
  std::int64_t steps = 0;
  double images_per_second = 0, gflops = 0, peak_rss_mib = 0;
  int threads = 1;
  double loss_first = 0, loss_last = 0;
  std::string weights_sha256 = {};
  // What steps after the third asked of the system: blocks of the tensor allocator, bytes of malloc's arenas.
  std::uint64_t system_allocations = 0;
  std::int64_t system_bytes = 0;
  Value to_value() const;
};
// Training steps (forward, loss, backward, update) for `seconds`, after three that are not timed; `steps` > 0: exactly
// so many timed ones.
BenchResult bench_training(const BenchItem& item, double seconds, std::int64_t steps = 0);

}  // namespace percept
