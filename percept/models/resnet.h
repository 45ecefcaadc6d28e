// resnet.h - residual networks.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/nn/sequential.h"

namespace percept {

struct ResNetOptions {
  std::vector<std::int64_t> widths = {64, 128, 256, 512};  // channels of each stage; each but the first halves H and W
  std::vector<std::int64_t> blocks = {2, 2, 2, 2};         // of each stage
  std::int64_t in_channels = 3;                            // -1: from the input, when built
  std::int64_t num_classes = 1000;
  bool bottleneck = false;    // blocks of 1x1, 3x3 and 1x1 with four times the width in place of two of 3x3
  bool small_images = false;  // a first convolution of 3x3 and no pooling after it: for images of 32x32
};

// [B, C, H, W] -> logits [B, num_classes], for any H and W from 32 (8 with small_images). Convolutions start
// kaiming_normal by fan_out. A block that changes the size has a 1x1 convolution and BatchNorm as its shortcut, as
// torchvision's. ValueError for lists of different lengths. Source: He et al. 2016.
Sequential resnet(const ResNetOptions& options);

// The usual ones: what makes them what they are replaces widths, blocks and bottleneck of the options. resnet20 is the
// paper's for CIFAR, with three stages of 16, 32 and 64 channels, for small images; options of your own need
// num_classes = 10 again.
Sequential resnet18(ResNetOptions options = {});
Sequential resnet34(ResNetOptions options = {});
Sequential resnet50(ResNetOptions options = {});
Sequential resnet20(ResNetOptions options = {.num_classes = 10});

}  // namespace percept
