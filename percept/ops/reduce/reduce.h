// reduce.h - attributes of the reductions sum, max and min.
#pragma once
#include "percept/core/shape.h"

namespace percept {

struct ReduceAttrs {
  Dims axes = {};  // non-negative, ascending; never empty unless the input has rank 0
  bool keepdims = false;
};

}  // namespace percept
