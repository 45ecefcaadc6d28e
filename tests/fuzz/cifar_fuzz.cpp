// cifar_fuzz.cpp - any bytes as a CIFAR-10 and a CIFAR-100 file, plain or gzipped: every byte is in the tensors, or it
// is an Error.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "percept/base/error.h"
#include "percept/formats/cifar.h"
#include "percept/formats/gunzip.h"

namespace {

using namespace percept;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Cifar& cifar, std::span<const std::byte> bytes, std::int64_t record, std::int64_t classes) {
  const std::int64_t count = cifar.labels.numel();
  require(count > 0 && cifar.images.shape() == Shape({count, 3, 32, 32}));
  for (const std::int64_t label : cifar.labels.to_vector<std::int64_t>()) require(label >= 0 && label < classes);
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (is_gzip(bytes)) {
    require(count * record <= size * kMaxGzipRatio);
    return;
  }
  require(count * record == size);
  const auto* pixels = cifar.images.data<std::uint8_t>();
  for (std::int64_t i = 0; i < cifar.images.numel(); ++i)
    require(std::byte(pixels[i]) == bytes[static_cast<std::size_t>(i / 3072 * record + (record - 3072) + i % 3072)]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    check(parse_cifar10(bytes, "input"), bytes, 3073, 10);
  } catch (const Error&) {
  }
  try {
    const Cifar cifar = parse_cifar100(bytes, "input");
    check(cifar, bytes, 3074, 100);
    for (const std::int64_t label : cifar.coarse.to_vector<std::int64_t>()) require(label >= 0 && label < 20);
  } catch (const Error&) {
  }
  return 0;
}
