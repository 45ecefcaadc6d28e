// image_fuzz.cpp - any bytes as a picture, PNG or JPEG: an image within the limits, or an Error; what was read can be
// written and comes back the same.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "percept/base/error.h"
#include "percept/formats/image.h"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace percept;
  try {
    const Tensor image = parse_image(std::as_bytes(std::span(data, size)), "input");
    const std::int64_t height = image.size(1), width = image.size(2);
    require(width >= 1 && height >= 1 && width * height <= kMaxImagePixels);
    if (image.numel() > 1 << 16) return 0;  // writing is slow under sanitizers
    const Tensor again = parse_image(encode_png(image), "again");
    require(again.shape() == image.shape() && again.to_vector<std::int32_t>() == image.to_vector<std::int32_t>());
    require(parse_image(encode_png(image), "grey", 1).size(0) == 1);
  } catch (const Error&) {
  }
  return 0;
}
