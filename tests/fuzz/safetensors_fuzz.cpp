// safetensors_fuzz.cpp - any bytes as a safetensors or model file: what is accepted keeps the format's rules and is the
// same after writing and reading it again; everything else is an Error.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/formats/bytes.h"
#include "percept/formats/safetensors.h"
#include "percept/io/model_file.h"

namespace {

using namespace percept;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_equal(const TensorFile& a, const TensorFile& b) {
  require(a.metadata == b.metadata && a.tensors.size() == b.tensors.size());
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    const auto& [a_name, a_tensor] = a.tensors[i];
    const auto& [b_name, b_tensor] = b.tensors[i];
    require(a_name == b_name && a_tensor.dtype() == b_tensor.dtype() && a_tensor.shape() == b_tensor.shape());
    std::vector<std::byte> a_scratch, b_scratch;
    const auto a_bytes = row_major_bytes(a_tensor, a_scratch), b_bytes = row_major_bytes(b_tensor, b_scratch);
    require(a_bytes.size() == b_bytes.size() &&
            (a_bytes.empty() || std::memcmp(a_bytes.data(), b_bytes.data(), a_bytes.size()) == 0));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const TensorFile file = parse_safetensors(bytes, "input");
    std::uint64_t header = 0, total = 0;
    std::memcpy(&header, data, sizeof header);
    std::set<std::string> names;
    for (const auto& [name, tensor] : file.tensors) {
      require(names.insert(name).second && tensor.numel() >= 0);
      total += static_cast<std::uint64_t>(tensor.numel()) * size_of(tensor.dtype());
    }
    require(8 + header + total == size);  // no holes, nothing after
    const std::vector<std::byte> again = encode_safetensors(file);
    const TensorFile second = parse_safetensors(again, "again");
    require_equal(file, second);
    require(encode_safetensors(second) == again);
  } catch (const Error&) {
  }
  try {
    const TensorFile file = parse_states(bytes, "input");
    const std::vector<std::byte> again = encode_states(file.tensors, file.metadata);
    require_equal(file, parse_states(again, "again"));
  } catch (const Error&) {
  }
  return 0;
}
