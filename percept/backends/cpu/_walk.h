// _walk.h - reading strided memory in the order of another tensor's memory, run by run.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "percept/core/spec.h"

namespace percept::cpu {

// Axes sorted from the outermost in memory, those of size 1 left out and neighbours that step alike merged.
struct Walk {
  static constexpr int kMaxRank = 8;
  int rank = 0;  // 0: a single element
  std::int64_t size[kMaxRank] = {}, stride[kMaxRank] = {};

  bool is_single() const { return rank == 0 || (rank == 1 && stride[0] == 0); }
  bool is_straight() const { return rank == 1 && stride[0] == 1; }
  bool is_dense_order() const { return rank == 0 || is_straight(); }
};

// How `strides` are walked in the memory order of `order` (dense strides of the same shape). Nothing above rank 8.
inline std::optional<Walk> walk_in_order(const Shape& shape, const Strides& order, const Strides& strides) {
  std::size_t axes[32], count = 0;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return Walk{};  // nothing to walk
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1) axes[count++] = i;
  std::stable_sort(axes, axes + count, [&](std::size_t a, std::size_t b) { return order[a] > order[b]; });
  Walk walk;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t size = shape[axes[i]], stride = strides[axes[i]];
    if (walk.rank > 0 && walk.stride[walk.rank - 1] == stride * size) {
      walk.size[walk.rank - 1] *= size;
      walk.stride[walk.rank - 1] = stride;
      continue;
    }
    if (walk.rank == Walk::kMaxRank) return std::nullopt;
    walk.size[walk.rank] = size;
    walk.stride[walk.rank++] = stride;
  }
  return walk;
}

// A place on a walk.
struct Cursor {
  std::int64_t index[Walk::kMaxRank] = {};
  std::int64_t offset = 0;

  Cursor() = default;
  Cursor(const Walk& walk, std::int64_t position) {
    for (int axis = walk.rank; axis-- > 0; position /= walk.size[axis]) {
      index[axis] = position % walk.size[axis];
      offset += index[axis] * walk.stride[axis];
    }
  }
  // Forward by `steps` along the innermost axis, within or just to the end of its run.
  void advance(const Walk& walk, std::int64_t steps) {
    int axis = walk.rank - 1;
    index[axis] += steps;
    offset += steps * walk.stride[axis];
    while (index[axis] == walk.size[axis] && axis > 0) {
      offset += walk.stride[axis - 1] - walk.size[axis] * walk.stride[axis];
      index[axis--] = 0;
      ++index[axis];
    }
  }
};

// The next n elements of the walk, to dense memory.
template <class T>
void gather_runs(const Walk& walk, Cursor& cursor, const T* from, T* to, std::int64_t n) {
  if (walk.rank == 0) {
    std::fill_n(to, n, *from);
    return;
  }
  const std::int64_t size = walk.size[walk.rank - 1], stride = walk.stride[walk.rank - 1];
  while (n > 0) {
    const std::int64_t run = std::min(n, size - cursor.index[walk.rank - 1]);
    const T* source = from + cursor.offset;
    if (stride == 1)
      std::memcpy(to, source, static_cast<std::size_t>(run) * sizeof(T));
    else if (stride == 0)
      std::fill_n(to, run, *source);
    else
      for (std::int64_t i = 0; i < run; ++i) to[i] = source[i * stride];
    cursor.advance(walk, run);
    to += run;
    n -= run;
  }
}

// The same for elements known by their size only: 1, 2, 4 or 8 bytes.
inline void gather_bytes(const Walk& walk, Cursor& cursor, std::size_t element, const void* from, void* to,
                         std::int64_t n) {
  auto as = [&]<class T>(T) { gather_runs(walk, cursor, static_cast<const T*>(from), static_cast<T*>(to), n); };
  switch (element) {
    case 1:
      return as(std::uint8_t{});
    case 2:
      return as(std::uint16_t{});
    case 4:
      return as(std::uint32_t{});
    default:
      return as(std::uint64_t{});
  }
}

inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace percept::cpu
