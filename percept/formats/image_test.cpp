// image_test.cpp - pictures: what is written comes back, every form of PNG, every way to be malformed, real photos.
#include "percept/formats/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "percept/base/error.h"
#include "percept/base/files.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }
std::string text(std::span<const std::byte> data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }

std::string u32(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
  return out;
}
std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return u32(static_cast<std::uint32_t>(data.size())) + body + u32(static_cast<std::uint32_t>(crc));
}
std::string packed(const std::string& data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
           static_cast<uLong>(data.size()));
  out.resize(size);
  return out;
}
const std::string kMagic("\x89PNG\r\n\x1a\n", 8);
std::string header(std::uint32_t width, std::uint32_t height, int bits, int colour, int interlace = 0) {
  return chunk("IHDR", u32(width) + u32(height) + static_cast<char>(bits) + static_cast<char>(colour) +
                           std::string(2, '\0') + static_cast<char>(interlace));
}
// rows: each with its filter byte
std::string png(std::uint32_t width, std::uint32_t height, int bits, int colour, const std::string& rows,
                const std::string& before = "") {
  return kMagic + header(width, height, bits, colour) + before + chunk("IDAT", packed(rows)) + chunk("IEND", "");
}

Tensor pixels(Shape shape) {
  Tensor out(contiguous_spec(DType::u8, std::move(shape)));
  unsigned value = 7;
  for (std::int64_t i = 0; i < out.numel(); ++i)
    out.mutable_data<std::uint8_t>()[i] = static_cast<std::uint8_t>((value = value * 1103515245 + 12345) >> 16);
  return out;
}
std::vector<int> values(const Tensor& image) { return image.to_vector<std::int32_t>(); }

// The refusal of a file, which must be an IoError that names it and a remedy.
std::string refusal(const std::string& file) {
  try {
    parse_image(bytes(file), "photo.png");
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("photo.png: "));
    EXPECT_NE(error.fix(), "");
    return error.what();
  }
  return "";
}

// A JPEG of one grey pixel: 128.
const std::string kGreyJpeg = [] {
  const std::string zeros(64, '\1');
  const auto part = [](int marker, const std::string& data) {
    const std::size_t size = data.size() + 2;
    return std::string{'\xff', static_cast<char>(marker), static_cast<char>(size >> 8), static_cast<char>(size & 255)} +
           data;
  };
  const std::string one_code = std::string("\1", 1) + std::string(15, '\0') + std::string(1, '\0');  // code 0: value 0
  return std::string("\xff\xd8", 2) + part(0xdb, std::string(1, '\0') + zeros) +
         part(0xc0, std::string("\x08\0\1\0\1\1\1\x11\0", 9)) + part(0xc4, std::string(1, '\0') + one_code) +
         part(0xc4, std::string(1, '\x10') + one_code) + part(0xda, std::string("\1\1\0\0\x3f\0", 6)) + "\x3f" +
         std::string("\xff\xd9", 2);
}();

bool is_jpeg_built() { return refusal(kGreyJpeg).empty(); }
bool can_read_png() { return refusal(text(encode_png(pixels({1, 1})))).empty(); }

class Image : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_read_png()) GTEST_SKIP() << "built without libpng";
  }
};

TEST_F(Image, WhatIsWrittenComesBack) {
  for (const Shape& shape : {Shape{1, 5, 7}, Shape{3, 64, 33}, Shape{4, 3, 9}, Shape{1, 1, 1}, Shape{3, 1, 300}}) {
    const Tensor image = pixels(shape), again = parse_image(encode_png(image), "x");
    EXPECT_EQ(again.shape(), shape);
    EXPECT_EQ(again.dtype(), DType::u8);
    EXPECT_EQ(values(again), values(image));
  }
  EXPECT_EQ(parse_image(encode_png(pixels({4, 6})), "x").shape(), (Shape{1, 4, 6}));
}

TEST_F(Image, ImagesOfAnyMemoryOrderGiveTheSameFile) {
  const Tensor image = pixels({3, 6, 5}), stored_by_pixel = parse_image(encode_png(image), "x");
  EXPECT_EQ(stored_by_pixel.strides(), (Strides{1, 15, 3}));
  EXPECT_EQ(encode_png(stored_by_pixel), encode_png(image));
}

