// matmul.h - attributes of matmul: inputs a [M, K] and b [K, N] in any strides, result [M, N] row-major.
#pragma once
#include <string_view>

#include "percept/ops/kernel.h"

namespace percept {

struct MatmulAttrs {};

// How the product is cut, a function of shapes alone: pieces of whole rows, or of columns where rows are few.
// Cut by output: the inner dimension stays whole, so that bits depend neither on threads nor on the batch.
struct MatmulCut {
  std::int64_t rows = 1, columns = 1;  // of one piece
};
MatmulCut matmul_cut(std::int64_t m, std::int64_t k, std::int64_t n);

}  // namespace percept
