// shape.cpp - Dims and the rules about memory order and broadcasting.
#include "percept/core/shape.h"

#include <algorithm>

#include "percept/base/checked.h"

namespace percept {

Dims::Dims(std::span<const std::int64_t> values) : size_(values.size()) {
  if (size_ > static_cast<std::size_t>(kMaxRank))
    throw ShapeError("shape of rank " + std::to_string(size_), "a tensor has at most 32 dimensions");
  if (size_ > kInline) heap_ = std::make_unique<std::int64_t[]>(static_cast<std::size_t>(kMaxRank));
  std::copy(values.begin(), values.end(), data());
}

Dims::Dims(std::size_t count, std::int64_t value) {
  if (count > kInline)
    for (std::size_t i = 0; i < count; ++i) push_back(value);
  else
    std::fill_n(inline_.begin(), size_ = count, value);
}

void Dims::copy_heap(const Dims& other) {
  heap_ = std::make_unique<std::int64_t[]>(static_cast<std::size_t>(kMaxRank));
  std::copy(other.begin(), other.end(), heap_.get());
}

void Dims::insert(std::size_t position, std::int64_t value) {
  if (size_ == static_cast<std::size_t>(kMaxRank))
    throw ShapeError("shape of rank 33", "a tensor has at most 32 dimensions");
  if (size_ == kInline && !heap_) {
    heap_ = std::make_unique<std::int64_t[]>(static_cast<std::size_t>(kMaxRank));
    std::copy(inline_.begin(), inline_.end(), heap_.get());
  }
  ++size_;
  std::copy_backward(begin() + position, end() - 1, end());
  data()[position] = value;
}

void Dims::erase(std::size_t position) {
  std::copy(begin() + position + 1, end(), begin() + position);
  --size_;
}

std::string str(const Dims& dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) text += (i ? ", " : "") + std::to_string(dims[i]);
  return text + "]";
}

namespace {
// Nothing is addressed in an empty tensor, and its other sizes may multiply to more than an integer holds.
bool is_empty(const Shape& shape) { return std::find(shape.begin(), shape.end(), 0) != shape.end(); }
}  // namespace

Strides contiguous_strides(const Shape& shape) {
  Strides strides(shape.size(), 1);
  if (is_empty(shape)) return strides;
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Strides channels_last_strides(const Shape& shape) {
  if (shape.rank() != 4) return contiguous_strides(shape);
  if (is_empty(shape)) return contiguous_strides(shape);
  const std::int64_t c = shape[1], h = shape[2], w = shape[3];
  return {h * w * c, 1, w * c, c};
}

namespace {
// Equality of strides where it matters: along axes longer than 1, and never for an empty tensor.
bool same_order(const Shape& shape, const Strides& a, const Strides& b) {
  if (is_empty(shape)) return true;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1 && a[i] != b[i]) return false;
  return true;
}
}  // namespace

bool is_contiguous(const Shape& shape, const Strides& strides) {
  return same_order(shape, strides, contiguous_strides(shape));
}

bool is_channels_last(const Shape& shape, const Strides& strides) {
  return shape.rank() == 4 && same_order(shape, strides, channels_last_strides(shape));
}

bool is_dense(const Shape& shape, const Strides& strides) {
  return same_order(shape, strides, dense_strides_like(shape, strides));
}

Strides dense_strides_like(const Shape& shape, const Strides& like) {
  const std::size_t rank = shape.size();
  if (is_empty(shape)) return Strides(rank, 1);
  if (Strides row_major = contiguous_strides(shape); row_major == like) return row_major;  // the usual case
  // Axes of size 1 (or repeated ones) carry no order: they keep their place, the others are sorted around them.
  std::array<std::size_t, kMaxRank> order{}, places{}, axes{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    order[i] = i;
    if (shape[i] != 1 && like[i] != 0) places[count] = axes[count] = i, ++count;
  }
  // Insertion sort, stable and without memory of its own: ranks are small, and every step comes by here.
  for (std::size_t i = 1; i < count; ++i)
    for (std::size_t j = i; j > 0 && like[axes[j]] > like[axes[j - 1]]; --j) std::swap(axes[j], axes[j - 1]);
  for (std::size_t i = 0; i < count; ++i) order[places[i]] = axes[i];
  Strides strides(rank, 1);
  std::int64_t step = 1;
  for (std::size_t i = rank; i-- > 0;) {
    strides[order[i]] = step;
    step *= shape[order[i]];
  }
  return strides;
}

Shape broadcast(const Shape& a, const Shape& b, const char* who) {
  if (a == b) return a;
  const std::size_t rank = std::max(a.size(), b.size());
  Shape result(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {  // i counts from the last axis
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      throw ShapeError(std::string(who) + ": shapes " + str(a) + " and " + str(b) + " do not broadcast",
                       "sizes must be equal or 1, counted from the last axis; here " + std::to_string(x) + " meets " +
                           std::to_string(y));
    result[rank - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& to) {
  Strides result(to.size(), 0);
  const std::size_t lead = to.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == to[lead + i] && shape[i] != 1) result[lead + i] = strides[i];
  return result;
}

}  // namespace percept
