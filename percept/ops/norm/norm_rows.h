// norm_rows.h - normalisation of each row of a matrix: what layer_norm and rms_norm come down to.
#pragma once
#include <vector>

#include "percept/core/tensor.h"

namespace percept {

// norm_rows: x [N, D], weight [D], bias [D] (weight alone, or neither) -> y, mean [N], rstd [N].
// norm_rows_grad: dy, x, mean, rstd, dmean, drstd, and weight where there was one -> dx, dweight, dbias.
struct NormRowsAttrs {
  double eps = 1e-5;
  bool centre = true;  // false: the mean is left at 0 (rms_norm)
};
// parts: x, then weight, then bias, as many as there are.
Tensor norm_rows(const NormRowsAttrs& attrs, std::vector<Tensor> parts);

}  // namespace percept
