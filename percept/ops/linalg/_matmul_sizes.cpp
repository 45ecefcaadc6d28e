// _matmul_sizes.cpp - operands of a matrix product as kernels see them.
#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/linalg/matmul.h"

namespace percept {
namespace {

// Leading axes of a that b repeats through become rows, where they step as rows do: [B, M, K] x [K, N] is one product.
void merge_rows(MatmulSizes& s) {
  if (s.batch.empty() || !s.b_shared) return;
  std::int64_t rows = s.m, step = s.m > 1 ? s.a[0] : 0;  // 0: not known yet
  for (std::size_t i = s.batch.size(); i-- > 0;) {
    if (s.batch[i] == 1) continue;
    if (step == 0) {
      if (s.a_batch[i] <= 0) return;
      step = s.a_batch[i];
    } else if (s.a_batch[i] != step * rows) {
      return;
    }
    rows = checked_mul(rows, s.batch[i]);
  }
  s.m = rows;
  if (step != 0) s.a[0] = step;
  s.matrices = 1;
  s.batch = s.a_batch = s.b_batch = {};
}

bool all_zero(const Strides& strides) {
  return std::all_of(strides.begin(), strides.end(), [](std::int64_t s) { return s == 0; });
}

}  // namespace

MatmulSizes matmul_sizes(const Spec& a, const Spec& b) {
  MatmulSizes s;
  Spec left = a, right = b;  // their leading axes
  s.k = a.shape.back();
  s.a = {1, a.strides.back()};
  left.shape.erase(left.shape.size() - 1);
  left.strides.erase(left.strides.size() - 1);
  if (a.rank() > 1) {
    s.m = left.shape.back();
    s.a[0] = left.strides.back();
    left.shape.erase(left.shape.size() - 1);
    left.strides.erase(left.strides.size() - 1);
  }
  s.b = {b.strides.back(), 1};
  if (b.rank() > 1) {
    s.n = b.shape.back();
    s.b = {b.strides[b.strides.size() - 2], b.strides.back()};
    right.shape.erase(right.shape.size() - 1);
    right.strides.erase(right.strides.size() - 1);
  }
  right.shape.erase(right.shape.size() - 1);
  right.strides.erase(right.strides.size() - 1);
  s.batch = broadcast(left.shape, right.shape, "matmul");
  s.a_batch = broadcast_strides(left.shape, left.strides, s.batch);
  s.b_batch = broadcast_strides(right.shape, right.strides, s.batch);
  s.matrices = checked_numel(s.batch);
  s.a_shared = all_zero(s.a_batch), s.b_shared = all_zero(s.b_batch);
  merge_rows(s);
  return s;
}

std::pair<std::int64_t, std::int64_t> MatmulSizes::place(std::int64_t i) const {
  std::int64_t at_a = 0, at_b = 0;
  for (std::size_t axis = batch.size(); axis-- > 0; i /= batch[axis]) {
    at_a += i % batch[axis] * a_batch[axis];
    at_b += i % batch[axis] * b_batch[axis];
  }
  return {at_a, at_b};
}

std::int64_t matrices_per_piece(const MatmulSizes& s) {
  constexpr std::int64_t kWorthAPiece = std::int64_t{1} << 18;
  const std::int64_t products = std::max<std::int64_t>(checked_mul(checked_mul(s.m, s.n), s.k), 1);
  return std::clamp<std::int64_t>(kWorthAPiece / products, 1, std::max<std::int64_t>(s.matrices, 1));
}

}  // namespace percept
