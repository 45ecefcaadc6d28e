// image_codec.h - what the readers of PNG and JPEG share. Not for users: image.h is.
#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "percept/core/tensor.h"
#include "percept/formats/image.h"

namespace percept {

bool is_png(std::span<const std::byte> bytes);
bool is_jpeg(std::span<const std::byte> bytes);

// As it lies in the file: not yet upright.
struct StoredImage {
  Tensor pixels;  // u8 [C, H, W] of 1, 3 or 4 channels
  int orientation = 1;
};

// IoError "name: ...", or that this build has no such reader.
StoredImage decode_png(std::span<const std::byte> bytes, const std::string& name);
StoredImage decode_jpeg(std::span<const std::byte> bytes, const std::string& name, std::int64_t min_size);
// The same, sizes as stored; `bytes` may end behind the header.
ImageInfo png_info(std::span<const std::byte> bytes, const std::string& name);
ImageInfo jpeg_info(std::span<const std::byte> bytes, const std::string& name);

// The orientation that Exif data say, 1 to 8; 1 where there is none or where they make no sense. With or without
// "Exif\0\0" before them.
int exif_orientation(std::span<const std::byte> exif);
// Turned and mirrored as an orientation of 1 to 8 says.
Tensor upright(const Tensor& image, int orientation);

// IoError unless an image of this size may be read from a file of so many bytes: within the limits of image.h, and no
// larger than `most_per_byte` pixels for each byte, so that a short file cannot ask for much memory.
void check_image_size(std::int64_t width, std::int64_t height, std::size_t file_bytes, std::int64_t most_per_byte,
                      const std::string& name);
// Fresh u8 [channels, height, width] stored as H, W, C; its memory is `height` rows of width * channels bytes.
Tensor image_tensor(std::int64_t channels, std::int64_t height, std::int64_t width);

}  // namespace percept
