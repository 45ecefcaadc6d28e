// _turn.cpp - four elements of as many lines as a vector has lanes at a time: loaded so that turning squares of 4 x 4
// in registers is all that is left.
#include "percept/backends/cpu/_turn.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_turn.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

constexpr std::int64_t kSide = 4;

// Four elements each of lines 0, 4, 8, ...
template <class D>
HWY_INLINE hn::Vec<D> fours(D d, const float* from, std::int64_t line_step) {
  constexpr auto kCount = static_cast<std::int64_t>(hn::MaxLanes(D()));
  if constexpr (kCount <= kSide) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    const auto low = fours(half, from, line_step);
    return hn::Combine(d, fours(half, from + kCount / 2 * line_step, line_step), low);
  }
}

// Elements k to k + 3 of kLanes lines.
HWY_INLINE void turn_square(const float* from, std::int64_t line_step, float* to, std::int64_t to_step) {
  const F32 d;
  const hn::RepartitionToWide<F32> pairs;
  Vector line[kSide];
  for (std::int64_t i = 0; i < kSide; ++i) line[i] = fours(d, from + i * line_step, line_step);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, line[0], line[1]));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, line[2], line[3]));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, line[0], line[1]));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, line[2], line[3]));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + to_step);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * to_step);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * to_step);
}

void turn_one_by_one(const float* from, std::int64_t line_step, std::int64_t lines, std::int64_t depth, float* to,
                     std::int64_t to_step) {
  for (std::int64_t k = 0; k < depth; ++k)
    for (std::int64_t line = 0; line < lines; ++line)
      std::memcpy(to + k * to_step + line, from + line * line_step + k, sizeof(float));
}

// The last lines and elements may be moved twice. Blocks of elements: their lines stay in the first cache.
void turn_matrix(const float* from, std::int64_t line_step, std::int64_t lines, std::int64_t depth, float* to,
                 std::int64_t to_step) {
  constexpr std::int64_t kBlock = 32;
  if (lines < kLanes || depth < kSide) return turn_one_by_one(from, line_step, lines, depth, to, to_step);
  for (std::int64_t block = 0; block < depth; block += kBlock)
    for (std::int64_t first = 0; first < lines; first += kLanes) {
      const std::int64_t line = std::min(first, lines - kLanes);
      for (std::int64_t each = block; each < std::min(block + kBlock, depth); each += kSide) {
        const std::int64_t k = std::min(each, depth - kSide);
        turn_square(from + line * line_step + k, line_step, to + k * to_step + line, to_step);
      }
    }
}

}  // namespace

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept::cpu {
HWY_EXPORT(turn_matrix);
void turn(const float* from, std::int64_t line_step, std::int64_t lines, std::int64_t depth, float* to,
          std::int64_t to_step) {
  HWY_DYNAMIC_DISPATCH(turn_matrix)(from, line_step, lines, depth, to, to_step);
}
}  // namespace percept::cpu
#endif
