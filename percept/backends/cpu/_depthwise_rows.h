// _depthwise_rows.h - the loops of convolutions in as many groups as channels: vectors over channels, which lie
// together.
#pragma once
#include <cstdint>

namespace percept::cpu {

// One row of the target, from one image. Weights as [kh][kw][C].
struct DepthwiseRow {
  std::int64_t channels, taps_w;         // taps_w: kw
  std::int64_t rows = 0;                 // taps with a row of the source, at most kMostTapRows
  const float* const* source = nullptr;  // [rows]: that row
  const float* const* weight = nullptr;  // [rows]: the taps' [kw][C]
  const float* bias = nullptr;           // or null
  float* target = nullptr;
  std::int64_t columns = 0;               // of the target
  const std::int32_t* places = nullptr;   // [columns][kw]: which column of the source, or -1
  std::int64_t inner = 0, inner_end = 0;  // columns all of whose taps read, `step` apart from column to column
  std::int64_t step = 1;
};
inline constexpr std::int64_t kMostTapRows = 64;

// One tap of the weight gradient over one row: sums[C] += dy[j][C] * x[places...][C].
struct DepthwiseTap {
  std::int64_t channels, first = 0, last = 0;  // of a row: all its channels, and those worked on
  const float *dy = nullptr, *x = nullptr;     // the first pixels
  std::int64_t pixels = 0, x_step = 1;         // x_step: in pixels
  float* sums = nullptr;                       // of channel 0
};

struct DepthwiseLoops {
  void (*row)(const DepthwiseRow& row);
  void (*tap)(const DepthwiseTap& tap);
};
DepthwiseLoops depthwise_loops();  // of this processor

}  // namespace percept::cpu
