// axis_windows.h - what each place along one axis of a resized picture is made of: source pixels and their weights.
#pragma once
#include <cstdint>
#include <vector>

namespace percept {

inline constexpr int kWindowBits = 22;  // of a weight, behind the point: sums of bytes times weights then fit 32 bits

// Place i of the new axis is the sum of weights[i * taps + k] times the pixel first[i] + k, for k in 0..taps-1. All
// places have the same number of taps, weights of 0 among them; none reaches beyond the axis.
struct AxisWindows {
  std::int64_t taps = 0;
  std::vector<std::int32_t> first, weights;
  std::int64_t places() const { return static_cast<std::int64_t>(first.size()); }
  bool is_identity(std::int64_t pixels) const;
};

// A filter about 0, and half its width.
struct AxisFilter {
  double support;
  double (*weight)(double place);
};
extern const AxisFilter kTriangle;  // bilinear
extern const AxisFilter kCubic;     // Keys 1981, a = -0.5

// The centre of place i is at scale (i + 0.5) + offset on an axis of `pixels` pixels, each as long as 1. antialias:
// where |scale| > 1 the filter is as much wider. The weights are Pillow's: what would lie beyond the axis does not
// count, and the rest adds up to 1; where nothing is left, it is the pixel at the edge.
AxisWindows axis_windows(std::int64_t places, std::int64_t pixels, double scale, double offset,
                         const AxisFilter& filter, bool antialias);
// The pixel under each place's centre. scale > 0.
AxisWindows nearest_windows(std::int64_t places, std::int64_t pixels, double scale);

}  // namespace percept
