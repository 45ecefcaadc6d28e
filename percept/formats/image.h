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

struct ImageOptions {
  int channels = 0;     // 1 grey, 3 RGB, 4 RGB and alpha; 0: as in the file (grey with alpha: 4, CMYK: 3)
  bool upright = true;  // turned and mirrored as the orientation in the file's Exif data says
  // Above 0: a JPEG may be read at a half, a quarter or an eighth of its size, as long as no side becomes shorter than
  // this, for photos that are made small anyway. It saves memory, the inverse transform and most of the work of making
  // them small, but not undoing Huffman's code, which is most of decoding. Other pixels than those of reading all and
  // making it small: libjpeg averages in its cosine transform. PNG files are read whole.
  std::int64_t min_size = 0;
};

// u8 [C, H, W], stored as H, W, C.
// PNG of any kind; 16 bits become 8 (rounded). JPEG grey, RGB or CMYK, which becomes RGB without a colour profile:
// R = C K / 255, of the values as Adobe's programs write them (inverted), else R = (255 - C)(255 - K) / 255.
// Grey of colour is (299 R + 587 G + 114 B) / 1000, rounded (ITU-R BT.601); alpha is dropped, or 255 where it was not.
// Exif data that make no sense say nothing, as in other programs; of a PNG they count where they stand before the
// pixels. ValueError for other options than those above; IoError.
Tensor read_image(const Path& path, int channels = 0);
Tensor read_image(const Path& path, const ImageOptions& options);

// The same from memory; `name` stands for the file in messages.
Tensor parse_image(std::span<const std::byte> bytes, std::string_view name, int channels = 0);
Tensor parse_image(std::span<const std::byte> bytes, std::string_view name, const ImageOptions& options);

enum class ImageFormat { png, jpeg };

struct ImageInfo {
  ImageFormat format = ImageFormat::png;
  std::int64_t width = 0, height = 0;  // as read_image gives them, so upright; they may be beyond its limits
  int channels = 0;                    // likewise: 1, 3 or 4
  int orientation = 1;  // of the Exif data, 1 to 8; 1: stored upright, above 4: width and height are stored swapped
};

// From the file's header alone: nothing is decoded, and no more is read than needed. IoError.
ImageInfo read_image_info(const Path& path);
ImageInfo parse_image_info(std::span<const std::byte> bytes, std::string_view name);

// An image of 1, 3 or 4 channels with another number of them, by the rules above. Stored as H, W, C; the image itself
// where it has that number already. DTypeError, ShapeError, ValueError.
Tensor convert_channels(const Tensor& image, int channels);

// image: u8 [C, H, W] with C of 1 (grey), 3 (RGB) or 4 (RGB and alpha), or [H, W] (grey); any strides. Replaces the
// file as a whole or not at all. DTypeError, ShapeError (also for an empty image), IoError.
void write_png(const Path& path, const Tensor& image);

// The file's bytes. The same tensor gives the same bytes with the same zlib.
std::vector<std::byte> encode_png(const Tensor& image);

}  // namespace percept
