// check_mode.h - PERCEPT_KERNELS=check: every kernel's results are compared with the reference kernel's.
#pragma once
#include "percept/ops/apply.h"

namespace percept {

// Runs both kernels of a step and throws ValueError naming op, kernel and the worst element when they differ by more
// than the tolerance of the result's dtype.
void run_checked(const Step& step, const Attrs& attrs, ValueReport& report);

// What kernels of a dtype may differ from the reference by: relative with floor `atol / rtol`.
struct Tolerance {
  double rtol, atol;
};
Tolerance kernel_tolerance(DType dtype);

void run_prepared(const Prepared& prepared, const std::vector<Tensor>& inputs, const std::vector<Tensor>& results,
                  ValueReport& report);

}  // namespace percept
