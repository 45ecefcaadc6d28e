// vgg.h - plain stacks of 3x3 convolutions.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/nn/sequential.h"

namespace percept {

struct VggOptions {
  std::vector<std::int64_t> convolutions = {2, 2, 3, 3, 3};  // of each stage; widths 64, 128, 256, 512, 512
  std::int64_t in_channels = 3;                              // -1: from the input, when built
  std::int64_t num_classes = 1000;
  bool batch_norm = false;  // after each convolution
  double dropout = 0.5;     // after each of the two hidden layers of 4096
};

// [B, C, H, W] -> logits [B, num_classes], for H and W from 32; 224 is the paper's, where the adaptive pooling to 7x7
// before the dense layers changes nothing. Convolutions start kaiming_normal by fan_out, dense layers normal with
// deviation 0.01, biases 0, as torchvision's. ValueError unless there are 1 to 5 stages. Source: Simonyan and Zisserman
// 2015.
Sequential vgg(const VggOptions& options);

// The paper's A, B, D and E: each replaces `convolutions`.
Sequential vgg11(VggOptions options = {});
Sequential vgg13(VggOptions options = {});
Sequential vgg16(VggOptions options = {});
Sequential vgg19(VggOptions options = {});

}  // namespace percept
