// image.cpp - which reader takes a file, limits, and changes of channels.
#include "percept/formats/image.h"

#include <algorithm>
#include <array>
#include <utility>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/formats/byte_file.h"
#include "percept/formats/image_codec.h"

namespace percept {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr std::size_t kFirstBytes = std::size_t{32} << 10;  // of a file whose header is asked for

template <std::size_t N>
bool starts_with(std::span<const std::byte> bytes, const std::array<int, N>& magic) {
  return bytes.size() >= N && std::equal(magic.begin(), magic.end(), bytes.begin(),
                                         [](int wanted, std::byte is) { return std::byte(wanted) == is; });
}

// One pixel into another number of channels.
void convert_pixel(const std::uint8_t* from, int from_channels, std::uint8_t* to, int to_channels) {
  const std::uint8_t alpha = from_channels == 4 ? from[3] : 255;
  if (to_channels == 1) {
    to[0] = from_channels == 1
                ? from[0]
                : static_cast<std::uint8_t>((299 * from[0] + 587 * from[1] + 114 * from[2] + 500) / 1000);
    return;
  }
  for (int c = 0; c < 3; ++c) to[c] = from[from_channels == 1 ? 0 : c];
  if (to_channels == 4) to[3] = alpha;
}

Tensor with_channels(const Tensor& image, int channels) {
  const auto has = static_cast<int>(image.size(0));
  if (channels == 0 || channels == has) return image;
  Tensor out = image_tensor(channels, image.size(1), image.size(2));
  const auto* from = image.data<std::uint8_t>();
  auto* to = out.mutable_data<std::uint8_t>();
  for (std::int64_t i = 0, count = image.size(1) * image.size(2); i < count; ++i)
    convert_pixel(from + i * has, has, to + i * channels, channels);
  return out;
}

void check(const ImageOptions& options) {
  if (options.channels != 0 && options.channels != 1 && options.channels != 3 && options.channels != 4)
    throw ValueError("read_image: channels is " + number(options.channels), "0 (as in the file), 1, 3 or 4");
  if (options.min_size < 0)
    throw ValueError("read_image: min_size is " + number(options.min_size), "0 (every pixel is read) or more");
}

// Formats that are not read, by their first bytes.
std::string kind_of(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::array<std::pair<std::string_view, const char*>, 6> kKinds = {
      {{"GIF8", "a GIF"}, {"BM", "a BMP"}, {"RIFF", "a WebP"}, {"II*", "a TIFF"}, {"MM", "a TIFF"}, {"%PDF", "a PDF"}}};
  for (const auto& [start, kind] : kKinds)
    if (text.starts_with(start)) return kind;
  if (text.substr(std::min<std::size_t>(4, text.size())).starts_with("ftyp")) return "a HEIC or AVIF";
  return "";
}

[[noreturn]] void refuse_format(std::span<const std::byte> bytes, const std::string& name) {
  const std::string kind = kind_of(bytes);
  throw IoError(
      name + (bytes.empty()  ? ": the file is empty"
              : kind.empty() ? ": neither a PNG nor a JPEG file"
                             : ": this looks like " + kind + " file; PNG and JPEG files are read"),
      "convert it, for example with ImageMagick: mogrify -format png FILES (the contents count, not the name)");
}

}  // namespace

bool is_png(std::span<const std::byte> bytes) {
  return starts_with<8>(bytes, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
}
bool is_jpeg(std::span<const std::byte> bytes) { return starts_with<3>(bytes, {0xff, 0xd8, 0xff}); }

void check_image_size(std::int64_t width, std::int64_t height, std::size_t file_bytes, std::int64_t most_per_byte,
                      const std::string& name) {
  const std::string says = name + ": the header says " + number(width) + " x " + number(height) + " pixels";
  if (width < 1 || height < 1 || width > kMaxImageSide || height > kMaxImageSide || width * height > kMaxImagePixels)
    throw IoError(says, "images may have 1 to " + with_thousands(kMaxImageSide) + " pixels a side, " +
                            with_thousands(kMaxImagePixels) + " in all");
  if (width * height / most_per_byte > static_cast<std::int64_t>(file_bytes))
    throw IoError(says + ", which " + with_thousands(static_cast<std::int64_t>(file_bytes)) + " bytes cannot hold",
                  "the file is cut short or its header is damaged: copy or download it again");
}

Tensor image_tensor(std::int64_t channels, std::int64_t height, std::int64_t width) {
  Spec spec = contiguous_spec(DType::u8, {channels, height, width});
  spec.strides = {1, checked_mul(width, channels), channels};
  return Tensor(spec);
}

Tensor parse_image(std::span<const std::byte> bytes, std::string_view name, const ImageOptions& options) {
  check(options);
  const std::string file(name);
  if (!is_png(bytes) && !is_jpeg(bytes)) refuse_format(bytes, file);
  const StoredImage image = is_png(bytes) ? decode_png(bytes, file) : decode_jpeg(bytes, file, options.min_size);
  return with_channels(options.upright ? upright(image.pixels, image.orientation) : image.pixels, options.channels);
}

Tensor parse_image(std::span<const std::byte> bytes, std::string_view name, int channels) {
  return parse_image(bytes, name, ImageOptions{.channels = channels});
}

Tensor read_image(const Path& path, const ImageOptions& options) {
  check(options);
  return parse_image(read_file(path, kMaxFileBytes), path.string(), options);
}

Tensor read_image(const Path& path, int channels) { return read_image(path, ImageOptions{.channels = channels}); }

ImageInfo parse_image_info(std::span<const std::byte> bytes, std::string_view name) {
  const std::string file(name);
  if (!is_png(bytes) && !is_jpeg(bytes)) refuse_format(bytes, file);
  ImageInfo info = is_png(bytes) ? png_info(bytes, file) : jpeg_info(bytes, file);
  if (info.orientation > 4) std::swap(info.width, info.height);
  return info;
}

ImageInfo read_image_info(const Path& path) {
  const ByteFile file(path);
  const auto size = static_cast<std::size_t>(std::min(file.size(), static_cast<std::int64_t>(kMaxFileBytes)));
  std::vector<std::byte> bytes;
  // Headers may be long (a thumbnail, a colour profile), but few are.
  for (std::size_t count = kFirstBytes;; count *= 8) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(count, size));
    bytes.resize(had + file.read(static_cast<std::int64_t>(had), bytes.data() + had, bytes.size() - had));
    if (!is_png(bytes) && !is_jpeg(bytes)) refuse_format(bytes, path.string());
    try {
      return parse_image_info(bytes, path.string());
    } catch (const IoError&) {
      if (bytes.size() < count || count >= size) throw;
    }
  }
}

}  // namespace percept
