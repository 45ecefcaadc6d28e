// _pool_windows.h - windows of pooled images stored channels-last, and how pooling is cut into pieces.
#pragma once
#include <algorithm>
#include <cstdint>

#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"
#include "percept/ops/pool/adaptive.h"

namespace percept::cpu {

// The part of a window that lies on the image.
struct Window {
  std::int64_t first_row, end_row, first_column, end_column;
  Window(const PoolSizes& s, std::int64_t i, std::int64_t j)
      : first_row(first(i, s.input.h, s.output.h, s.stride.h, s.pads.top, s.adaptive)),
        end_row(end(i, s.input.h, s.output.h, s.stride.h, s.pads.top, s.kernel.h, s.adaptive)),
        first_column(first(j, s.input.w, s.output.w, s.stride.w, s.pads.left, s.adaptive)),
        end_column(end(j, s.input.w, s.output.w, s.stride.w, s.pads.left, s.kernel.w, s.adaptive)) {}
  static std::int64_t first(std::int64_t i, std::int64_t size, std::int64_t count, std::int64_t stride,
                            std::int64_t pad, bool adaptive) {
    return adaptive ? adaptive_first(i, size, count) : std::max<std::int64_t>(i * stride - pad, 0);
  }
  static std::int64_t end(std::int64_t i, std::int64_t size, std::int64_t count, std::int64_t stride, std::int64_t pad,
                          std::int64_t kernel, bool adaptive) {
    return adaptive ? adaptive_end(i, size, count) : std::min(i * stride - pad + kernel, size);
  }
  // By how many pixels an average is divided.
  float count(const PoolSizes& s) const {
    return static_cast<float>(s.count_include_pad ? s.kernel.h * s.kernel.w
                                                  : (end_row - first_row) * (end_column - first_column));
  }
};

// Pieces of forward pooling: bands of rows of one image.
struct Bands {
  std::int64_t rows, per_image;
  explicit Bands(const PoolSizes& s)
      : rows(std::max<std::int64_t>(8192 / (s.output.w * s.channels), 1)), per_image((s.output.h + rows - 1) / rows) {}
};

// Loops for the instruction set chosen at run time.

// A band of rows of one image: y from x.
using AvgPool = void (*)(const PoolSizes& s, const float* x, float* y, std::int64_t first, std::int64_t end);
// One image: dx from dy.
using AvgPoolGrad = void (*)(const PoolSizes& s, const float* dy, float* dx);
inline constexpr std::int64_t kMostOfAPoolRow = 2048;  // floats of a row where channels are few
struct AvgPoolLoops {
  AvgPool forward;
  AvgPoolGrad grad;
  AvgPool forward_rows;  // for channels fewer than lanes
  AvgPoolGrad grad_rows;
  std::int64_t lanes;
};

// A band of rows of one image: y and indices from x. Null: no indices.
using MaxPool = void (*)(const PoolSizes& s, const float* x, float* y, std::int32_t* indices, std::int64_t first,
                         std::int64_t end);
// One image: dx from dy and indices.
using MaxPoolGrad = void (*)(const PoolSizes& s, std::int64_t image, const float* dy, const std::int32_t* indices,
                             float* dx, ValueReport* report);
struct MaxPoolLoops {
  MaxPool forward;
  MaxPoolGrad grad;
};
// A gradient whose index is not in its window: added where it says, or reported.
void add_elsewhere(const PoolSizes& s, std::int64_t image, std::int64_t pixel, std::int64_t channel, float dy,
                   std::int32_t index, float* dx, ValueReport* report);

inline bool are_images(Specs specs, DType dtype = DType::f32) {
  return std::all_of(specs.begin(), specs.end(),
                     [&](const Spec& s) { return s.dtype == dtype && s.is_channels_last(); });
}

// What a piece of a gradient completes.
inline Region whole_image(const PoolSizes& s, std::int64_t image) {
  return {{image, 0, 0, 0}, {1, s.channels, s.input.h, s.input.w}};
}

inline std::int64_t input_size(const PoolSizes& s) { return s.input.h * s.input.w * s.channels; }
inline std::int64_t output_size(const PoolSizes& s) { return s.output.h * s.output.w * s.channels; }

}  // namespace percept::cpu
