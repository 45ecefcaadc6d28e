// arena.h - one block of memory for values that live at different times.
#pragma once
#include <cstddef>
#include <vector>

namespace percept {

// A value's size and the steps during which it must be kept, both ends included.
struct Lifetime {
  std::size_t bytes = 0;
  int first = 0, last = 0;
};
struct ArenaPlan {
  std::vector<std::size_t> offsets;  // one per lifetime, multiples of 64
  std::size_t bytes = 0;
};
// Largest first, each at the lowest place that is free during its life. Values that live at once never overlap.
ArenaPlan plan_arena(const std::vector<Lifetime>& values);

}  // namespace percept
