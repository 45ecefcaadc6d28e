// batch_norm_rows.h - batch normalisation of a matrix, one channel per column: what batch_norm comes down to.
#pragma once
#include <vector>

#include "percept/core/tensor.h"

namespace percept {

// batch_norm_rows: x [N, C], weight [C], bias [C] -> y, mean, var.
// batch_norm_rows_grad: dy, x, weight, mean, var, dmean, dvar -> dx, dweight, dbias.
struct BatchNormRowsAttrs {
  double eps = 1e-5;
};
std::vector<Tensor> batch_norm_rows(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps);

}  // namespace percept
