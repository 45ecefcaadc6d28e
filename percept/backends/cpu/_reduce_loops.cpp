// _reduce_loops.cpp - rows and columns of f32 joined to their sum, maximum or minimum.
#include "percept/backends/cpu/_reduce_loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_reduce_loops.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_reduce_row.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

template <class Way>
void rows(const float* x, float* y, std::int64_t count, std::int64_t length) {
  for (std::int64_t r = 0; r < count; ++r) y[r] = reduce_row<Way>(x + r * length, length);
}

// `Vectors` neighbouring vectors of columns, in sub-blocks of 32 rows that are joined one after another.
template <class Way, int kVectors>
HWY_INLINE void columns_of(const float* x, float* y, std::int64_t count, std::int64_t row) {
  constexpr std::int64_t kSub = 32;
  Vector total[kVectors];
  for (int v = 0; v < kVectors; ++v) total[v] = Way::start().v;
  for (std::int64_t begin = 0; begin < count; begin += kSub) {
    Vector part[kVectors];
    for (int v = 0; v < kVectors; ++v) part[v] = Way::start().v;
    const std::int64_t end = std::min(begin + kSub, count);
    for (std::int64_t r = begin; r < end; ++r)
      for (int v = 0; v < kVectors; ++v) part[v] = Way::join(Lane(part[v]), load(x + r * row + v * kLanes)).v;
    for (int v = 0; v < kVectors; ++v) total[v] = Way::join(Lane(total[v]), Lane(part[v])).v;
  }
  for (int v = 0; v < kVectors; ++v) store(total[v], y + v * kLanes);
}

// Fewer columns than a vector has lanes: memory is read straight through, as many rows at once as make whole vectors.
template <class Way>
void narrow_columns(const float* x, float* y, std::int64_t count, std::int64_t width) {
  HWY_ALIGN float sums[kLanes * kLanes];  // kLanes rows of `width`
  for (std::int64_t v = 0; v < width; ++v) store(Way::start(), sums + v * kLanes);
  const std::int64_t period = width * kLanes, n = count * width;
  std::int64_t i = 0;
  for (; i + period <= n; i += period)
    for (std::int64_t v = 0; v < period; v += kLanes) store(Way::join(load(sums + v), load(x + i + v)), sums + v);
  for (std::int64_t v = 0; i < n; v += kLanes, i += kLanes) {
    const Lane rest = i + kLanes <= n ? load(x + i) : load_padded<Way>(x + i, n - i);
    store(Way::join(load(sums + v), rest), sums + v);
  }
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2)  // a tree over the rows
    for (std::int64_t k = 0; k < half * width; ++k) sums[k] = Way::join(sums[k], sums[half * width + k]);
  std::copy_n(sums, width, y);
}

template <class Way>
void columns(const float* x, float* y, std::int64_t count, std::int64_t width, std::int64_t row) {
  if (width < kLanes) return narrow_columns<Way>(x, y, count, width);
  std::int64_t c = 0;
  for (; c + 4 * kLanes <= width; c += 4 * kLanes) columns_of<Way, 4>(x + c, y + c, count, row);
  for (; c + kLanes <= width; c += kLanes) columns_of<Way, 1>(x + c, y + c, count, row);
  // The last vector overlaps its neighbour: those columns get the same bits again.
  if (c < width) columns_of<Way, 1>(x + width - kLanes, y + width - kLanes, count, row);
}

template <class Way>
void join(float* a, const float* b, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(Way::join(load(a + i), load(b + i)), a + i);
  if (i < n) store_first(Way::join(load_first(a + i, n - i), load_first(b + i, n - i)).v, a + i, n - i);
}

template <class Way>
ReduceLoops loops_of() {
  return {rows<Way>, columns<Way>, join<Way>};
}

}  // namespace

ReduceLoops find_reduce_loops(Reducing way) {
  switch (way) {
    case Reducing::sum:
      return loops_of<Summing>();
    case Reducing::max:
      return loops_of<Maximum>();
    case Reducing::min:
      break;
  }
  return loops_of<Minimum>();
}

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept::cpu {
HWY_EXPORT(find_reduce_loops);
ReduceLoops reduce_loops(Reducing way) { return HWY_DYNAMIC_DISPATCH(find_reduce_loops)(way); }
}  // namespace percept::cpu
#endif
