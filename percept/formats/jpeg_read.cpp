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

#include <csetjmp>
#include <cstring>
#endif

#include "percept/base/error.h"

namespace percept {

#if PERCEPT_HAVE_JPEG
namespace {

constexpr std::int64_t kMostPixelsPerByte = 1024;  // a block of 64 pixels takes a bit or more
constexpr int kMaxScans = 100;                     // a progressive file has about ten; each costs a pass
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
  jpeg_mem_src(&reader.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&reader.jpeg, TRUE);
  return true;
}

// to: rows of image_width * channels bytes, one after another.
bool read_rows(Reader& reader, std::uint8_t* to, J_COLOR_SPACE form, int channels) {
  if (setjmp(reader.failed)) return false;
  reader.jpeg.out_color_space = form;
  jpeg_start_decompress(&reader.jpeg);
  while (reader.jpeg.output_scanline < reader.jpeg.output_height) {
    JSAMPROW row = to + std::size_t{reader.jpeg.output_scanline} * reader.jpeg.image_width * channels;
    jpeg_read_scanlines(&reader.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&reader.jpeg);
  return true;
}

}  // namespace

Tensor decode_jpeg(std::span<const std::byte> bytes, const std::string& name) {
  Reader reader;
  start(reader);
  const struct Cleanup {
    Reader& reader;
    ~Cleanup() { jpeg_destroy_decompress(&reader.jpeg); }
  } cleanup{reader};
  const auto refuse = [&] {
    throw IoError(name + ": damaged JPEG: " + reader.message, "copy or download the file again");
  };
  if (!read_header(reader, bytes)) refuse();
  check_image_size(reader.jpeg.image_width, reader.jpeg.image_height, bytes.size(), kMostPixelsPerByte, name);
  const J_COLOR_SPACE stored = reader.jpeg.jpeg_color_space;
  if (stored != JCS_GRAYSCALE && stored != JCS_YCbCr && stored != JCS_RGB)
    throw IoError(name + ": a JPEG that is neither grey nor RGB", "convert it to RGB (CMYK is for printing)");
  const int channels = stored == JCS_GRAYSCALE ? 1 : 3;
  Tensor image = image_tensor(channels, reader.jpeg.image_height, reader.jpeg.image_width);
  if (!read_rows(reader, image.mutable_data<std::uint8_t>(), channels == 1 ? JCS_GRAYSCALE : JCS_RGB, channels))
    refuse();
  return image;
}

#else

Tensor decode_jpeg(std::span<const std::byte>, const std::string& name) {
  throw IoError(name + ": this build of Percept reads no JPEG files", "install libjpeg-dev and build it again");
}

#endif

}  // namespace percept
