// vgg.cpp - plain stacks of 3x3 convolutions.
#include "percept/models/vgg.h"

#include "percept/base/error.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/adaptive_pool.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/max_pool2d.h"

namespace percept {
namespace {

constexpr std::int64_t kWidths[] = {64, 128, 256, 512, 512}, kHidden = 4096, kPooled = 7;

Conv2d convolution(std::int64_t in, std::int64_t out) {
  return Conv2d{{.in_channels = in,
                 .out_channels = out,
                 .kernel_size = 3,
                 .padding = 1,
                 .weight_init = {.type = "kaiming_normal", .mode = "fan_out", .nonlinearity = "relu"},
                 .bias_init = {"zeros"}}};
}

Linear dense(std::int64_t in, std::int64_t out) {
  return Linear{
      {.in_features = in, .out_features = out, .weight_init = {.type = "normal", .std = 0.01}, .bias_init = {"zeros"}}};
}

}  // namespace

Sequential vgg(const VggOptions& options) {
  if (options.convolutions.empty() || options.convolutions.size() > std::size(kWidths))
    throw ValueError("vgg: " + std::to_string(options.convolutions.size()) + " stages", "give 1 to 5");
  for (const std::int64_t count : options.convolutions)
    if (count < 1)
      throw ValueError("vgg: a stage of " + std::to_string(count) + " convolutions", "each stage needs at least 1");
  Sequential model;
  std::int64_t channels = options.in_channels;
  for (std::size_t stage = 0; stage < options.convolutions.size(); ++stage) {
    for (std::int64_t i = 0; i < options.convolutions[stage]; ++i) {
      model.push_back(convolution(channels, kWidths[stage]));
      channels = kWidths[stage];
      if (options.batch_norm) model.push_back(BatchNorm2d{{.num_features = channels}});
      model.push_back(ReLU{});
    }
    model.push_back(MaxPool2d{{.kernel_size = 2}});
  }
  model.push_back(AdaptiveAvgPool2d{{.output_size = kPooled}});
  model.push_back(Flatten{});
  for (const std::int64_t in : {channels * kPooled * kPooled, kHidden}) {
    model.push_back(dense(in, kHidden));
    model.push_back(ReLU{});
    model.push_back(Dropout{{.rate = options.dropout}});
  }
  model.push_back(dense(kHidden, options.num_classes));
  return model;
}

Sequential vgg11(VggOptions options) {
  options.convolutions = {1, 1, 2, 2, 2};
  return vgg(options);
}
Sequential vgg13(VggOptions options) {
  options.convolutions = {2, 2, 2, 2, 2};
  return vgg(options);
}
Sequential vgg16(VggOptions options) {
  options.convolutions = {2, 2, 3, 3, 3};
  return vgg(options);
}
Sequential vgg19(VggOptions options) {
  options.convolutions = {2, 2, 4, 4, 4};
  return vgg(options);
}

}  // namespace percept
