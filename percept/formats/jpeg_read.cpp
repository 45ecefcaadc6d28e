// jpeg_read.cpp - JPEG files through libjpeg-turbo, fed from memory.
//
// libjpeg's own error handler ends the process; ours leaves by longjmp, so the function between setjmp and its calls
// holds nothing that has a destructor.
#include "percept/formats/image_codec.h"

#if PERCEPT_HAVE_JPEG
#include <cstdio>
// libjpeg's header needs <cstdio> before it.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>
#endif

#include "percept/base/error.h"

namespace percept {

#if PERCEPT_HAVE_JPEG
namespace {

constexpr std::int64_t kMostPixelsPerByte = 1024;  // a block of 64 pixels takes a bit or more
constexpr int kExifMarker = JPEG_APP0 + 1;
constexpr int kMaxScans = 100;  // a progressive file has about ten; each costs a pass
constexpr char kTooManyScans[] = "more than 100 scans";

struct Reader {
  jpeg_decompress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf failed;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void fail(j_common_ptr jpeg) {
  auto* reader = static_cast<Reader*>(jpeg->client_data);
  jpeg->err->format_message(jpeg, reader->message);
  std::longjmp(reader->failed, 1);
}

// Warnings: what says that pixels were made up is an error here, the rest is passed over.
void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
      fail(jpeg);
    default:
      break;
  }
}

void count_scans(j_common_ptr jpeg) {
  auto* reader = static_cast<Reader*>(jpeg->client_data);
  if (reader->jpeg.input_scan_number > kMaxScans) {
    std::memcpy(reader->message, kTooManyScans, sizeof(kTooManyScans));
    std::longjmp(reader->failed, 1);
  }
}

void start(Reader& reader) {
  std::memset(&reader, 0, sizeof(reader));
  reader.jpeg.err = jpeg_std_error(&reader.errors);
  reader.errors.error_exit = fail;
  reader.errors.emit_message = on_message;
  reader.progress.progress_monitor = count_scans;
  reader.jpeg.client_data = &reader;
}

bool read_header(Reader& reader, std::span<const std::byte> bytes) {
  if (setjmp(reader.failed)) return false;
  jpeg_create_decompress(&reader.jpeg);
  reader.jpeg.progress = &reader.progress;
  jpeg_save_markers(&reader.jpeg, kExifMarker, 0xffff);
  jpeg_mem_src(&reader.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&reader.jpeg, TRUE);
  return true;
}

// The whole is read at 1/`divisor` of its size.
bool start_rows(Reader& reader, J_COLOR_SPACE form, unsigned divisor) {
  if (setjmp(reader.failed)) return false;
  reader.jpeg.out_color_space = form;
  reader.jpeg.scale_num = 1;
  reader.jpeg.scale_denom = divisor;
  jpeg_start_decompress(&reader.jpeg);
  return true;
}

// CMYK of a row into RGB. Adobe's programs write 255 for no ink.
void convert_row(const std::uint8_t* from, std::uint8_t* to, std::size_t width, bool inverted) {
  for (std::size_t x = 0; x < width; ++x, from += 4, to += 3)
    for (int c = 0; c < 3; ++c) {
      const int colour = inverted ? from[c] : 255 - from[c], black = inverted ? from[3] : 255 - from[3];
      to[c] = static_cast<std::uint8_t>((colour * black + 127) / 255);
    }
}

// to: rows of output_width * channels bytes, one after another. cmyk: room for a row of four channels, or null.
bool read_rows(Reader& reader, std::uint8_t* to, std::size_t row_bytes, std::uint8_t* cmyk) {
  if (setjmp(reader.failed)) return false;
  while (reader.jpeg.output_scanline < reader.jpeg.output_height) {
    std::uint8_t* const place = to + reader.jpeg.output_scanline * row_bytes;
    JSAMPROW row = cmyk ? cmyk : place;
    jpeg_read_scanlines(&reader.jpeg, &row, 1);
    if (cmyk) convert_row(cmyk, place, reader.jpeg.output_width, reader.jpeg.saw_Adobe_marker);
  }
  jpeg_finish_decompress(&reader.jpeg);
  return true;
}

// A file whose header was read, and libjpeg's memory for it.
class Jpeg {
 public:
  Jpeg(std::span<const std::byte> bytes, const std::string& name) : name_(name) {
    start(reader_);
    if (!read_header(reader_, bytes)) {
      const std::string what = reader_.message;
      jpeg_destroy_decompress(&reader_.jpeg);
      refuse(what);
    }
  }
  ~Jpeg() { jpeg_destroy_decompress(&reader_.jpeg); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;

  std::int64_t width() const { return reader_.jpeg.image_width; }
  std::int64_t height() const { return reader_.jpeg.image_height; }
  bool is_cmyk() const {
    return reader_.jpeg.jpeg_color_space == JCS_CMYK || reader_.jpeg.jpeg_color_space == JCS_YCCK;
  }
  // Of the tensor. IoError for kinds that are not read.
  int channels() const {
    const J_COLOR_SPACE stored = reader_.jpeg.jpeg_color_space;
    if (stored == JCS_GRAYSCALE) return 1;
    if (stored != JCS_YCbCr && stored != JCS_RGB && !is_cmyk())
      throw IoError(name_ + ": a JPEG that is neither grey nor RGB nor CMYK", "convert it to RGB");
    return 3;
  }
  int orientation() const {
    for (const auto* marker = reader_.jpeg.marker_list; marker; marker = marker->next) {
      const std::span<const std::byte> data(reinterpret_cast<const std::byte*>(marker->data), marker->data_length);
      if (marker->marker == kExifMarker && data.size() > 6 && std::memcmp(data.data(), "Exif\0\0", 6) == 0)
        return exif_orientation(data);
    }
    return 1;
  }

  Tensor decode(unsigned divisor) {
    const int channels = this->channels();
    if (!start_rows(reader_, is_cmyk() ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB, divisor))
      refuse(reader_.message);
    const std::size_t width = reader_.jpeg.output_width;
    Tensor image = image_tensor(channels, reader_.jpeg.output_height, reader_.jpeg.output_width);
    std::vector<std::uint8_t> cmyk(is_cmyk() ? 4 * width : 0);
    if (!read_rows(reader_, image.mutable_data<std::uint8_t>(), width * static_cast<std::size_t>(channels),
                   is_cmyk() ? cmyk.data() : nullptr))
      refuse(reader_.message);
    return image;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw IoError(name_ + ": damaged JPEG: " + what, "copy or download the file again");
  }
  Reader reader_;
  const std::string& name_;
};

// The largest of libjpeg's fast divisors that leaves no side shorter than min_size.
unsigned divisor_for(std::int64_t width, std::int64_t height, std::int64_t min_size) {
  for (const unsigned divisor : {8u, 4u, 2u})
    if (min_size > 0 && (std::min(width, height) + divisor - 1) / divisor >= min_size) return divisor;
  return 1;
}

}  // namespace

StoredImage decode_jpeg(std::span<const std::byte> bytes, const std::string& name, std::int64_t min_size) {
  Jpeg jpeg(bytes, name);
  check_image_size(jpeg.width(), jpeg.height(), bytes.size(), kMostPixelsPerByte, name);
  const int orientation = jpeg.orientation();  // libjpeg forgets its markers at the end of decoding
  return {.pixels = jpeg.decode(divisor_for(jpeg.width(), jpeg.height(), min_size)), .orientation = orientation};
}

ImageInfo jpeg_info(std::span<const std::byte> bytes, const std::string& name) {
  const Jpeg jpeg(bytes, name);
  return {.format = ImageFormat::jpeg,
          .width = jpeg.width(),
          .height = jpeg.height(),
          .channels = jpeg.channels(),
          .orientation = jpeg.orientation()};
}

#else
namespace {
[[noreturn]] void refuse_all(const std::string& name) {
  throw IoError(name + ": this build of Percept reads no JPEG files", "install libjpeg-dev and build it again");
}
}  // namespace

StoredImage decode_jpeg(std::span<const std::byte>, const std::string& name, std::int64_t) { refuse_all(name); }
ImageInfo jpeg_info(std::span<const std::byte>, const std::string& name) { refuse_all(name); }

#endif

}  // namespace percept
