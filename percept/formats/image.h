// image.h - pictures: PNG and JPEG files to u8 tensors [C, H, W], and such tensors to PNG files.
//
// Told by their first bytes, not by the name; anything else is refused. At most 64 million pixels and 65,535 a side,
// checked before memory is taken. Everything malformed or cut short is an IoError that names the file.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "percept/base/path.h"
#include "percept/core/tensor.h"

namespace percept {

inline constexpr std::int64_t kMaxImagePixels = 64'000'000;
inline constexpr std::int64_t kMaxImageSide = 65'535;

// u8 [C, H, W], stored as H, W, C. channels: 1 grey, 3 RGB, 4 RGB and alpha; 0: as in the file (grey with alpha: 4).
// PNG of any kind; 16 bits become 8. JPEG grey or RGB, as stored (an orientation in its Exif data is not applied).
// Grey of colour is (299 R + 587 G + 114 B) / 1000, rounded (ITU-R BT.601); alpha is dropped, or 255 where it was not.
// ValueError for another `channels`; IoError.
Tensor read_image(const Path& path, int channels = 0);

// The same from memory; `name` stands for the file in messages.
Tensor parse_image(std::span<const std::byte> bytes, std::string_view name, int channels = 0);

// An image of 1, 3 or 4 channels with another number of them, by the rules above. Stored as H, W, C; the image itself
// where it has that number already. DTypeError, ShapeError, ValueError.
Tensor convert_channels(const Tensor& image, int channels);

// image: u8 [C, H, W] with C of 1 (grey), 3 (RGB) or 4 (RGB and alpha), or [H, W] (grey); any strides. Replaces the
// file as a whole or not at all. DTypeError, ShapeError (also for an empty image), IoError.
void write_png(const Path& path, const Tensor& image);

// The file's bytes. The same tensor gives the same bytes with the same zlib.
std::vector<std::byte> encode_png(const Tensor& image);

}  // namespace percept
