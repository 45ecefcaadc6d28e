// _row_product.h - one row times a large matrix whose columns lie in one piece each, as a dense layer's weights do.
#pragma once
#include <optional>

#include "percept/ops/linalg/matmul.h"

namespace percept::onednn {

// At the speed of memory, with the bits that oneDNN's AVX-512 product gives the row among others. Nothing where the
// product is another one, or where this oneDNN sums in another order.
std::optional<Prepared> prepare_row_product(const MatmulSizes& sizes);

}  // namespace percept::onednn
