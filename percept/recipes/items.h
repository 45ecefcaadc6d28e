// items.h - the reference networks that `percept bench` times.
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

}  // namespace percept
