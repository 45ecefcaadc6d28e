// _add_planes.cpp - rows by vectors.
#include "percept/backends/cpu/_add_planes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_add_planes.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

void add_rows(float* to, std::int64_t to_row, const float* from, std::int64_t from_row, std::int64_t rows,
              std::int64_t columns) {
  for (; rows > 0; --rows, to += to_row, from += from_row) {
    std::int64_t j = 0;
    for (; j + kLanes <= columns; j += kLanes) store(load(to + j) + load(from + j), to + j);
    if (const std::int64_t rest = columns - j; rest > 0) store(load(to + j, rest) + load(from + j, rest), to + j, rest);
  }
}

}  // namespace
}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept::cpu {
HWY_EXPORT(add_rows);
void add_plane(float* to, std::int64_t to_row, const float* from, std::int64_t from_row, std::int64_t rows,
               std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(add_rows)(to, to_row, from, from_row, rows, columns);
}
}  // namespace percept::cpu
#endif
