// image_fuzz.cpp - any bytes as a picture, PNG or JPEG: an image within the limits, of the size that its header says,
// or an Error; what was read can be written and comes back the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
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
  const auto bytes = std::as_bytes(std::span(data, size));
  std::optional<ImageInfo> info;
  try {
    info = parse_image_info(bytes, "input");
    require(info->width >= 1 && info->height >= 1 && info->orientation >= 1 && info->orientation <= 8);
  } catch (const Error&) {
  }
  try {
    const Tensor image = parse_image(bytes, "input");
    const std::int64_t height = image.size(1), width = image.size(2);
    require(width >= 1 && height >= 1 && width * height <= kMaxImagePixels);
    require(info && Shape({info->channels, info->height, info->width}) == image.shape());
    if (image.numel() > 1 << 16) return 0;  // writing is slow under sanitizers
    const Tensor again = parse_image(encode_png(image), "again");
    require(again.shape() == image.shape() && again.to_vector<std::int32_t>() == image.to_vector<std::int32_t>());
    require(parse_image(encode_png(image), "grey", 1).size(0) == 1);
    const std::int64_t least = std::min(width, height) / 3 + 1;
    const Tensor small = parse_image(bytes, "small", {.min_size = least});
    require(std::min(small.size(1), small.size(2)) >= least && small.size(0) == image.size(0));
  } catch (const Error&) {
  }
  return 0;
}
