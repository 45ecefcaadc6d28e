// checked.h - size arithmetic that refuses overflow, negative sizes and absurd element counts.
// Every op, parser and allocation computes sizes through these; nothing else multiplies sizes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "percept/base/error.h"

namespace percept {

inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;  // elements of one tensor
inline constexpr int kMaxRank = 32;

std::int64_t checked_add(std::int64_t a, std::int64_t b);
std::int64_t checked_mul(std::int64_t a, std::int64_t b);

// Product of sizes: each must be >= 0, the product at most kMaxElements (zero sizes give 0, whatever else is in the list).
// Throws ShapeError naming the sizes.
std::int64_t checked_numel(std::span<const std::int64_t> sizes);

// numel * bytes_per_element as size_t, refused on overflow.
std::size_t checked_bytes(std::int64_t numel, std::size_t bytes_per_element);

// Axis in -rank..rank-1 made non-negative; ShapeError names the axis, the rank and `who` otherwise.
int checked_axis(std::int64_t axis, int rank, const char* who);

}  // namespace percept
