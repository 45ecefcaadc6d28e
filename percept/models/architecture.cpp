// architecture.cpp - networks by name.
#include "percept/models/architecture.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/models/resnet.h"
#include "percept/models/vgg.h"

namespace percept {

const std::vector<Architecture>& all_architectures() {
  static const std::vector<Architecture> all = {
      {"resnet18",
       "ResNet of basic blocks, 18 layers with weights, for images of about 224x224.",
       {3, 224, 224},
       1000,
       [](std::int64_t n) { return resnet18({.in_channels = -1, .num_classes = n}); }},
      {"resnet18_small",
       "The same for images of 32x32: a first convolution of 3x3 without pooling.",
       {3, 32, 32},
       10,
       [](std::int64_t n) { return resnet18({.in_channels = -1, .num_classes = n, .small_images = true}); }},
      {"resnet20",
       "ResNet for CIFAR: three stages of 16, 32 and 64 channels, 272,474 weights with ten classes.",
       {3, 32, 32},
       10,
       [](std::int64_t n) { return resnet20({.in_channels = -1, .num_classes = n}); }},
      {"resnet34",
       "ResNet of basic blocks, 34 layers with weights.",
       {3, 224, 224},
       1000,
       [](std::int64_t n) { return resnet34({.in_channels = -1, .num_classes = n}); }},
      {"resnet50",
       "ResNet of bottleneck blocks, 50 layers with weights.",
       {3, 224, 224},
       1000,
       [](std::int64_t n) { return resnet50({.in_channels = -1, .num_classes = n}); }},
      {"vgg11",
       "VGG with 8 convolutions of 3x3 and three dense layers.",
       {3, 224, 224},
       1000,
       [](std::int64_t n) { return vgg11({.in_channels = -1, .num_classes = n}); }},
      {"vgg13",
       "VGG with 10 convolutions of 3x3 and three dense layers.",
       {3, 224, 224},
       1000,
       [](std::int64_t n) { return vgg13({.in_channels = -1, .num_classes = n}); }},
      {"vgg16",
       "VGG with 13 convolutions of 3x3 and three dense layers, 138,357,544 weights.",
       {3, 224, 224},
       1000,
       [](std::int64_t n) { return vgg16({.in_channels = -1, .num_classes = n}); }},
      {"vgg19", "VGG with 16 convolutions of 3x3 and three dense layers.", {3, 224, 224}, 1000, [](std::int64_t n) {
         return vgg19({.in_channels = -1, .num_classes = n});
       }}};
  return all;
}

const Architecture& find_architecture(std::string_view name) {
  std::vector<std::string> names;
  for (const Architecture& one : all_architectures()) {
    if (one.name == name) return one;
    names.emplace_back(one.name);
  }
  const std::string close = nearest(name, names);
  throw UsageError(
      "unknown architecture '" + std::string(name) + "'",
      (close.empty() ? "" : "did you mean '" + close + "'? ") + std::string("known: ") + join(names, ", "));
}

}  // namespace percept
