// architecture.h - networks by name: what a recipe's model.architecture = "resnet20" stands for.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "percept/nn/sequential.h"

namespace percept {

struct Architecture {
  std::string_view name;
  std::string_view doc;
  Shape sample_shape;                                      // of the images it was made for, without the batch axis
  std::int64_t num_classes;                                // unless told otherwise
  Sequential (*make)(std::int64_t num_classes) = nullptr;  // channels from the input, when built
};

const std::vector<Architecture>& all_architectures();
// UsageError, with the nearest name and all others, for an unknown one.
const Architecture& find_architecture(std::string_view name);

}  // namespace percept
