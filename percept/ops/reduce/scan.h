// scan.h - attributes of cumsum and linear_scan.
#pragma once
#include <cstdint>

#include "percept/core/arg.h"

namespace percept {

struct ScanAttrs {
  std::int64_t axis = 0;
  bool reverse = false;  // from the end to the start
};

// h_i = b_i + a_i h_(i-1) along the axis, h_(-1) = 0; reversed: h_i = b_i + a_i h_(i+1). a and b of one shape.
Tensor linear_scan(Arg a, Arg b, int axis, bool reverse = false);

}  // namespace percept
