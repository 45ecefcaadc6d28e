// pool1d.cpp - pooling over sequences.
#include "percept/nn/layers/pool1d.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

template <class O>
void check(const char* who, const O& options) {
  check_option(who, "kernel_size", options.kernel_size, 1);
  check_option(who, "stride", options.stride, 0);
  check_option(who, "padding", options.padding, 0);
}

}  // namespace

MaxPool1d::MaxPool1d(Options options) : options_(options) { check("MaxPool1d", options); }
Tensor MaxPool1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    return max_pool1d(x, {.kernel_size = options_.kernel_size, .stride = options_.stride, .padding = options_.padding});
  });
}

AvgPool1d::AvgPool1d(Options options) : options_(options) { check("AvgPool1d", options); }
Tensor AvgPool1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    return avg_pool1d(x, {.kernel_size = options_.kernel_size,
                          .stride = options_.stride,
                          .padding = options_.padding,
                          .count_include_pad = options_.count_include_pad});
  });
}

std::vector<LayerRecord> layers_pool1d();
std::vector<LayerRecord> layers_pool1d() {
  return {layer_record<MaxPool1d>("MaxPool1d",
                                  "The largest value of each window: [B, C, L] -> [B, C, L'].\n"
                                  "The stride is the kernel's size unless given."),
          layer_record<AvgPool1d>("AvgPool1d",
                                  "The mean of each window: [B, C, L] -> [B, C, L'].\n"
                                  "The stride is the kernel's size unless given.")};
}

}  // namespace percept
