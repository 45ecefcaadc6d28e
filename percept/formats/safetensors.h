// safetensors.h - the tensor container of Hugging Face: named tensors and text metadata, data only.
//
//   u64 little-endian N | N bytes of JSON, padded with spaces | the tensors' bytes, row-major, without holes
//
// dtypes: F32 F64 F16 BF16 I8 U8 I32 I64 BOOL. The reader is strict: no duplicate names, no holes, no overlaps, nothing
// after the last tensor, metadata of strings only; IoError names the file, the tensor and what was found.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/path.h"
#include "percept/core/tensor.h"

namespace percept {

inline constexpr std::int64_t kMaxSafetensorsHeader = 100'000'000;  // bytes, as the reference implementation

// Names are labels, never paths. In the order of the file's header.
struct TensorFile {
  std::vector<std::pair<std::string, Tensor>> tensors = {};
  std::vector<std::pair<std::string, std::string>> metadata = {};

  // Null if there is none of that name.
  const Tensor* find(std::string_view name) const;
  const std::string* find_metadata(std::string_view key) const;
};

TensorFile read_safetensors(const Path& path);
// `name` stands for the file in messages.
TensorFile parse_safetensors(std::span<const std::byte> bytes, std::string_view name);

// Replaces the file at once or not at all. ValueError for names or keys that are given twice or are not UTF-8.
void write_safetensors(const Path& path, const TensorFile& file);
// The whole file as bytes.
std::vector<std::byte> encode_safetensors(const TensorFile& file);
// What comes before the tensors' bytes: the length and the JSON, in the given order, padded to a multiple of 8.
std::string safetensors_header(const TensorFile& file);

}  // namespace percept
