// conv_sizes.cpp - checks and sizes of a convolution, its algorithm and the cut of its weight gradient.
#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/conv/conv2d.h"
#include "percept/ops/window_sizes.h"

namespace percept {

ConvSizes conv_sizes(const Shape& x, const Shape& weight, const Conv2dAttrs& attrs) {
  check_image("conv2d", "x", x);
  if (weight.rank() != 4)
    throw ShapeError("conv2d: weight is " + str(weight) + ", of rank " + std::to_string(weight.rank()),
                     "weights are [out channels, in channels / groups, kernel height, kernel width]");
  const std::int64_t groups = attrs.groups;
  if (groups < 1)
    throw ValueError("conv2d: groups is " + std::to_string(groups), "use 1, or a number that divides the channels");
  if (weight[0] < 1)
    throw ShapeError("conv2d: weight is " + str(weight) + ", without out channels", "use at least one");
  if (weight[0] % groups != 0)
    throw ShapeError("conv2d: " + std::to_string(groups) + " groups do not divide the " + std::to_string(weight[0]) +
                         " out channels of weight " + str(weight),
                     "out channels must be a multiple of groups");
  if (x[1] % groups != 0 || x[1] / groups != weight[1])
    throw ShapeError("conv2d: channels do not fit: x is " + str(x) + ", weight is " + str(weight) + ", groups is " +
                         std::to_string(groups),
                     "x's second size must be groups times weight's second: " + std::to_string(x[1]) + " and " +
                         std::to_string(groups) + " * " + std::to_string(weight[1]));
  ConvSizes sizes;
  sizes.batch = x[0];
  sizes.in_channels = x[1];
  sizes.out_channels = weight[0];
  sizes.groups = groups;
  sizes.input = {x[2], x[3]};
  sizes.kernel = {weight[2], weight[3]};
  sizes.stride = attrs.stride;
  sizes.dilation = attrs.dilation;
  const WindowSizes windows =
      window_sizes("conv2d", sizes.input, sizes.kernel, sizes.stride, sizes.dilation, attrs.padding);
  sizes.output = windows.output;
  sizes.pads = windows.pads;
  return sizes;
}

PlaneSizes::PlaneSizes(const ConvSizes& s, bool backwards)
    : from(backwards ? s.output : s.input),
      to(backwards ? s.input : s.output),
      kernel(s.kernel),
      source_channels(backwards ? s.out_channels : s.in_channels),
      target_channels(backwards ? s.in_channels : s.out_channels),
      top(backwards ? s.kernel.h - 1 - s.pads.top : s.pads.top),
      left(backwards ? s.kernel.w - 1 - s.pads.left : s.pads.left) {}

// Whole vectors are read.
std::int64_t PlaneSizes::row() const {
  const std::int64_t whole = (to.w + kMostPlaneLanes - 1) / kMostPlaneLanes * kMostPlaneLanes;
  return std::max(whole + kernel.w - 1, left + from.w);
}
std::int64_t PlaneSizes::most_rows() const { return kPlaneFloats / (source_channels * row()); }

bool is_plain(const ConvSizes& s) {
  return s.groups == 1 && s.stride.h == 1 && s.stride.w == 1 && s.dilation.h == 1 && s.dilation.w == 1;
}

bool takes_winograd(const ConvSizes& s) {
  const bool square = s.kernel.h == s.kernel.w && (s.kernel.h == 3 || s.kernel.h == 5);
  return square && is_plain(s);
}

bool takes_pairs(const ConvSizes& s, ConvPass pass) {
  if (!is_plain(s)) return false;
  if (pass == ConvPass::weight_grad) return s.in_channels % 16 == 0 && s.out_channels % 16 == 0 && s.output.w % 2 == 0;
  const PlaneSizes planes(s, pass == ConvPass::input_grad);
  return planes.top >= 0 && planes.left >= 0 && planes.source_channels % 2 == 0;
}

bool is_depthwise(const ConvSizes& s) {
  constexpr std::int64_t kMostTaps = 64, kMostPlaces = std::int64_t{1} << 20;
  return s.groups > 1 && s.groups == s.in_channels && s.groups == s.out_channels && s.kernel.h <= kMostTaps &&
         s.kernel.w <= kMostTaps && std::max({s.input.h, s.input.w, s.output.h, s.output.w}) <= kMostPlaces;
}

namespace {

// Planes and shifts go along pixels, where vectors of channels would be mostly empty (AVX-512).
bool goes_along_pixels(const ConvSizes& s, ConvPass pass) {
  constexpr std::int64_t kLeastTaps = 9, kMostColumns = 4096;
  if (pass == ConvPass::weight_grad || !is_plain(s) || s.kernel.h * s.kernel.w < kLeastTaps ||
      s.kernel.w > kMostColumns)
    return false;
  const PlaneSizes planes(s, pass == ConvPass::input_grad);
  return planes.to.w <= kMostColumns && planes.from.w <= kMostColumns && planes.top >= 0 && planes.left >= 0;
}

// Each pixel of the source is multiplied by all taps of the few channels of the target: from enough channels, since
// these products are added one by one. Times faster than direct, `benchmark_convolutions 1 0.03` of gradients by the
// input on 28x28 images: 16, 32, 64 channels to 1 with 3x3 taps 2.9 3.7 4.3, with 5x5 4.5 6.2 7.2; to 3 channels 1.5
// 2.1 2.5 and 1.3 2.1 2.5; to 6 channels 0.6 1.0 1.3 and 0.7 1.1 1.2.
bool by_shifts(const ConvSizes& s, ConvPass pass) {
  constexpr std::int64_t kMostTargets = 4, kLeastSources = 16, kMostProducts = 64;  // of a pixel and a row of taps
  if (!goes_along_pixels(s, pass)) return false;
  const PlaneSizes planes(s, pass == ConvPass::input_grad);
  return planes.target_channels <= kMostTargets && planes.source_channels >= kLeastSources &&
         s.kernel.w <= kMostProducts / std::max<std::int64_t>(planes.target_channels, 1);
}

// The sums of 16 pixels of all channels fit the registers. Padding left and right is worked on like pixels: not where
// the target is much wider than its source.
bool by_planes(const ConvSizes& s, ConvPass pass) {
  constexpr std::int64_t kMostTargets = 8, kMostSources = 16;
  if (!goes_along_pixels(s, pass)) return false;
  const PlaneSizes planes(s, pass == ConvPass::input_grad);
  return planes.target_channels >= 1 && planes.target_channels <= kMostTargets && planes.source_channels >= 1 &&
         planes.source_channels <= kMostSources && 2 * planes.to.w <= 3 * planes.from.w &&
         planes.most_rows() >= 2 * s.kernel.h;
}

// Where Winograd's convolution is faster than the direct one: from `benchmark_convolutions 1 0.06 grid` on an AMD EPYC
// (Zen 5, AVX-512), times faster there, forward / gradient by the input / by the weight. Few channels leave the vectors
// of the transforms and products half full; many weights (36 numbers per pair of channels) must meet many tiles, of
// which the images, not the batch, can tell. 512 channels on 4x4 are of 7 images: one takes as long either way, 16 take
// less than a third, but the gradient by the weight takes 4.5 and 1.2 times as long, that of 64 images 0.6.
//   channels     3x3: 4x4 images      14x14                28x28                5x5: 14x14           28x28
//   16 to 16     2.30 1.43 0.96       0.96 0.83 0.49       1.15 0.85 0.64       0.90 0.70 0.54       0.90 0.77 0.64
//   16 to 32     2.30 1.84 1.56       1.27 0.91 0.80       1.60 1.23 1.18       1.29 0.91 0.88       1.35 0.95 1.07
//   32 to 32     2.39 2.01 1.60       1.83 1.62 0.99       2.34 2.18 1.41       1.51 1.60 0.99       1.58 1.67 1.15
//   64 to 64     2.08 1.95 1.29       2.12 2.10 1.21       2.50 2.77 1.76       1.70 1.79 1.13       1.88 1.93 1.30
//   64 to 128    2.36 2.12 1.54       2.03 2.05 1.72       2.57 2.75 1.56       1.77 1.81 1.47       1.79 2.05 1.17
//   128 to 128   1.82 1.98 1.77       1.95 2.02 1.60       2.52 2.59 1.93       1.62 1.65 1.16       -    1.87 1.23
//   256 to 256   2.06 1.53 2.05       1.66 1.66 1.41       2.17 2.22 1.46       1.88 1.52 1.03       1.98 1.64 1.23
//   512 to 512   1.95 1.08 0.68       1.67 1.20 0.95       2.93 3.93 1.50       2.33 1.62 0.93       2.16 1.89 1.08
bool by_winograd(const ConvSizes& s, ConvPass pass) {
  struct Row {
    std::int64_t kernel, pixels, most_pairs;  // images of at least so many pixels, pairs of channels up to so many
    bool weight_grad = true;                  // that too
  };
  constexpr Row kTable[] = {{3, 4 * 4, 256 * 256},   {3, 4 * 4, 512 * 512, false},   {3, 7 * 7, 512 * 512},
                            {5, 14 * 14, 128 * 128}, {5, 14 * 14, 512 * 512, false}, {5, 28 * 28, 512 * 512}};
  constexpr std::int64_t kLeastSide = 3;  // less of a tile of 4 x 4 is not worth its 36 products
  if (!takes_winograd(s) || s.output.h < kLeastSide || s.output.w < kLeastSide) return false;
  const auto [least, most] = std::minmax(s.in_channels, s.out_channels);
  const bool large = s.output.w >= (28 * 28 + s.output.h - 1) / s.output.h;
  // 16 channels are enough on one side, forward or on large images, and of 3 x 3 taps.
  const bool half = s.kernel.h == 3 && most >= 32 && (large || pass == ConvPass::forward);
  const bool both = s.kernel.h == 3 && large && pass == ConvPass::forward;
  if (least < (half || both ? 16 : 32)) return false;
  return std::ranges::any_of(kTable, [&](const Row& row) {
    return row.kernel == s.kernel.h && (row.weight_grad || pass != ConvPass::weight_grad) &&
           s.output.w >= (row.pixels + s.output.h - 1) / s.output.h &&
           s.in_channels <= row.most_pairs / s.out_channels;  // the sizes may be of any size
  });
}

// The gradient by the weight: oneDNN's takes as long or, with 5 x 5 taps, 3.7 to 11 times as long; forward and the
// gradient by the input are bound by memory in either (`benchmark_convolutions 2 0.15 depthwise`, same processor).
bool by_depthwise(const ConvSizes& s, ConvPass pass) { return pass == ConvPass::weight_grad && is_depthwise(s); }

// Where the processor's bf16 is faster than f32 of rounded operands: everywhere, about twice as fast as f32's direct
// convolution, but where planes, shifts or Winograd's gain more. Times faster than those, forward / gradient by the
// input / by the weight, from `benchmark_convolutions 1 0.1` on the same processor:
//   LeNet's 1 to 6, 5x5      0.4 0.7 2.1     64 to 64, 224x224     0.8 0.8 0.6     256 to 256, 8x8     0.8 0.8 1.0
//   its 6 to 16, 5x5         1.5 1.4 1.7     64 to 64, 32x32       0.8 0.8 0.9     256 to 256, 56x56   0.7 0.8 0.9
//   16 to 16, 32x32          1.7 1.7 1.5     64 to 64, 8x8         0.9 0.8 0.9     512 to 512, 28x28   0.7 0.9 1.1
//   32 to 32, 16x16          1.0 1.2 1.4     128 to 128, 112x112   0.7 0.6 0.7     512 to 512, 14x14   1.1 1.3 1.5
//   32 to 64, 26x26          0.9 1.2 0.9     128 to 128, 16x16     0.8 0.8 0.9     512 to 512, 4x4     0.7 1.3 1.5
//   32 to 64, 5x5, 14x14     1.1 1.3 1.3     1 to 32, 5x5, 28x28   1.1 0.4 2.2     3 to 64, 224x224    1.2 1.1 1.6
// Where weights stay (inference) oneDNN's are packed beforehand, those of 512 channels by Winograd are not.
bool by_bf16(const ConvSizes& s, ConvPass pass) {
  constexpr std::int64_t kFew = 8, kLeastChannels = 64, kPixels = 28 * 28;
  if (by_depthwise(s, pass) || by_shifts(s, pass)) return false;
  if (by_planes(s, pass)) return (pass == ConvPass::forward ? s.in_channels : s.out_channels) > kFew;
  if (s.kernel.h != 3 || !by_winograd(s, pass)) return true;
  const bool large = s.output.w >= (kPixels + s.output.h - 1) / s.output.h;
  const std::int64_t most_pairs = large && pass != ConvPass::weight_grad ? 512 * 512 : 256 * 256;
  return std::min(s.in_channels, s.out_channels) < kLeastChannels || s.in_channels > most_pairs / s.out_channels;
}

// Few channels, where the processor's bf16 would wait for memory: our kernels fetch what comes next while they
// multiply. Times faster than oneDNN's bf16, forward / gradient by the input / by the weight, `benchmark_convolutions 2
// 0.15` on the same processor (in training steps, whose operands lie in memory, some tenths more):
//   6 to 16, 5x5, 14x14     1.4 0.6 -       32 to 32, 16x16         1.1 1.0 1.3     64 to 64, 8x8       1.0 1.0 1.1
//   16 to 16, 32x32         1.4 1.1 1.5     32 to 64, 26x26         1.0 0.9 1.2     64 to 64, 32x32     1.1 1.1 1.1
//   3 to 16, 32x32          -   1.3 -       32 to 64, 5x5, 14x14    1.0 1.0 1.0     128 to 128, 16x16   1.1 1.1 0.7
// From 64 channels on Winograd's of rounded operands are the fastest.
bool by_pairs(const ConvSizes& s, ConvPass pass) {
  constexpr std::int64_t kLeastChannels = 16, kLeastSources = 6, kLeastTaps = 9, kMostTaps = 25, kMostSide = 4096;
  const std::int64_t taps = s.kernel.h * s.kernel.w;
  if (!takes_pairs(s, pass) || taps < kLeastTaps || taps > kMostTaps) return false;
  if (std::max({s.output.h, s.output.w, s.input.h, s.input.w}) > kMostSide) return false;
  const auto [least, most] = std::minmax(s.in_channels, s.out_channels);
  if (pass == ConvPass::weight_grad)
    return taps == kLeastTaps && least >= kLeastChannels && most <= 64 && least * most <= 32 * 64;
  if (pass == ConvPass::input_grad) return least >= kLeastChannels && most <= 32;
  return s.in_channels >= kLeastSources && s.out_channels >= kLeastChannels && most <= 32;
}

}  // namespace

std::string_view choose_conv2d(const ConvSizes& sizes, ConvPass pass, const std::string& wish,
                               ProductPrecision precision) {
  if (wish != "auto" && wish != "direct" && wish != "winograd")
    throw ValueError("conv2d: unknown algorithm \"" + wish + "\"",
                     "known ones are \"auto\", \"direct\" and \"winograd\"");
  if (precision != ProductPrecision::f32) {
    const bool direct = wish == "direct" || (wish == "winograd" && !takes_winograd(sizes));
    if (precision == ProductPrecision::bf16 && wish == "auto" && by_pairs(sizes, pass)) return "pairs";
    const bool native = direct || (wish == "auto" && by_bf16(sizes, pass));
    return precision == ProductPrecision::bf16 && native ? "bf16" : "rounded";
  }
  if (wish == "winograd") return takes_winograd(sizes) ? "winograd" : "direct";
  if (wish == "direct") return "direct";
  if (by_depthwise(sizes, pass)) return "depthwise";
  if (by_shifts(sizes, pass)) return "shifts";
  return by_winograd(sizes, pass) ? "winograd" : by_planes(sizes, pass) ? "planes" : "direct";
}

std::int64_t conv2d_weight_grad_slices(const ConvSizes& sizes) {
  // Every slice writes a whole copy of the weight and the tree reads them all, so the copies must stay small beside
  // the products: with 512 x 512 x 3 x 3 weights (9 MiB) 2 slices took 8.7 ms and 8 took 14.5; up to 64 channels
  // at 3 x 3 or 5 x 5 (0.2 MiB) 8 cost nothing measurable against 2. Counted in elements, so that f32 and f64 follow
  // one rule.
  struct Row {
    std::int64_t elements, slices;
  };
  constexpr Row kTable[] = {{std::int64_t{1} << 18, kMostWeightGradSlices},
                            {std::int64_t{1} << 20, 4}};  // 1 MiB and 4 MiB in f32
  const std::int64_t elements = checked_mul(checked_mul(sizes.out_channels, sizes.in_channels / sizes.groups),
                                            checked_mul(sizes.kernel.h, sizes.kernel.w));
  std::int64_t slices = 2;
  for (const Row& row : kTable) {
    if (elements > row.elements) continue;
    slices = row.slices;
    break;
  }
  return std::clamp<std::int64_t>(sizes.batch, 1, slices);
}

}  // namespace percept
