// png_write.cpp - PNG files written by hand: chunks, one filter a row, deflate.
// Source: PNG specification, third edition (W3C 2025), sections 5 (chunks), 9 (filters) and 12.7 (choosing a filter).
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/formats/bytes.h"
#include "percept/formats/image.h"

namespace percept {
namespace {

using Row = std::span<const std::uint8_t>;

struct Picture {
  std::int64_t channels, height, width;
  std::vector<std::uint8_t> values;  // rows of width * channels bytes
  std::size_t row_bytes() const { return static_cast<std::size_t>(width * channels); }
};

void append_u32(std::string& to, std::uint64_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift & 255);
}

void append_chunk(std::string& to, const char* type, std::string_view data) {
  append_u32(to, data.size());
  const std::size_t begin = to.size();
  to.append(type, 4).append(data);
  append_u32(to, crc32_z(0, reinterpret_cast<const Bytef*>(to.data()) + begin, to.size() - begin));
}

// Of left, above and above left, the one nearest to left + above - above left.
int paeth(int left, int above, int corner) {
  const int to_left = std::abs(above - corner), to_above = std::abs(left - corner),
            to_corner = std::abs(left + above - 2 * corner);
  return to_left <= to_above && to_left <= to_corner ? left : to_above <= to_corner ? above : corner;
}

// Filter `type` of one row into `to`: the type, then each byte less its prediction. above is empty for the first row.
void filter_row(int type, Row row, Row above, std::size_t channels, std::uint8_t* to) {
  *to++ = static_cast<std::uint8_t>(type);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const int left = i < channels ? 0 : row[i - channels], up = above.empty() ? 0 : above[i],
              corner = i < channels || above.empty() ? 0 : above[i - channels];
    const std::array<int, 5> predicted{0, left, up, (left + up) / 2, type == 4 ? paeth(left, up, corner) : 0};
    to[i] = static_cast<std::uint8_t>(row[i] - predicted[static_cast<std::size_t>(type)]);
  }
}

// How much a filtered row varies: what is left over, taken as signed bytes.
std::int64_t roughness(Row filtered) {
  std::int64_t sum = 0;
  for (const std::uint8_t value : filtered.subspan(1)) sum += value < 128 ? value : 256 - value;
  return sum;
}

// All rows, each under the filter that leaves least.
std::vector<std::uint8_t> filtered_rows(const Picture& picture) {
  const std::size_t row_bytes = picture.row_bytes(), rows = static_cast<std::size_t>(picture.height);
  std::vector<std::uint8_t> out((row_bytes + 1) * rows), trial(row_bytes + 1);
  for (std::size_t y = 0; y < rows; ++y) {
    const Row all(picture.values), row = all.subspan(y * row_bytes, row_bytes);
    const Row above = y == 0 ? Row() : all.subspan((y - 1) * row_bytes, row_bytes);
    std::uint8_t* best = out.data() + y * (row_bytes + 1);
    std::int64_t least = -1;
    for (int type = 0; type < 5; ++type) {
      filter_row(type, row, above, static_cast<std::size_t>(picture.channels), trial.data());
      const std::int64_t rough = roughness(trial);
      if (least >= 0 && rough >= least) continue;
      least = rough;
      std::memcpy(best, trial.data(), trial.size());
    }
  }
  return out;
}

std::string deflated(const std::vector<std::uint8_t>& data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, data.data(), static_cast<uLong>(data.size()), 6) != Z_OK)
    throw OutOfMemoryError("write_png: no memory to compress", "free some memory");
  out.resize(size);
  return out;
}

Picture picture_of(const Tensor& image) {
  if (image.dtype() != DType::u8)
    throw DTypeError("write_png: the image is " + std::string(name_of(image.dtype())),
                     "pixels are u8, 0..255: cast(clip(round(image), 0, 255), DType::u8)");
  const bool grey = image.rank() == 2;
  const std::int64_t channels = grey ? 1 : image.rank() == 3 ? image.size(0) : 0;
  const bool fits = channels == 1 || channels == 3 || channels == 4;
  if (!fits || image.numel() == 0 || image.size(-1) > kMaxImageSide || image.size(-2) > kMaxImageSide ||
      image.size(-1) * image.size(-2) > kMaxImagePixels)
    throw ShapeError("write_png: the image has shape " + str(image.shape()),
                     "[C, H, W] with 1 (grey), 3 (RGB) or 4 channels, or [H, W]; at least one pixel, at most " +
                         with_thousands(kMaxImagePixels) + " and " + with_thousands(kMaxImageSide) + " a side");
  Picture picture{channels, image.size(-2), image.size(-1), {}};
  picture.values.resize(static_cast<std::size_t>(image.numel()));
  std::vector<std::byte> scratch;
  const auto planes = row_major_bytes(image, scratch);  // C, H, W
  const auto pixels = static_cast<std::size_t>(picture.height * picture.width), c = static_cast<std::size_t>(channels);
  for (std::size_t plane = 0; plane < c; ++plane)
    for (std::size_t i = 0; i < pixels; ++i)
      picture.values[i * c + plane] = std::to_integer<std::uint8_t>(planes[plane * pixels + i]);
  return picture;
}

std::string encode(const Tensor& image) {
  const Picture picture = picture_of(image);
  std::string file("\x89PNG\r\n\x1a\n", 8), header;
  append_u32(header, static_cast<std::uint64_t>(picture.width));
  append_u32(header, static_cast<std::uint64_t>(picture.height));
  header += '\x08';                                                              // bits a sample
  header += picture.channels == 1 ? '\0' : picture.channels == 3 ? '\2' : '\6';  // grey, RGB, RGBA
  header.append(3, '\0');                                                        // deflate, these filters, one pass
  append_chunk(file, "IHDR", header);
  append_chunk(file, "IDAT", deflated(filtered_rows(picture)));
  append_chunk(file, "IEND", {});
  return file;
}

}  // namespace

std::vector<std::byte> encode_png(const Tensor& image) {
  const std::string file = encode(image);
  const auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}

void write_png(const Path& path, const Tensor& image) { write_file_atomic(path, encode(image)); }

}  // namespace percept
