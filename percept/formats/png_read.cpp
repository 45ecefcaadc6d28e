// png_read.cpp - PNG files through libpng, fed from memory, with its limits set.
//
// libpng leaves by longjmp: the functions between setjmp and its calls hold nothing that has a destructor.
#include "percept/formats/image_codec.h"

#if PERCEPT_HAVE_PNG
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>
#endif

#include "percept/base/error.h"

namespace percept {

#if PERCEPT_HAVE_PNG
namespace {

constexpr std::int64_t kMostPixelsPerByte = 8 * 1032;  // one bit a pixel, and what deflate can pack
constexpr png_alloc_size_t kMaxChunkBytes = 8 << 20;

struct Source {
  std::span<const std::byte> rest;
  char message[200] = {};
};

[[noreturn]] void fail(png_structp png, png_const_charp text) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source->message, text, sizeof(source->message) - 1);
  png_longjmp(png, 1);
}
void ignore_warning(png_structp, png_const_charp) {}

void give_bytes(png_structp png, png_bytep to, std::size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > source->rest.size()) png_error(png, "the file ends too early");
  std::memcpy(to, source->rest.data(), count);
  source->rest = source->rest.subspan(count);
}

// What libpng allocates for one file.
struct Reader {
  png_structp png;
  png_infop info;
  explicit Reader(Source& source)
      : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, fail, ignore_warning)),
        info(png ? png_create_info_struct(png) : nullptr) {
    if (!info) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      throw OutOfMemoryError("no memory to read a PNG file", "free some memory");
    }
    png_set_read_fn(png, &source, give_bytes);
  }
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
};

// Chunks that only cost memory or time here are passed over unread.
void set_limits(png_structp png) {
  static constexpr png_byte kPassedOver[] = "iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0hIST\0eXIf\0pCAL\0sCAL";
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);  // ours, with a better message, come next
  png_set_chunk_cache_max(png, 64);
  png_set_chunk_malloc_max(png, kMaxChunkBytes);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, kPassedOver, sizeof(kPassedOver) / 5);
}

bool read_header(png_structp png, png_infop info) {
  if (setjmp(png_jmpbuf(png))) return false;
  set_limits(png);
  png_read_info(png, info);
  return true;
}

// Everything becomes 8 bits of grey, RGB, or RGB and alpha.
bool choose_form(png_structp png, png_infop info) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_expand(png);
  png_set_scale_16(png);
  if (png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY_ALPHA ||
      (png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY && png_get_valid(png, info, PNG_INFO_tRNS)))
    png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  return true;
}

// Of the tensor: what choose_form will make of it.
int channels_of(png_structp png, png_infop info) {
  const int colour = png_get_color_type(png, info);
  if ((colour & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS)) return 4;
  return colour == PNG_COLOR_TYPE_GRAY ? 1 : 3;
}

// Of the eXIf chunk before the pixels. libpng 1.6.39 takes memory for as many bytes as the chunk claims, so it is left
// to us.
int orientation_of(std::span<const std::byte> bytes) {
  constexpr std::size_t kMagic = 8, kHead = 8, kChecksum = 4;
  for (bytes = bytes.subspan(kMagic); bytes.size() >= kHead + kChecksum;) {
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i) size = size << 8 | std::to_integer<std::size_t>(bytes[static_cast<std::size_t>(i)]);
    const std::string_view kind(reinterpret_cast<const char*>(bytes.data()) + 4, 4);
    if (size > bytes.size() - kHead - kChecksum || kind == "IDAT") break;
    if (kind == "eXIf") return exif_orientation(bytes.subspan(kHead, size));
    bytes = bytes.subspan(kHead + size + kChecksum);
  }
  return 1;
}

bool read_rows(png_structp png, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

[[noreturn]] void refuse(const Source& source, const std::string& name) {
  throw IoError(name + ": damaged PNG: " + source.message, "copy or download the file again");
}

}  // namespace

StoredImage decode_png(std::span<const std::byte> bytes, const std::string& name) {
  Source source{bytes};
  const Reader reader(source);
  if (!read_header(reader.png, reader.info)) refuse(source, name);
  const int expected = channels_of(reader.png, reader.info);
  const std::int64_t width = png_get_image_width(reader.png, reader.info),
                     height = png_get_image_height(reader.png, reader.info);
  check_image_size(width, height, bytes.size(), kMostPixelsPerByte, name);
  if (!choose_form(reader.png, reader.info)) refuse(source, name);
  const std::int64_t channels = png_get_channels(reader.png, reader.info);
  const auto row_bytes = static_cast<std::size_t>(width * channels);
  if (channels != expected || png_get_rowbytes(reader.png, reader.info) != row_bytes)
    throw IoError(name + ": a PNG of a kind that is not known", "save it as 8-bit grey, RGB or RGBA");

  Tensor image = image_tensor(channels, height, width);
  std::vector<png_bytep> rows(static_cast<std::size_t>(height));
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = image.mutable_data<std::uint8_t>() + y * row_bytes;
  if (!read_rows(reader.png, rows.data())) refuse(source, name);
  return {.pixels = std::move(image), .orientation = orientation_of(bytes)};
}

ImageInfo png_info(std::span<const std::byte> bytes, const std::string& name) {
  Source source{bytes};
  const Reader reader(source);
  if (!read_header(reader.png, reader.info)) refuse(source, name);
  return {.format = ImageFormat::png,
          .width = png_get_image_width(reader.png, reader.info),
          .height = png_get_image_height(reader.png, reader.info),
          .channels = channels_of(reader.png, reader.info),
          .orientation = orientation_of(bytes)};
}

#else
namespace {
[[noreturn]] void refuse_all(const std::string& name) {
  throw IoError(name + ": this build of Percept reads no PNG files", "install libpng-dev and build it again");
}
}  // namespace

StoredImage decode_png(std::span<const std::byte>, const std::string& name) { refuse_all(name); }
ImageInfo png_info(std::span<const std::byte>, const std::string& name) { refuse_all(name); }

#endif

}  // namespace percept
