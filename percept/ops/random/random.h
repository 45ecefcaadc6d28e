// random.h - attributes of random ops and the counter that names each of their values.
#pragma once
#include <array>
#include <cstdint>

#include "percept/core/rng.h"
#include "percept/core/shape.h"
#include "percept/core/spec.h"

namespace percept {

// random_uniform, random_normal, random_truncated_normal: no inputs.
struct RandomFillAttrs {
  Shape shape;
  DType dtype = DType::f32;
  double a = 0, b = 1;  // low and high, or mean and standard deviation
  std::uint64_t seed = 0, stream = 0;
};

// dropout_mask: input the step counter (i64, rank 0); result f32 of `shape`: 0 with probability rate, else
// 1 / (1 - rate).
struct DropoutMaskAttrs {
  Shape shape;
  double rate = 0.5;
  std::uint64_t seed = 0, stream = 0;
  std::uint64_t call = 0;         // which call of this stream in the step
  std::int64_t first_sample = 0;  // global index of row 0, so that a batch may be cut anywhere
};

// Philox counter of four neighbouring elements: word e of the block serves element 4 * block + e of the sample.
// Elements of a sample are counted in memory order: channels-last for images [B, C, H, W], else row-major.
inline std::array<std::uint32_t, 4> random_counter(std::int64_t block, std::int64_t sample, std::int64_t step,
                                                   std::uint64_t call) {
  return {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(step),
          static_cast<std::uint32_t>(call)};
}

}  // namespace percept
