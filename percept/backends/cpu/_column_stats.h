// _column_stats.h - loops over the columns of f32 matrices for batch normalisation, for the instruction set chosen at
// run time. Matrices are row-major [rows, width], whatever belongs to columns is [width].
#pragma once
#include <cstdint>

namespace percept::cpu {

struct ColumnLoops {
  // mean[c] + away[c] is the mean of a few hundred rows (mean alone has the rounding of a sum of large numbers), and
  // squares[c] the sum of squared differences from it.
  void (*statistics)(const float* x, std::int64_t rows, std::int64_t width, float* mean, float* away, float* squares);
  // sums[c] of dy[r, c], and products[c] of dy[r, c] * (x[r, c] - mean[c]).
  void (*gradient_sums)(const float* dy, const float* x, const float* mean, std::int64_t rows, std::int64_t width,
                        float* sums, float* products);
  // y = (x - mean) * scale + shift
  void (*scale)(const float* x, const float* mean, const float* scale, const float* shift, float* y, std::int64_t rows,
                std::int64_t width);
  // dx = dy * a + ((x - mean) * b + c)
  void (*gradient)(const float* dy, const float* x, const float* mean, const float* a, const float* b, const float* c,
                   float* dx, std::int64_t rows, std::int64_t width);
};
ColumnLoops column_loops();

}  // namespace percept::cpu
