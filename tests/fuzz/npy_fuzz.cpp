// npy_fuzz.cpp - any bytes as a .npy file and as a .npz archive: arrays that the bytes can hold, the same after writing
// and reading them again, or an Error.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/formats/bytes.h"
#include "percept/formats/gunzip.h"
#include "percept/formats/npy.h"

namespace {

using namespace percept;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_equal(const Tensor& a, const Tensor& b) {
  require(a.dtype() == b.dtype() && a.shape() == b.shape() && a.is_contiguous() && b.is_contiguous());
  std::vector<std::byte> a_scratch, b_scratch;
  const auto a_bytes = row_major_bytes(a, a_scratch), b_bytes = row_major_bytes(b, b_scratch);
  require(a_bytes.empty() || std::memcmp(a_bytes.data(), b_bytes.data(), a_bytes.size()) == 0);
}

std::size_t bytes_of(const Tensor& tensor) {
  return static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const Tensor tensor = parse_npy(bytes, "input");
    require(bytes_of(tensor) <= 2 * size * (is_gzip(bytes) ? kMaxGzipRatio : 1));  // types of 16 and 32 bits double
    const std::vector<std::byte> again = encode_npy(tensor);
    require(again.size() == bytes_of(tensor) + (again.size() - bytes_of(tensor)) / 64 * 64);
    require_equal(tensor, parse_npy(again, "again"));
  } catch (const Error&) {
  }
  try {
    const TensorFile file = parse_npz(bytes, "input");
    std::set<std::string> names;
    std::size_t total = 0;
    for (const auto& [name, tensor] : file.tensors) {
      require(names.insert(name).second);
      total += bytes_of(tensor);
    }
    require(total <= 2 * size * kMaxGzipRatio);
    const std::vector<std::byte> again = encode_npz(file);
    const TensorFile second = parse_npz(again, "again");
    require(second.tensors.size() == file.tensors.size());
    for (std::size_t i = 0; i < file.tensors.size(); ++i) {
      require(second.tensors[i].first == file.tensors[i].first);
      require_equal(second.tensors[i].second, file.tensors[i].second);
    }
    require(encode_npz(second) == again);
  } catch (const Error&) {
  }
  return 0;
}