TEST_F(Image, SmoothPicturesBecomeSmall) {
  Tensor ramp(contiguous_spec(DType::u8, {3, 256, 256}));
  for (std::int64_t i = 0; i < ramp.numel(); ++i)
    ramp.mutable_data<std::uint8_t>()[i] = static_cast<std::uint8_t>(i % 256 + i / 256);
  EXPECT_LT(encode_png(ramp).size(), 4000u);
}

TEST_F(Image, ChannelsAreChangedOnRequest) {
  const std::string colour = png(2, 1, 8, 2, std::string("\0\xff\x00\x00\x0a\x14\x1e", 7));
  EXPECT_THAT(values(parse_image(bytes(colour), "x")), ElementsAre(255, 10, 0, 20, 0, 30));
  EXPECT_THAT(values(parse_image(bytes(colour), "x", 1)), ElementsAre(76, 18));  // 76.245, 18.15
  EXPECT_THAT(values(parse_image(bytes(colour), "x", 4)), ElementsAre(255, 10, 0, 20, 0, 30, 255, 255));
  const std::string grey = png(2, 1, 8, 0, std::string("\0\x05\x09", 3));
  EXPECT_THAT(values(parse_image(bytes(grey), "x", 3)), ElementsAre(5, 9, 5, 9, 5, 9));
  EXPECT_THROW(parse_image(bytes(grey), "x", 2), ValueError);
  EXPECT_THROW(read_image("/nowhere.png", -1), ValueError);
}

TEST_F(Image, EveryKindOfPngIsRead) {
  // 1 bit grey; palette of 2 bits with alpha; 16 bits; grey with alpha.
  EXPECT_THAT(values(parse_image(bytes(png(4, 1, 1, 0, std::string("\0\xa0", 2))), "x")), ElementsAre(255, 0, 255, 0));
  const std::string palette = chunk("PLTE", std::string("\1\2\3\4\5\6", 6));
  EXPECT_THAT(values(parse_image(bytes(png(2, 1, 2, 3, std::string("\0\x10", 2), palette)), "x")),
              ElementsAre(1, 4, 2, 5, 3, 6));
  const std::string clear = palette + chunk("tRNS", std::string("\x80", 1));
  EXPECT_THAT(values(parse_image(bytes(png(2, 1, 2, 3, std::string("\0\x10", 2), clear)), "x")),
              ElementsAre(1, 4, 2, 5, 3, 6, 128, 255));
  EXPECT_THAT(values(parse_image(bytes(png(1, 1, 16, 0, std::string("\0\x80\x80", 3))), "x")), ElementsAre(128));
  EXPECT_THAT(values(parse_image(bytes(png(1, 1, 8, 4, std::string("\0\x09\x40", 3))), "x")), ElementsAre(9, 9, 9, 64));
}

TEST_F(Image, EveryFilterIsUndone) {
  // Rows 1 2 3 under none, sub, up, average, Paeth: each row then equals the first plus what is written.
  const std::string rows("\0\1\2\3\1\1\1\1\2\0\0\0\3\0\0\0\4\0\0\0", 20);
  EXPECT_THAT(values(parse_image(bytes(png(3, 5, 8, 0, rows)), "x")),
              ElementsAre(1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 1, 2, 0, 1, 2));
}

