// _plane_tiles.h - the inner loop of convolutions with few target channels, for the instruction set chosen at run time.
#pragma once
#include "percept/ops/conv/conv2d.h"

namespace percept::cpu {

// Some rows of an image with `channels` channels, 1 to 8, channels last:
//   y[i, j, o] = bias[o] + sum over planes c and taps k, l of source[c][i + k][j + l] * weight[c][k][l][o],
// summed in that order: an element's bits depend on nothing but what it is the sum of (of finite weights).
struct PlaneTile {
  const float* source = nullptr;                // padded; may be read kMostPlaneLanes beyond the columns
  std::int64_t planes = 0, plane = 0, row = 0;  // how many, and elements from one to the next
  std::int64_t kernel_h = 0, kernel_w = 0;
  std::int64_t first_line = 0, last_line = 0;  // lines of a plane outside these are padding, and not worked on
  const float* weight = nullptr;
  const float* bias = nullptr;  // or null
  float* y = nullptr;
  std::int64_t y_row = 0;  // elements from row to row of y
  std::int64_t rows = 0, columns = 0;
};

using PlaneLoop = void (*)(const PlaneTile& tile);
PlaneLoop plane_loop(std::int64_t channels);

}  // namespace percept::cpu
