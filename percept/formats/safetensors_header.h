// safetensors_header.h - what the JSON of a safetensors file says about its tensors, before their bytes are looked at.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/core/shape.h"

namespace percept {

struct TensorEntry {
  std::string name;
  std::string dtype;  // as written
  Shape shape;
  std::int64_t begin = 0, end = 0;  // bytes, from the first after the header
};
struct SafetensorsHeader {
  std::vector<TensorEntry> entries;                           // in the order written
  std::vector<std::pair<std::string, std::string>> metadata;  // in the order written
};

// `json` without its length and padding; `file` is the name for messages. Checked here: JSON, the fields and their
// types, numbers within 64 bits, ranks, names given twice. Not here: whether dtype, shape and offsets agree.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::string_view file);

}  // namespace percept