TEST_F(Image, MalformedFilesAreRefused) {
  const std::string good = png(3, 2, 8, 0, std::string(8, '\0'));
  EXPECT_EQ(refusal(good), "");
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal("GIF89a"), HasSubstr("this looks like a GIF file; PNG and JPEG files are read"));
  EXPECT_THAT(refusal("BM1234"), HasSubstr("a BMP file"));
  EXPECT_THAT(refusal("P6 1 1 255 abc"), HasSubstr("neither a PNG nor a JPEG file"));
  for (std::size_t size = 8; size < good.size(); ++size)
    EXPECT_THAT(refusal(good.substr(0, size)), HasSubstr("damaged PNG")) << size;
  std::string bad_crc = good;
  bad_crc[30] ^= 1;
  EXPECT_THAT(refusal(bad_crc), HasSubstr("damaged PNG"));
  EXPECT_THAT(refusal(png(3, 2, 8, 0, std::string(7, '\0'))), HasSubstr("damaged PNG"));      // a row is short
  EXPECT_THAT(refusal(png(3, 2, 8, 0, std::string(8, '\x09'))), HasSubstr("damaged PNG"));    // no such filter
  EXPECT_THAT(refusal(png(3, 2, 7, 0, std::string(8, '\0'))), HasSubstr("damaged PNG"));      // 7 bits
  EXPECT_THAT(refusal(png(2, 1, 2, 3, std::string("\0\x10", 2))), HasSubstr("damaged PNG"));  // no palette
}

TEST_F(Image, SizesBeyondTheLimitsAreRefusedBeforeMemoryIsTaken) {
  const std::string row(8, '\0');
  for (const auto& [width, height] : {std::pair{65536u, 1u}, {1u, 65536u}, {9000u, 9000u}, {0x7fffffffu, 0x7fffffffu}})
    EXPECT_THAT(refusal(png(width, height, 8, 0, row)), HasSubstr("the header says " + std::to_string(width)));
  EXPECT_THAT(refusal(png(0, 5, 8, 0, row)), HasSubstr("damaged PNG"));
  EXPECT_THAT(refusal(png(7000, 7000, 8, 2, row)), HasSubstr("bytes cannot hold"));
}

TEST_F(Image, WhatCannotBeWrittenIsRefused) {
  EXPECT_THROW(encode_png(Tensor(contiguous_spec(DType::f32, {3, 2, 2}))), DTypeError);
  for (const Shape& shape : {Shape{}, Shape{4}, Shape{2, 3, 3}, Shape{5, 3, 3}, Shape{1, 3, 3, 3}, Shape{3, 0, 5}})
    EXPECT_THROW(encode_png(Tensor(contiguous_spec(DType::u8, shape))), ShapeError) << str(shape);
  EXPECT_THROW(write_png("/nowhere/at/all.png", pixels({3, 2, 2})), IoError);
}

TEST_F(Image, JpegIsRead) {
  if (!is_jpeg_built()) GTEST_SKIP() << "built without libjpeg: " << refusal(kGreyJpeg);
  EXPECT_THAT(values(parse_image(bytes(kGreyJpeg), "x")), ElementsAre(128));
  for (std::size_t size = 0; size < kGreyJpeg.size() - 2; ++size) EXPECT_NE(refusal(kGreyJpeg.substr(0, size)), "");
  std::string huge = kGreyJpeg;
  huge.replace(kGreyJpeg.find("\xff\xc0") + 5, 4, "\xff\xdc\xff\xdc");
  EXPECT_THAT(refusal(huge), HasSubstr("65500 x 65500"));
}

TEST_F(Image, PhotosAreRead) {
  const char* data = std::getenv("PERCEPT_DATA");
  const std::filesystem::path folder = std::filesystem::path(data ? data : "/nowhere") / "images";
  if (!std::filesystem::exists(folder / "hen.jpg")) GTEST_SKIP() << "PERCEPT_DATA has no images/";
  EXPECT_EQ(read_image(folder / "military_uniform.png").shape(), (Shape{3, 600, 512}));
  const std::vector<std::byte> bytes_of_hen = read_file(folder / "hen.jpg", 1 << 20);
  if (!is_jpeg_built()) GTEST_SKIP() << "built without libjpeg";
  const Tensor hen = read_image(folder / "hen.jpg");
  EXPECT_EQ(hen.shape(), (Shape{3, 398, 600}));
  EXPECT_EQ(read_image(folder / "hen.jpg", 1).shape(), (Shape{1, 398, 600}));
  EXPECT_EQ(values(parse_image(encode_png(hen), "x")), values(hen));
  for (const std::size_t size : {3u, 100u, 1000u, 50'000u, 110'000u})
    EXPECT_NE(refusal(text(std::span(bytes_of_hen).first(size))), "") << size;
}

}  // namespace
}  // namespace percept
