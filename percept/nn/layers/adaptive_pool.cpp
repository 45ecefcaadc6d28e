// adaptive_pool.cpp - pooling to a given size, or to one value per channel.
#include "percept/nn/layers/adaptive_pool.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

AdaptiveAvgPool1d::AdaptiveAvgPool1d(Options options) : options_(options) {
  check_option("AdaptiveAvgPool1d", "output_size", options.output_size, 1);
}
Tensor AdaptiveAvgPool1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return adaptive_avg_pool1d(x, options_.output_size); });
}

AdaptiveMaxPool1d::AdaptiveMaxPool1d(Options options) : options_(options) {
  check_option("AdaptiveMaxPool1d", "output_size", options.output_size, 1);
}
Tensor AdaptiveMaxPool1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return adaptive_max_pool1d(x, options_.output_size); });
}

AdaptiveAvgPool2d::AdaptiveAvgPool2d(Options options) : options_(options) {
  check_option("AdaptiveAvgPool2d", "output_size", std::min(options.output_size.h, options.output_size.w), 1);
}
Tensor AdaptiveAvgPool2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return adaptive_avg_pool2d(x, options_.output_size); });
}

AdaptiveMaxPool2d::AdaptiveMaxPool2d(Options options) : options_(options) {
  check_option("AdaptiveMaxPool2d", "output_size", std::min(options.output_size.h, options.output_size.w), 1);
}
Tensor AdaptiveMaxPool2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return adaptive_max_pool2d(x, options_.output_size); });
}

Tensor GlobalAvgPool::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return global_avg_pool(x); });
}
Tensor GlobalMaxPool::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return global_max_pool(x); });
}

std::vector<LayerRecord> layers_adaptive_pool();
std::vector<LayerRecord> layers_adaptive_pool() {
  return {layer_record<AdaptiveAvgPool1d>("AdaptiveAvgPool1d",
                                          "The mean of output_size nearly equal windows: [B, C, L] -> [B, C, n]."),
          layer_record<AdaptiveMaxPool1d>(
              "AdaptiveMaxPool1d", "The largest value of output_size nearly equal windows: [B, C, L] -> [B, C, n]."),
          layer_record<AdaptiveAvgPool2d>("AdaptiveAvgPool2d",
                                          "The mean of each window: [B, C, H, W] -> [B, C, h, w], windows chosen so "
                                          "that there are output_size of them: a number or [height, width]."),
          layer_record<AdaptiveMaxPool2d>("AdaptiveMaxPool2d",
                                          "The largest value of each window: [B, C, H, W] -> [B, C, h, w], windows "
                                          "chosen so that there are output_size: a number or [height, width]."),
          layer_record<GlobalAvgPool>("GlobalAvgPool",
                                      "The mean of each channel: [B, C, ...] -> [B, C]. Keras's "
                                      "GlobalAveragePooling; PyTorch's AdaptiveAvgPool2d(1) and Flatten."),
          layer_record<GlobalMaxPool>("GlobalMaxPool", "The largest value of each channel: [B, C, ...] -> [B, C].")};
}

}  // namespace percept
