// _row_product.cpp - vectors go along 16 columns, which are turned in registers; oneDNN turns them in memory first.
#include "percept/backends/onednn/_row_product.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "percept/backends/onednn/_slots.h"
#include "percept/backends/onednn/door.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define PERCEPT_AVX512 __attribute__((target("avx512f")))
#define PERCEPT_INLINE PERCEPT_AVX512 __attribute__((always_inline)) inline

namespace percept::onednn {
namespace {

constexpr std::int64_t kLanes = 16;
// The AVX-512 product of oneDNN 2.6.3 sums so many terms in order, and then adds such sums, in order; up to so many it
// sums 512 in order, which would be other bits (found by experiment; `sums_alike` asks again).
constexpr std::int64_t kBlock = 1024;

using Vector = float __attribute__((vector_size(64)));

// Of two vectors in turn: the first (last) two of each four elements, one by one or as a pair; every other four.
PERCEPT_INLINE Vector first_ones(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
}
PERCEPT_INLINE Vector last_ones(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}
PERCEPT_INLINE Vector first_pairs(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
}
PERCEPT_INLINE Vector last_pairs(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
PERCEPT_INLINE Vector even_fours(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}
PERCEPT_INLINE Vector odd_fours(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

// Rows become columns: within blocks of 4 x 4, then the blocks.
PERCEPT_INLINE void turn(Vector* rows) {
  Vector t[kLanes];
#pragma GCC unroll 4
  for (int i = 0; i < kLanes; i += 4) {
    const Vector first01 = first_ones(rows[i], rows[i + 1]), first23 = first_ones(rows[i + 2], rows[i + 3]);
    const Vector last01 = last_ones(rows[i], rows[i + 1]), last23 = last_ones(rows[i + 2], rows[i + 3]);
    t[i] = first_pairs(first01, first23), t[i + 1] = last_pairs(first01, first23);
    t[i + 2] = first_pairs(last01, last23), t[i + 3] = last_pairs(last01, last23);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const Vector low_even = even_fours(t[i], t[i + 4]), high_even = even_fours(t[i + 8], t[i + 12]);
    const Vector low_odd = odd_fours(t[i], t[i + 4]), high_odd = odd_fours(t[i + 8], t[i + 12]);
    rows[i] = even_fours(low_even, high_even), rows[i + 8] = odd_fours(low_even, high_even);
    rows[i + 4] = even_fours(low_odd, high_odd), rows[i + 12] = odd_fours(low_odd, high_odd);
  }
}

PERCEPT_INLINE Vector multiply_add(float a, Vector b, Vector sum) {
  return (Vector)_mm512_fmadd_ps(_mm512_set1_ps(a), (__m512)b, (__m512)sum);
}

// y[j] = a b of 16 columns, `step` apart.
PERCEPT_AVX512 void sixteen_columns(const float* a, const float* b, std::int64_t step, std::int64_t depth, float* y) {
  constexpr std::int64_t kAhead = 512;  // floats of a column, fetched meanwhile
  Vector total{};
  for (std::int64_t block = 0; block < depth; block += kBlock) {
    const std::int64_t end = std::min(block + kBlock, depth);
    Vector sum{};
    std::int64_t i = block;
    for (; i + kLanes <= end; i += kLanes) {
      Vector columns[kLanes];
#pragma GCC unroll 16
      for (std::int64_t j = 0; j < kLanes; ++j) {
        columns[j] = (Vector)_mm512_loadu_ps(b + j * step + i);
        __builtin_prefetch(b + j * step + i + kAhead);
      }
      turn(columns);
#pragma GCC unroll 16
      for (std::int64_t k = 0; k < kLanes; ++k) sum = multiply_add(a[i + k], columns[k], sum);
    }
    for (; i < end; ++i) {
      float row[kLanes];
      for (std::int64_t j = 0; j < kLanes; ++j) row[j] = b[j * step + i];
      sum = multiply_add(a[i], (Vector)_mm512_loadu_ps(row), sum);
    }
    total = block == 0 ? sum : total + sum;
  }
  _mm512_storeu_ps(y, (__m512)total);
}

// Whether a row among two of oneDNN's has the bits of ours.
bool sums_alike() try {
  constexpr std::int64_t kDepth = 2 * kBlock + 35, kColumns = 4 * kLanes;
  std::vector<float> a(2 * kDepth), b(kDepth * kColumns), wanted(2 * kColumns), y(kColumns);
  std::uint32_t state = 1;
  const auto random = [&] { return static_cast<float>(state = state * 1664525u + 1013904223u) * 0x1p-32f - 0.5f; };
  std::ranges::generate(a, random);
  std::ranges::generate(b, random);
  const OneThread one;
  const auto rows = f32({2, kDepth}, {kDepth, 1}), columns = f32({kDepth, kColumns}, {1, kDepth});
  const auto results = f32({2, kColumns}, {kColumns, 1});
  const auto desc = matmul_desc(rows, columns, results);
  if (!std::string_view(desc.impl_info_str()).starts_with("brg:avx512")) return false;
  const Runner runner(dnnl::matmul(desc), {{DNNL_ARG_SRC, rows}, {DNNL_ARG_WEIGHTS, columns}, {DNNL_ARG_DST, results}},
                      desc.scratchpad_desc(), 1);
  std::vector<std::byte> scratch(runner.scratch_bytes() + 64);
  const std::size_t misplaced = reinterpret_cast<std::uintptr_t>(scratch.data()) % 64;
  runner.run(0, a.data(), b.data(), wanted.data(), scratch.data() + (64 - misplaced) % 64);
  for (std::int64_t j = 0; j < kColumns; j += kLanes)
    sixteen_columns(a.data() + kDepth, b.data() + j * kDepth, kDepth, kDepth, y.data() + j);
  return std::equal(y.begin(), y.end(), wanted.begin() + kColumns);
} catch (const dnnl::error&) {
  return false;
}

}  // namespace

std::optional<Prepared> prepare_row_product(const MatmulSizes& s) {
  const bool in_columns = s.b[0] == 1 && s.a[1] == 1;
  const bool in_blocks = s.k > kBlock;  // fewer are summed otherwise
  if (s.m != 1 || s.matrices != 1 || !in_blocks || s.n < kLanes || !in_columns) return {};
  static const bool alike = sums_alike();
  if (!alike) return {};
  // Piece i: 16 columns; the last one writes those that are left of them.
  const auto first = [n = s.n](std::int64_t i) { return std::min(i * kLanes, n - kLanes); };
  Prepared prepared;
  prepared.stages = {
      {(s.n + kLanes - 1) / kLanes,
       [s, first](std::int64_t i, const Buffers& b) {
         const auto [at_a, at_b] = s.place(0);
         float y[kLanes];
         sixteen_columns(b.in<float>(0) + at_a, b.in<float>(1) + at_b + first(i) * s.b[1], s.b[1], s.k, y);
         std::copy(y + (i * kLanes - first(i)), y + kLanes, b.out<float>(0) + i * kLanes);
       },
       [s](std::int64_t i) { return Region{{0, i * kLanes}, {1, std::min(kLanes, s.n - i * kLanes)}}; }}};
  return prepared;
}

}  // namespace percept::onednn

#else

namespace percept::onednn {
std::optional<Prepared> prepare_row_product(const MatmulSizes&) { return {}; }
}  // namespace percept::onednn

#endif
