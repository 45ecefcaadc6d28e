// wolfe.h - a line search to the strong Wolfe conditions, for LBFGS.
#pragma once
#include <cstdint>

#include "percept/base/function_ref.h"
#include "percept/core/tensor.h"

namespace percept {

// The loss and its gradient at a point of the line.
struct LinePoint {
  double length = 0, loss = 0;
  Tensor gradient;
  double slope = 0;  // gradient * direction
};
struct WolfeResult {
  LinePoint point;
  std::int64_t evaluations = 0;
};
// From `start` (length 0), first trying `length`; `direction_size` is the largest |direction|. At most `max_steps`
// further evaluations. In the order of PyTorch's _strong_wolfe.
WolfeResult strong_wolfe(FunctionRef<LinePoint(double length)> evaluate, const LinePoint& start, double length,
                         double direction_size, double tolerance_change, std::int64_t max_steps);

}  // namespace percept
