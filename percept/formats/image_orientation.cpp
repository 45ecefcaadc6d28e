// image_orientation.cpp - which way up a picture is: the one number of its Exif data that matters here, and turning.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "percept/formats/image_codec.h"

namespace percept {
namespace {

// TIFF's numbers, in its own byte order; 0 beyond the end.
struct Tiff {
  std::span<const std::byte> bytes;
  bool big_endian;

  std::uint32_t read(std::size_t at, std::size_t width) const {
    if (at > bytes.size() || width > bytes.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + (big_endian ? i : width - 1 - i)]);
    return value;
  }
};

// Where the picture's pixel (y, x) is stored: `origin` + y * `down` + x * `right`, in bytes.
struct Way {
  std::int64_t origin, down, right;
};

Way way_of(int orientation, std::int64_t channels, std::int64_t height, std::int64_t width) {
  const std::int64_t row = width * channels, last_row = (height - 1) * row, last = (width - 1) * channels;
  switch (orientation) {
    case 2:
      return {last, row, -channels};
    case 3:
      return {last_row + last, -row, -channels};
    case 4:
      return {last_row, -row, channels};
    case 5:
      return {0, channels, row};
    case 6:
      return {last_row, channels, -row};
    case 7:
      return {last_row + last, -channels, -row};
    case 8:
      return {last, -channels, row};
    default:
      return {0, row, channels};
  }
}

// In squares, so that rows and columns of both sides stay in the cache.
template <int Channels>
void copy(const std::uint8_t* from, const Way& way, std::uint8_t* to, std::int64_t height, std::int64_t width) {
  constexpr std::int64_t kSide = 32;
  for (std::int64_t top = 0; top < height; top += kSide)
    for (std::int64_t left = 0; left < width; left += kSide)
      for (std::int64_t y = top; y < std::min(top + kSide, height); ++y)
        for (std::int64_t x = left; x < std::min(left + kSide, width); ++x)
          std::memcpy(to + (y * width + x) * Channels, from + way.origin + y * way.down + x * way.right, Channels);
}

}  // namespace

int exif_orientation(std::span<const std::byte> exif) {
  constexpr std::size_t kEntry = 12;
  constexpr std::uint32_t kOrientation = 0x0112, kShort = 3, kLong = 4;
  std::string_view text(reinterpret_cast<const char*>(exif.data()), exif.size());
  if (constexpr std::string_view kBefore("Exif\0\0", 6); text.starts_with(kBefore)) {
    text.remove_prefix(kBefore.size());
    exif = exif.subspan(kBefore.size());
  }
  if (!text.starts_with(std::string_view("II*\0", 4)) && !text.starts_with(std::string_view("MM\0*", 4))) return 1;
  const Tiff tiff{exif, text[0] == 'M'};
  const std::size_t directory = tiff.read(4, 4);
  for (std::size_t i = 0, count = tiff.read(directory, 2); i < count; ++i) {
    const std::size_t entry = directory + 2 + i * kEntry;
    if (tiff.read(entry, 2) != kOrientation) continue;
    const std::uint32_t type = tiff.read(entry + 2, 2);
    const std::uint32_t value = type == kShort ? tiff.read(entry + 8, 2) : type == kLong ? tiff.read(entry + 8, 4) : 0;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Tensor upright(const Tensor& image, int orientation) {
  if (orientation == 1) return image;
  const std::int64_t channels = image.size(0), height = image.size(1), width = image.size(2);
  const bool swapped = orientation > 4;
  Tensor out = image_tensor(channels, swapped ? width : height, swapped ? height : width);
  const Way way = way_of(orientation, channels, height, width);
  const auto* from = image.data<std::uint8_t>();
  auto* to = out.mutable_data<std::uint8_t>();
  if (channels == 1)
    copy<1>(from, way, to, out.size(1), out.size(2));
  else if (channels == 3)
    copy<3>(from, way, to, out.size(1), out.size(2));
  else
    copy<4>(from, way, to, out.size(1), out.size(2));
  return out;
}

}  // namespace percept
