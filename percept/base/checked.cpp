// checked.cpp - size arithmetic that refuses overflow.
#include "percept/base/checked.h"

#include <string>

namespace percept {

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum))
    throw ShapeError("size overflow: " + std::to_string(a) + " + " + std::to_string(b), "use smaller sizes");
  return sum;
}

std::int64_t checked_mul(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    throw ShapeError("size overflow: " + std::to_string(a) + " * " + std::to_string(b), "use smaller sizes");
  return product;
}

namespace {
std::string listed(std::span<const std::int64_t> sizes) {
  std::string text = "[";
  for (std::size_t i = 0; i < sizes.size(); ++i) text += (i ? ", " : "") + std::to_string(sizes[i]);
  return text + "]";
}
}  // namespace

std::int64_t checked_numel(std::span<const std::int64_t> sizes) {
  if (sizes.size() > static_cast<std::size_t>(kMaxRank))
    throw ShapeError("shape of rank " + std::to_string(sizes.size()), "a tensor has at most 32 dimensions");
  bool empty = false;
  for (std::int64_t size : sizes) {
    if (size < 0) throw ShapeError("negative size in shape " + listed(sizes), "every size must be >= 0");
    empty = empty || size == 0;
  }
  if (empty) return 0;
  std::int64_t product = 1;
  for (std::int64_t size : sizes)
    if (__builtin_mul_overflow(product, size, &product) || product > kMaxElements)
      throw ShapeError("shape " + listed(sizes) + " has too many elements", "a tensor holds at most 2^40 elements");
  return product;
}

std::size_t checked_bytes(std::int64_t numel, std::size_t bytes_per_element) {
  return static_cast<std::size_t>(checked_mul(numel, static_cast<std::int64_t>(bytes_per_element)));
}

int checked_axis(std::int64_t axis, int rank, const char* who) {
  if (axis < -rank || axis >= rank)
    throw ShapeError(std::string(who) + ": axis " + std::to_string(axis) + " is out of range for rank " +
                         std::to_string(rank),
                     rank == 0 ? "a tensor of rank 0 has no axes"
                               : "use an axis from " + std::to_string(-rank) + " to " + std::to_string(rank - 1));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

}  // namespace percept
