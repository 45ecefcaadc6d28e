// resnet.cpp - residual networks.
#include "percept/models/resnet.h"

#include "percept/base/error.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/adaptive_pool.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/blocks.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/max_pool2d.h"

namespace percept {
namespace {

constexpr std::int64_t kExpansion = 4;  // of a bottleneck

Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1) {
  return Conv2d{{.in_channels = in,
                 .out_channels = out,
                 .kernel_size = kernel,
                 .stride = stride,
                 .padding = kernel / 2,
                 .bias = false,
                 .weight_init = {.type = "kaiming_normal", .mode = "fan_out", .nonlinearity = "relu"}}};
}

BatchNorm2d norm(std::int64_t channels) { return BatchNorm2d{{.num_features = channels}}; }

Sequential body(std::int64_t in, std::int64_t width, std::int64_t stride, bool bottleneck) {
  if (bottleneck)
    return {convolution(in, width, 1),
            norm(width),
            ReLU{},
            convolution(width, width, 3, stride),
            norm(width),
            ReLU{},
            convolution(width, kExpansion * width, 1),
            norm(kExpansion * width)};
  return {convolution(in, width, 3, stride), norm(width), ReLU{}, convolution(width, width, 3), norm(width)};
}

Residual block(std::int64_t in, std::int64_t width, std::int64_t stride, bool bottleneck) {
  const std::int64_t out = bottleneck ? kExpansion * width : width;
  Sequential shortcut;
  if (stride != 1 || in != out) shortcut = {convolution(in, out, 1, stride), norm(out)};
  return Residual{
      {.layers = body(in, width, stride, bottleneck), .shortcut = std::move(shortcut), .activation = ReLU{}}};
}

Sequential of_four_stages(ResNetOptions options, std::vector<std::int64_t> blocks, bool bottleneck) {
  options.widths = {64, 128, 256, 512};
  options.blocks = std::move(blocks);
  options.bottleneck = bottleneck;
  return resnet(options);
}

}  // namespace

Sequential resnet(const ResNetOptions& options) {
  if (options.widths.empty() || options.widths.size() != options.blocks.size())
    throw ValueError("resnet: " + std::to_string(options.widths.size()) + " widths, " +
                         std::to_string(options.blocks.size()) + " numbers of blocks",
                     "give one of each per stage");
  for (std::size_t stage = 0; stage < options.widths.size(); ++stage)
    if (options.widths[stage] < 1 || options.blocks[stage] < 1)
      throw ValueError("resnet: stage " + std::to_string(stage) + " has width " +
                           std::to_string(options.widths[stage]) + " and " + std::to_string(options.blocks[stage]) +
                           " blocks",
                       "each stage needs a width and a block of at least 1");
  std::int64_t channels = options.widths[0];
  Sequential model;
  const std::int64_t kernel = options.small_images ? 3 : 7, stride = options.small_images ? 1 : 2;
  model.push_back(convolution(options.in_channels, channels, kernel, stride));
  model.push_back(norm(channels));
  model.push_back(ReLU{});
  if (!options.small_images) model.push_back(MaxPool2d{{.kernel_size = 3, .stride = 2, .padding = 1}});
  for (std::size_t stage = 0; stage < options.widths.size(); ++stage) {
    const std::int64_t width = options.widths[stage];
    for (std::int64_t i = 0; i < options.blocks[stage]; ++i) {
      model.push_back(block(channels, width, stage > 0 && i == 0 ? 2 : 1, options.bottleneck));
      channels = options.bottleneck ? kExpansion * width : width;
    }
  }
  model.push_back(GlobalAvgPool{});
  model.push_back(Linear{{.in_features = channels, .out_features = options.num_classes}});
  return model;
}

Sequential resnet18(ResNetOptions options) { return of_four_stages(std::move(options), {2, 2, 2, 2}, false); }
Sequential resnet34(ResNetOptions options) { return of_four_stages(std::move(options), {3, 4, 6, 3}, false); }
Sequential resnet50(ResNetOptions options) { return of_four_stages(std::move(options), {3, 4, 6, 3}, true); }

Sequential resnet20(ResNetOptions options) {
  options.widths = {16, 32, 64};
  options.blocks = {3, 3, 3};
  options.bottleneck = false;
  options.small_images = true;
  return resnet(options);
}

}  // namespace percept
