// _taps.h - the products that a convolution and its two gradients are sums of, for their reference kernels.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/base/checked.h"
#include "percept/ops/conv/conv2d.h"

namespace percept::conv_taps {

// One product of the sum: output (b, o, row, column) takes weight (o, c, kernel_row, kernel_column) times input
// (b, channel, in_row, in_column), where channel is c within the group of o.
struct Tap {
  std::int64_t b, o, row, column, c, kernel_row, kernel_column, channel, in_row, in_column;
};

// Calls f with every product, outputs in row-major order. Zeros around the image are left out.
template <class F>
void for_each_tap(const ConvSizes& s, F&& f) {
  const std::int64_t in_group = s.in_channels / s.groups, out_group = s.out_channels / s.groups;
  Tap t{};
  for (t.b = 0; t.b < s.batch; ++t.b)
    for (t.o = 0; t.o < s.out_channels; ++t.o)
      for (t.row = 0; t.row < s.output.h; ++t.row)
        for (t.column = 0; t.column < s.output.w; ++t.column)
          for (t.c = 0; t.c < in_group; ++t.c)
            for (t.kernel_row = 0; t.kernel_row < s.kernel.h; ++t.kernel_row)
              for (t.kernel_column = 0; t.kernel_column < s.kernel.w; ++t.kernel_column) {
                t.channel = t.o / out_group * in_group + t.c;
                t.in_row = t.row * s.stride.h - s.pads.top + t.kernel_row * s.dilation.h;
                t.in_column = t.column * s.stride.w - s.pads.left + t.kernel_column * s.dilation.w;
                if (t.in_row >= 0 && t.in_row < s.input.h && t.in_column >= 0 && t.in_column < s.input.w) f(t);
              }
}

// Sums of a whole result in double, rounded once at the end.
class Sums {
 public:
  explicit Sums(const Shape& shape)
      : strides_(contiguous_strides(shape)), sums_(static_cast<std::size_t>(checked_numel(shape))) {}
  double& operator()(std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) {
    return sums_[static_cast<std::size_t>(i * strides_[0] + j * strides_[1] + k * strides_[2] + l)];
  }
  template <class T>
  void store(View<T> out) const {
    for (std::size_t i = 0; i < sums_.size(); ++i) out.flat(static_cast<std::int64_t>(i)) = rounded_to<T>(sums_[i]);
  }

 private:
  Strides strides_;
  std::vector<double> sums_;
};

}  // namespace percept::conv_taps
