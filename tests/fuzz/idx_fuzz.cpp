// idx_fuzz.cpp - any bytes as an IDX file, plain or gzipped: an array that the bytes can hold, or an Error.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "percept/base/error.h"
#include "percept/formats/bytes.h"
#include "percept/formats/gunzip.h"
#include "percept/formats/idx.h"

namespace {

using namespace percept;

// The inverse of the reader, written apart from it; i16 comes back as i32, which is what an i32 file gives too.
std::vector<std::byte> encode(const Tensor& tensor) {
  const int code = tensor.dtype() == DType::u8    ? 0x08
                   : tensor.dtype() == DType::i8  ? 0x09
                   : tensor.dtype() == DType::i32 ? 0x0c
                   : tensor.dtype() == DType::f32 ? 0x0d
                                                  : 0x0e;
  std::vector<std::byte> out{std::byte{0}, std::byte{0}, std::byte(code), std::byte(tensor.rank())};
  for (const std::int64_t size : tensor.shape())
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(std::byte(size >> shift & 255));
  std::vector<std::byte> scratch;
  const auto values = row_major_bytes(tensor, scratch);
  const std::size_t width = size_of(tensor.dtype());
  for (std::size_t i = 0; i < values.size(); i += width)
    for (std::size_t byte = width; byte-- > 0;) out.push_back(values[i + byte]);
  return out;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const Tensor tensor = parse_idx_or_gz(bytes, "input");
    const std::vector<std::byte> again = encode(tensor);
    // Values are there, or packed there; i16 doubles in memory.
    if (is_gzip(bytes))
      require(again.size() <= 2 * size * kMaxGzipRatio);
    else
      require(again.size() == size || (bytes[2] == std::byte{0x0b} && again.size() <= 2 * size));
    std::vector<std::byte> a, b;
    const Tensor second = parse_idx(again, "again");
    require(second.shape() == tensor.shape() && second.dtype() == tensor.dtype());
    const auto first_values = row_major_bytes(tensor, a), second_values = row_major_bytes(second, b);
    require(std::vector(first_values.begin(), first_values.end()) ==
            std::vector(second_values.begin(), second_values.end()));
  } catch (const Error&) {
  }
  return 0;
}
