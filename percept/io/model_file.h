// model_file.h - named tensors with text, in a safetensors file that notices every flipped bit and every missing byte.
//
// The file is an ordinary safetensors file. Its `__metadata__` holds, besides what the caller gives:
//   "percept.format"         "1"
//   "sha256:NAME"            SHA-256 of the bytes of tensor NAME
//   "percept.header_sha256"  SHA-256 of everything before the tensors (length, JSON, padding), with 64 zeros in its
//   place
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/path.h"
#include "percept/formats/safetensors.h"

namespace percept {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
using Metadata = std::vector<std::pair<std::string, std::string>>;

// Replaces the file at once or not at all, and durably. ValueError for names or keys that are given twice, are no
// UTF-8, or are the file's own ("percept.format", "percept.header_sha256", "sha256:...").
void save_states(const Path& path, const NamedTensors& states, const Metadata& metadata = {});

// What save_states was given. IoError, naming the tensor, if anything differs from what was written, if the file has no
// checksums (read_safetensors reads those), or if a newer version of Percept wrote it.
TensorFile load_states(const Path& path);

// The same to and from memory; `name` stands for the file in messages.
std::vector<std::byte> encode_states(const NamedTensors& states, const Metadata& metadata = {});
TensorFile parse_states(std::span<const std::byte> bytes, std::string_view name);

}  // namespace percept
