// tolerances.h - how closely our results must meet those of other frameworks: one table for all fixtures.
#pragma once
#include <string_view>

namespace percept::testing {

// |ours - theirs| <= atol + rtol * |theirs|
struct Tolerance {
  std::string_view name;  // of a case, or what its name begins with up to '_' or '.': "Conv2d" serves "Conv2d_groups"
  double rtol, atol;
  std::string_view why;
};

// testing.md 1.2: none looser than 1e-4. The longest name that fits counts.
inline constexpr Tolerance kTolerances[] = {
    {"default", 1e-5, 1e-6, "f32 with sums in another order"},
    {"schedule", 1e-12, 1e-12, "f64 on both sides"},
};

constexpr bool looser_than_allowed() {
  for (const Tolerance& one : kTolerances)
    if (one.rtol > 1e-4 || one.atol > 1e-4) return true;
  return false;
}
static_assert(!looser_than_allowed());

constexpr Tolerance tolerance_of(std::string_view name) {
  Tolerance best = kTolerances[0];
  std::size_t longest = 0;
  for (const Tolerance& one : kTolerances) {
    const std::size_t length = one.name.size();
    const bool fits =
        name.starts_with(one.name) && (name.size() == length || name[length] == '_' || name[length] == '.');
    if (fits && length > longest) {
      best = one;
      longest = length;
    }
  }
  return best;
}

}  // namespace percept::testing
