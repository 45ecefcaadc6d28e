// conv2d.h - attributes of the convolution and of its two gradients, and the sizes they share.
#pragma once
#include <string_view>

#include "percept/ops/kernel.h"
#include "percept/ops/ops.h"

namespace percept {

// conv2d_input_grad: inputs dy [B, O, H', W'] and weight; result dx of `shape`.
// conv2d_weight_grad: inputs dy and x; result dw of `shape`.
struct Conv2dGradAttrs {
  Conv2dAttrs conv;
  Shape shape;
};

// Everything a kernel loops over, from checked shapes.
struct ConvSizes {
  std::int64_t batch = 0, in_channels = 0, out_channels = 0, groups = 1;
  Size2 input, output, kernel, stride, dilation;
  Pads pads;
};
// x and weight shapes as conv2d takes them. ShapeError / ValueError with the received sizes when they do not fit.
ConvSizes conv_sizes(const Shape& x, const Shape& weight, const Conv2dAttrs& attrs);

// The image whose convolution has the gradient dy: what transposed convolutions are. Differentiable any number of
// times.
Tensor conv2d_input_grad(const Tensor& dy, const Tensor& weight, Conv2dAttrs conv, const Shape& shape);

// One group, without stride and dilation.
bool is_plain(const ConvSizes& sizes);

// Which of the three calls.
enum class ConvPass : std::uint8_t { forward, input_grad, weight_grad };

// Kernels of 3 x 3 or 5 x 5 in one group, without stride and dilation.
bool takes_winograd(const ConvSizes& sizes);

// What the kernels of pairs of bf16 numbers take: plain convolutions of an even number of channels, padded by no more
// than their taps reach; the weight gradient of multiples of 16 channels, and rows of an even number of pixels.
bool takes_pairs(const ConvSizes& sizes, ConvPass pass);

// One filter per channel, of sizes that a kernel's tables of places are made for.
bool is_depthwise(const ConvSizes& sizes);

// The algorithm, a function of shapes and the user's wish, never of the batch: "direct", "planes" where few channels
// are made from few, "shifts" where they are made from many, "depthwise" for that one's weight gradient, or
// "winograd"; "auto" follows a table of what was measured the fastest. The wish "direct" is for convolutions as
// everywhere; "winograd" is that wherever it can be, and direct elsewhere. ValueError for unknown wishes.
// Below f32: "bf16", a direct one, where the processor's bf16 is the fastest, "pairs", another, where channels are few;
// elsewhere "rounded", what f32 would be, of operands rounded beforehand.
std::string_view choose_conv2d(const ConvSizes& sizes, ConvPass pass, const std::string& wish,
                               ProductPrecision precision = ProductPrecision::f32);

// A convolution by planes: from the source (x, or dy) to the target (y, or dx), both padded images of few channels.
inline constexpr std::int64_t kPlaneFloats = std::int64_t{1} << 14;  // 64 KiB hold the planes of some rows
inline constexpr std::int64_t kMostPlaneLanes = 16;  // pixels of a row that are worked on at once, at most
struct PlaneSizes {
  Size2 from, to, kernel;
  std::int64_t source_channels, target_channels;
  std::int64_t top, left;  // padding of the source
  PlaneSizes(const ConvSizes& sizes, bool backwards);
  std::int64_t row() const;        // floats of a padded row
  std::int64_t most_rows() const;  // of the padded source that fit at once
};
// How many slices of the batch the weight gradient is summed from, in a fixed tree: follows from the shape.
inline constexpr std::int64_t kMostWeightGradSlices = 8;
std::int64_t conv2d_weight_grad_slices(const ConvSizes& sizes);

}  // namespace percept
