// _copy.h - moving a strided matrix into rows without gaps, which is the only order oneDNN's fast product takes.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

namespace percept::onednn {

using Four = float __attribute__((vector_size(16)));

inline Four load_four(const float* from) {
  Four four;
  std::memcpy(&four, from, sizeof four);
  return four;
}
inline void store_four(float* to, Four four) { std::memcpy(to, &four, sizeof four); }

// A 4 x 4 block turned: to[i * to_stride + j] = from[j * from_stride + i].
inline void turn_block(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
  const Four a = load_four(from), b = load_four(from + from_stride);
  const Four c = load_four(from + 2 * from_stride), d = load_four(from + 3 * from_stride);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store_four(to, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  store_four(to + to_stride, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  store_four(to + 2 * to_stride, __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5));
  store_four(to + 3 * to_stride, __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7));
}

// to[i * columns + j] = from[i * row_stride + j * column_stride]
inline void copy_rows(const float* from, std::int64_t row_stride, std::int64_t column_stride, std::int64_t rows,
                      std::int64_t columns, float* to) {
  if (column_stride == 1) {
    for (std::int64_t i = 0; i < rows; ++i)
      std::memcpy(to + i * columns, from + i * row_stride, static_cast<std::size_t>(columns) * sizeof(float));
    return;
  }
  const std::int64_t whole_rows = row_stride == 1 ? rows / 4 * 4 : 0;  // those that go in blocks of 4 x 4
  const std::int64_t whole_columns = columns / 4 * 4;
  constexpr std::int64_t kBand = 64;  // rows at a time, so that lines written once stay in the cache
  for (std::int64_t i0 = 0; i0 < whole_rows; i0 += kBand)
    for (std::int64_t j = 0; j < whole_columns; j += 4)
      for (std::int64_t i = i0; i < std::min(i0 + kBand, whole_rows); i += 4)
        turn_block(from + i + j * column_stride, column_stride, to + i * columns + j, columns);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = i < whole_rows ? whole_columns : 0; j < columns; ++j)
      to[i * columns + j] = from[i * row_stride + j * column_stride];
}

}  // namespace percept::onednn
