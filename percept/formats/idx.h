// idx.h - IDX files (MNIST and its relatives): one array of big-endian numbers, plain or gzipped.
//
//   00 00 TT RR          TT type: 08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64; RR rank, 1 to 8
//   RR sizes             u32, big-endian
//   values               big-endian, last index fastest, and nothing after them
//
// Everything malformed is refused with an IoError that names the file; memory is taken only for values that can be
// there.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "percept/base/path.h"
#include "percept/core/tensor.h"

namespace percept {

inline constexpr int kMaxIdxRank = 8;

// The array, row-major, in its own dtype; i16 becomes i32. Gzip is told by its first bytes (1f 8b), not by the name.
Tensor read_idx(const Path& path);

// The same from memory; `name` stands for the file in messages.
Tensor parse_idx(std::span<const std::byte> bytes, std::string_view name);
Tensor parse_idx_or_gz(std::span<const std::byte> bytes, std::string_view name);

}  // namespace percept
