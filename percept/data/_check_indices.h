// _check_indices.h - sample numbers out of range, which would read foreign memory.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {

// ValueError for the first that is not one of `count` samples.
inline void check_indices(const std::vector<std::int64_t>& indices, std::int64_t count) {
  for (const std::int64_t index : indices)
    if (index < 0 || index >= count)
      throw ValueError("Dataset: sample " + number(index) + " asked for, the data has " + number(count),
                       "indices are 0.." + number(count - 1));
}

}  // namespace percept
