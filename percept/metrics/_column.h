// _column.h - one number for each sample, [B] or [B, 1].
#pragma once
#include "percept/core/tensor.h"

namespace percept {

inline bool is_column(const Tensor& tensor) {
  return tensor.rank() == 1 || (tensor.rank() == 2 && tensor.size(1) == 1);
}

}  // namespace percept
