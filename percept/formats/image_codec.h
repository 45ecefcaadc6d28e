// image_codec.h - what the readers of PNG and JPEG share. Not for users: image.h is.
#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "percept/core/tensor.h"

namespace percept {

bool is_png(std::span<const std::byte> bytes);
bool is_jpeg(std::span<const std::byte> bytes);

// u8 [C, H, W] of 1, 3 or 4 channels. IoError "name: ...", or that this build has no such reader.
Tensor decode_png(std::span<const std::byte> bytes, const std::string& name);
Tensor decode_jpeg(std::span<const std::byte> bytes, const std::string& name);

// IoError unless an image of this size may be read from a file of so many bytes: within the limits of image.h, and no
// larger than `most_per_byte` pixels for each byte, so that a short file cannot ask for much memory.
void check_image_size(std::int64_t width, std::int64_t height, std::size_t file_bytes, std::int64_t most_per_byte,
                      const std::string& name);
// Fresh u8 [channels, height, width] stored as H, W, C; its memory is `height` rows of width * channels bytes.
Tensor image_tensor(std::int64_t channels, std::int64_t height, std::int64_t width);

}  // namespace percept
