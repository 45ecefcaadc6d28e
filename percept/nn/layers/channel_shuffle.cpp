// channel_shuffle.cpp - mixing the channels of grouped convolutions.
#include "percept/nn/layers/channel_shuffle.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

ChannelShuffle::ChannelShuffle(Options options) : options_(options) {
  check_option("ChannelShuffle", "groups", options.groups, 1);
}

Tensor ChannelShuffle::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return channel_shuffle(x, options_.groups); });
}

std::vector<LayerRecord> layers_channel_shuffle();
std::vector<LayerRecord> layers_channel_shuffle() {
  return {layer_record<ChannelShuffle>(
      "ChannelShuffle",
      "[B, C, ...]: the first channel of every group, then the second of every group, and so on, so that the next "
      "grouped convolution sees channels of all groups. Source: Zhang et al. 2017.")};
}

}  // namespace percept
