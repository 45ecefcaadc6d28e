// image.h - attributes and sizes of the ops that resize images and lay out their windows.
#pragma once
#include <vector>

#include "percept/ops/kernel.h"
#include "percept/ops/ops.h"

namespace percept {

// interpolate_grad: dy [B, C, H', W'] -> dx of `shape`; both stored channels-last.
struct InterpolateGradAttrs {
  InterpolateAttrs interpolate;
  Shape shape;
};
// col2im: columns [B, C kh kw, L] -> [B, C, output_size], row-major.
struct Col2imAttrs {
  WindowAttrs window;
  Size2 output_size;
};

// One entry of the result is (1 - weight) x[low] + weight x[high]; nearest: x[low], weight 0.
struct Tap {
  std::int64_t low = 0, high = 0;
  double weight = 0;
};
struct InterpolateSizes {
  std::int64_t batch = 0, channels = 0;
  Size2 input, output;
  std::vector<Tap> rows, columns;  // of the result
};
// With every refusal about shapes and settings; `with_taps` false leaves the taps out.
InterpolateSizes interpolate_sizes(const char* who, const Shape& x, const InterpolateAttrs& attrs,
                                   bool with_taps = true);

struct Im2colSizes {
  std::int64_t batch = 0, channels = 0;
  Size2 image, kernel, stride, dilation, windows;  // windows: how many
  std::int64_t top = 0, left = 0;                  // padding

  // The windows [first, end) of an axis whose tap `k` lies on the image.
  static std::pair<std::int64_t, std::int64_t> inside(std::int64_t windows, std::int64_t size, std::int64_t pad,
                                                      std::int64_t stride, std::int64_t offset) {
    const std::int64_t low = pad - offset, high = size + pad - offset;  // window w reads w * stride - low
    const std::int64_t first = low > 0 ? (low + stride - 1) / stride : 0;
    const std::int64_t end = high > 0 ? (high + stride - 1) / stride : 0;
    return {first < windows ? first : windows, end < windows ? end : windows};
  }
};
Im2colSizes im2col_sizes(const char* who, std::int64_t batch, std::int64_t channels, Size2 image,
                         const WindowAttrs& attrs);

}  // namespace percept
