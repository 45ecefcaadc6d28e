// max_pool2d.cpp - max pooling over images.
#include "percept/nn/layers/max_pool2d.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

MaxPool2d::MaxPool2d(Options options) : options_(options) {
  check_option("MaxPool2d", "kernel_size", std::min(options.kernel_size.h, options.kernel_size.w), 1);
  check_option("MaxPool2d", "stride", std::min(options.stride.h, options.stride.w), 0);
  check_option("MaxPool2d", "padding", std::min(options.padding.size.h, options.padding.size.w), 0);
}

Tensor MaxPool2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    return max_pool2d(x, {.kernel_size = options_.kernel_size, .stride = options_.stride, .padding = options_.padding});
  });
}

std::vector<LayerRecord> layers_max_pool2d();
std::vector<LayerRecord> layers_max_pool2d() {
  return {layer_record<MaxPool2d>(
      "MaxPool2d",
      "The largest value of each window: [B, C, H, W] -> [B, C, H', W'].\n"
      "kernel_size, stride, padding: a number or [height, width]. The stride is the kernel's size unless given.")};
}

}  // namespace percept
