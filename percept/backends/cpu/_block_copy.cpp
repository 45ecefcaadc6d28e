// _block_copy.cpp - strided copies: run by run, or in blocks where the source runs along another axis.
#include "percept/backends/cpu/_block_copy.h"

#include <algorithm>
#include <cstring>

#include "percept/backends/cpu/_turn.h"
#include "percept/backends/cpu/_walk.h"

namespace percept::cpu {
namespace {

constexpr std::int64_t kPieceElements = 16384;
constexpr std::int64_t kBlock = 32;  // rows and columns of a transposed block: their lines stay in the first cache

template <class T>
void copy_run(const T* from, std::int64_t from_step, T* to, std::int64_t to_step, std::int64_t n) {
  constexpr std::int64_t kShort = 16;
  if (to_step == 1 && from_step == 1 && n >= kShort) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
  } else if (to_step == 1 && from_step == 1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i];
  } else if (to_step == 1 && from_step == 0) {
    std::fill_n(to, n, *from);
  } else if (to_step == 1 && from_step == -1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[-i];
  } else if (to_step == 1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * from_step];
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * to_step] = from[i * from_step];
  }
}

}  // namespace

std::optional<BlockCopy> BlockCopy::of(const Shape& shape, const Strides& from, const Strides& to, std::size_t bytes) {
  BlockCopy copy;
  copy.bytes_ = bytes;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return copy;
  std::size_t axes[32], count = 0;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1) axes[count++] = i;
  std::stable_sort(axes, axes + count, [&](std::size_t a, std::size_t b) { return to[a] > to[b]; });
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t size = shape[axes[i]], f = from[axes[i]], t = to[axes[i]];
    const int last = copy.rank_ - 1;
    if (last >= 0 && copy.from_[last] == f * size && copy.to_[last] == t * size) {
      copy.size_[last] *= size;
      copy.from_[last] = f;
      copy.to_[last] = t;
      continue;
    }
    if (copy.rank_ == kMaxRank) return std::nullopt;
    copy.size_[copy.rank_] = size;
    copy.from_[copy.rank_] = f;
    copy.to_[copy.rank_++] = t;
  }
  if (copy.rank_ == 0) copy.size_[copy.rank_++] = 1;
  copy.cut();
  return copy;
}

void BlockCopy::cut() {
  const int last = rank_ - 1;
  const std::int64_t columns = size_[last];
  if (to_[last] == 1 && from_[last] != 1 && from_[last] != 0)
    for (int axis = 0; axis < last; ++axis)
      if (from_[axis] == 1) swapped_ = axis;
  for (int axis = 0; axis < last; ++axis)
    if (axis != swapped_) rows_ *= size_[axis];
  if (swapped_ >= 0) {  // rows_ counts matrices here
    const std::int64_t rows = size_[swapped_];
    cut_ = std::max(kPieceElements / columns / kBlock, std::int64_t{1}) * kBlock;
    cuts_ = ceil_div(rows, cut_);
    each_ = std::max<std::int64_t>(kPieceElements / (std::min(cut_, rows) * columns), 1);
  } else if (columns >= 2 * kPieceElements) {
    cut_ = kPieceElements;
    cuts_ = ceil_div(columns, cut_);
  } else {
    cut_ = columns;
    each_ = std::max<std::int64_t>(kPieceElements / columns, 1);
  }
  pieces_ = ceil_div(rows_ * cuts_, each_);
}

// Where row (or matrix) number `row` begins; index: its places along the axes that number them.
BlockCopy::Place BlockCopy::place(std::int64_t row, std::int64_t* index) const {
  Place at;
  for (int axis = rank_ - 1; axis-- > 0;) {
    if (axis == swapped_) continue;
    index[axis] = row % size_[axis];
    row /= size_[axis];
    at.from += index[axis] * from_[axis];
    at.to += index[axis] * to_[axis];
  }
  return at;
}

template <class T>
void BlockCopy::run_rows(std::int64_t piece, const T* from, T* to) const {
  const int last = rank_ - 1;
  std::int64_t index[kMaxRank] = {};
  if (cuts_ > 1) {
    const std::int64_t begin = piece % cuts_ * cut_;
    const Place at = place(piece / cuts_, index);
    copy_run(from + at.from + begin * from_[last], from_[last], to + at.to + begin * to_[last], to_[last],
             std::min(cut_, size_[last] - begin));
    return;
  }
  const std::int64_t end = std::min((piece + 1) * each_, rows_);
  Place at = place(piece * each_, index);
  for (std::int64_t row = piece * each_; row < end; ++row) {
    copy_run(from + at.from, from_[last], to + at.to, to_[last], size_[last]);
    for (int axis = last; axis-- > 0;) {
      at.from += from_[axis];
      at.to += to_[axis];
      if (++index[axis] < size_[axis]) break;
      at.from -= size_[axis] * from_[axis];
      at.to -= size_[axis] * to_[axis];
      index[axis] = 0;
    }
  }
}

template <class T>
void BlockCopy::run_transposed(std::int64_t piece, const T* from, T* to) const {
  const std::int64_t columns = size_[rank_ - 1], column_step = from_[rank_ - 1], row_step = to_[swapped_];
  const std::int64_t last = std::min((piece + 1) * each_, rows_ * cuts_);
  std::int64_t index[kMaxRank] = {};
  for (std::int64_t k = piece * each_; k < last; ++k) {
    const Place at = place(k / cuts_, index);
    const std::int64_t first = k % cuts_ * cut_, end = std::min(first + cut_, size_[swapped_]);
    if constexpr (sizeof(T) == sizeof(float)) {
      turn(static_cast<const float*>(static_cast<const void*>(from + at.from + first)), column_step, columns,
           end - first, static_cast<float*>(static_cast<void*>(to + at.to + first * row_step)), row_step);
    } else {
      for (std::int64_t r = first; r < end; r += kBlock)
        for (std::int64_t c = 0; c < columns; c += kBlock)
          for (std::int64_t i = r; i < std::min(r + kBlock, end); ++i) {
            const T* in = from + at.from + i;
            T* out = to + at.to + i * row_step;
            for (std::int64_t j = c; j < std::min(c + kBlock, columns); ++j) out[j] = in[j * column_step];
          }
    }
  }
}

void BlockCopy::run(std::int64_t piece, const void* from, void* to) const {
  auto as = [&]<class T>(T) {
    if (swapped_ >= 0)
      run_transposed(piece, static_cast<const T*>(from), static_cast<T*>(to));
    else
      run_rows(piece, static_cast<const T*>(from), static_cast<T*>(to));
  };
  switch (bytes_) {
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

}  // namespace percept::cpu
