// matmul_cut.cpp - how a matrix product is cut into pieces.
#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/linalg/matmul.h"

namespace percept {
namespace {

std::int64_t cut(std::int64_t size, std::int64_t pieces, std::int64_t multiple) {
  const std::int64_t each = (size + pieces - 1) / pieces;
  return std::clamp<std::int64_t>((each + multiple - 1) / multiple * multiple, 1, std::max<std::int64_t>(size, 1));
}

}  // namespace

MatmulCut matmul_cut(std::int64_t m, std::int64_t k, std::int64_t n) {
  // A piece is worth the trip to another thread from about 2 million operations (20 us); more than 16 pieces of a large
  // product gain nothing on few cores and read the shared operand more often.
  constexpr std::int64_t kWorthAPiece = std::int64_t{1} << 20, kMostPieces = 16;
  constexpr std::int64_t kManyRows = 256, kRowMultiple = 32, kColumnMultiple = 64;
  const std::int64_t products = checked_mul(checked_mul(m, std::max<std::int64_t>(k, 1)), n);
  const std::int64_t pieces = std::clamp<std::int64_t>(products / kWorthAPiece, 1, kMostPieces);
  // Both where all three sizes are large: 1024 cubed ran at 77 GFLOP/s a thread in blocks of 256 x 256, at 60 in 64
  // whole rows, where the matrix product walks through pages of b.
  constexpr std::int64_t kBlock = 256;
  if (m >= kManyRows && k >= kBlock && n >= 2 * kBlock)
    return {cut(m, m / kBlock, kRowMultiple), cut(n, n / kBlock, kColumnMultiple)};
  // Rows of the result lie together, so cutting them needs no copies; with few rows each piece would read all of b for
  // little work.
  if (m >= kManyRows || n <= kColumnMultiple) return {cut(m, pieces, kRowMultiple), std::max<std::int64_t>(n, 1)};
  return {std::max<std::int64_t>(m, 1), cut(n, pieces, kColumnMultiple)};
}

}  // namespace percept
