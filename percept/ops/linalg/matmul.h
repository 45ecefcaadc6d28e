// matmul.h - sizes of a matrix product in any strides, and how it is cut; the result is always row-major.
#pragma once
#include <string_view>
#include <utility>

#include "percept/core/precision.h"
#include "percept/core/spec.h"
#include "percept/ops/kernel.h"

namespace percept {

struct MatmulAttrs {
  ProductPrecision precision = ProductPrecision::f32;  // resolved: the scope is not asked again
};

// How the product is cut, a function of shapes alone: pieces of whole rows, or of columns where rows are few.
// Cut by output: the inner dimension stays whole, so that bits depend neither on threads nor on the batch.
struct MatmulCut {
  std::int64_t rows = 1, columns = 1;  // of one piece
};
MatmulCut matmul_cut(std::int64_t m, std::int64_t k, std::int64_t n);

// What every kernel needs to know of operands that infer has taken: `matrices` products of [m, k] and [k, n], the
// results one after the other. A vector is a matrix of one row (a) or one column (b); where one b serves rows of a that
// step alike through all leading axes, those rows are one matrix.
struct MatmulSizes {
  std::int64_t m = 1, k = 0, n = 1, matrices = 1;
  Strides a, b;                             // of one matrix: rows, columns
  Shape batch;                              // leading axes, broadcast
  Strides a_batch, b_batch;                 // steps along them, 0 where repeated
  bool a_shared = false, b_shared = false;  // one matrix for all

  // Offsets of matrix i in a and b, in elements.
  std::pair<std::int64_t, std::int64_t> place(std::int64_t i) const;
};
MatmulSizes matmul_sizes(const Spec& a, const Spec& b);

// As many matrices as are worth a piece of their own.
std::int64_t matrices_per_piece(const MatmulSizes& sizes);

}  // namespace percept
