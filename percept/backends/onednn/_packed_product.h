// _packed_product.h - the product with a matrix b that stays and lies in oneDNN's own order.
#pragma once
#include <memory>
#include <optional>

#include "percept/ops/linalg/matmul.h"

namespace percept::onednn {

// Where there is something to gain, and the bits are those of the product with b as it came. Null otherwise.
std::shared_ptr<const Prepacked> prepack_matmul(const MatmulSizes& sizes);

}  // namespace percept::onednn
