// arena.cpp - offline placement, largest first: within a few percent of the bound on the networks tried.
#include "percept/graph/arena.h"

#include <algorithm>
#include <numeric>

namespace percept {

ArenaPlan plan_arena(const std::vector<Lifetime>& values) {
  constexpr std::size_t kAlignment = 64;
  const auto size_of = [&](std::size_t i) { return (values[i].bytes + kAlignment - 1) / kAlignment * kAlignment; };
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return size_of(a) > size_of(b); });
  ArenaPlan plan{.offsets = std::vector<std::size_t>(values.size(), 0)};
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t i : order) {
    std::size_t at = 0;
    for (const std::size_t other : placed) {
      const bool at_once = values[other].first <= values[i].last && values[i].first <= values[other].last;
      if (!at_once) continue;
      if (plan.offsets[other] >= at + size_of(i)) break;  // the gap before it is large enough
      at = std::max(at, plan.offsets[other] + size_of(other));
    }
    plan.offsets[i] = at;
    plan.bytes = std::max(plan.bytes, at + size_of(i));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i,
                                   [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
                  i);
  }
  return plan;
}

}  // namespace percept
