// image_oracle_test.cpp - pictures beside Pillow (tests/oracle/make_pictures.py), what headers say, and orientation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/formats/image.h"
#include "percept/formats/image_codec.h"
#include "percept/formats/npy.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

fs::path pictures() {
  const char* root = std::getenv("PERCEPT_SOURCE");
  return fs::path(root ? root : PERCEPT_SOURCE_DIR) / "tests/oracle/pictures";
}

// Whether this build reads files of this kind: a missing library is no failure.
bool is_built(const std::string& name) {
  const fs::path one = pictures() / (name.ends_with(".png") ? "one_pixel.png" : "grey.jpg");
  try {
    read_image(one);
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr("this build of Percept reads no"));
    return false;
  }
  return true;
}

// PNG says what its pixels are. JPEG leaves the last bit of its transform open: libjpeg-turbo's releases agree here,
// other libraries differ by one.
constexpr int kJpegTolerance = 1;

void expect_pixels(const Tensor& image, const Tensor& expected, int tolerance, const std::string& name) {
  ASSERT_EQ(image.shape(), expected.shape()) << name;
  const std::vector<std::int32_t> is = image.to_vector<std::int32_t>(), should = expected.to_vector<std::int32_t>();
  int worst = 0;
  for (std::size_t i = 0; i < is.size(); ++i) worst = std::max(worst, std::abs(is[i] - should[i]));
  EXPECT_LE(worst, tolerance) << name;
}

TEST(ImageOracle, PixelsOfPillow) {
  std::size_t compared = 0;
  for (const auto& [name, pixels] : read_npz(pictures() / "expected.npz").tensors) {
    if (name.find('/') != std::string::npos || !is_built(name)) continue;
    const bool is_png = name.ends_with(".png");
    expect_pixels(read_image(pictures() / name), pixels, is_png ? 0 : kJpegTolerance, name);
    const ImageInfo info = read_image_info(pictures() / name);
    EXPECT_EQ((Shape{info.channels, info.height, info.width}), pixels.shape()) << name;
    EXPECT_EQ(info.format, is_png ? ImageFormat::png : ImageFormat::jpeg);
    ++compared;
  }
  if (compared == 0) GTEST_SKIP() << "built without libpng and libjpeg";
}

TEST(ImageOracle, JpegAtAPartOfItsSize) {
  if (!is_built("grey.jpg")) GTEST_SKIP() << "built without libjpeg";
  const TensorFile expected = read_npz(pictures() / "expected.npz");
  const fs::path photo = pictures() / "large.jpg";  // 200 x 120
  const auto shape = [&](std::int64_t min_size) { return read_image(photo, {.min_size = min_size}).shape(); };
  EXPECT_EQ(shape(0), (Shape{3, 120, 200}));
  EXPECT_EQ(shape(61), (Shape{3, 120, 200}));
  EXPECT_EQ(shape(500), (Shape{3, 120, 200}));
  EXPECT_EQ(shape(60), (Shape{3, 60, 100}));
  EXPECT_EQ(shape(31), (Shape{3, 60, 100}));
  EXPECT_EQ(shape(30), (Shape{3, 30, 50}));
  EXPECT_EQ(shape(15), (Shape{3, 15, 25}));
  EXPECT_EQ(shape(1), (Shape{3, 15, 25}));
  for (const auto& [divisor, min_size] : {std::pair{2, 60}, {4, 30}, {8, 15}})
    expect_pixels(read_image(photo, {.min_size = min_size}), *expected.find("large.jpg/" + std::to_string(divisor)),
                  kJpegTolerance, "large.jpg/" + std::to_string(divisor));
  // Turned photos too: sides are stored swapped.
  EXPECT_EQ(read_image(pictures() / "orientation6.jpg", {.min_size = 7}).shape(), (Shape{3, 11, 7}));
  EXPECT_EQ(read_image(pictures() / "cmyk_adobe.jpg", {.min_size = 7}).shape(), (Shape{3, 7, 11}));
  EXPECT_THROW(read_image(photo, {.min_size = -1}), ValueError);
}

TEST(ImageOracle, OrientationIsToldAndCanBeLeft) {
  for (const char* kind : {".jpg", ".png"}) {
    if (!is_built(kind)) continue;
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const fs::path path = pictures() / ("orientation" + std::to_string(orientation) + kind);
      EXPECT_EQ(read_image_info(path).orientation, orientation);
      EXPECT_EQ(read_image(path, {.upright = false}).shape(), (Shape{3, 14, 21}));
      EXPECT_EQ(read_image(path).shape(), orientation > 4 ? (Shape{3, 21, 14}) : (Shape{3, 14, 21}));
    }
  }
}

// Two by three pixels, 0 1 2 / 3 4 5, each way up.
TEST(ImageOracle, EveryOrientationByHand) {
  const std::vector<std::vector<int>> turned = {{0, 1, 2, 3, 4, 5}, {2, 1, 0, 5, 4, 3}, {5, 4, 3, 2, 1, 0},
                                                {3, 4, 5, 0, 1, 2}, {0, 3, 1, 4, 2, 5}, {3, 0, 4, 1, 5, 2},
                                                {5, 2, 4, 1, 3, 0}, {2, 5, 1, 4, 0, 3}};
  for (const std::int64_t channels : {1, 3, 4}) {
    Tensor image = image_tensor(channels, 2, 3);
    for (std::int64_t i = 0; i < image.numel(); ++i)
      image.mutable_data<std::uint8_t>()[i] = static_cast<std::uint8_t>(i / channels + 10 * (i % channels));
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const Tensor out = upright(image, orientation);
      const std::vector<std::int32_t> is = out.to_vector<std::int32_t>();
      for (std::size_t i = 0; i < is.size(); ++i)
        EXPECT_EQ(is[i], turned[static_cast<std::size_t>(orientation - 1)][i % 6] + 10 * static_cast<int>(i / 6));
    }
  }
}

TEST(ImageOracle, ExifThatMakesNoSenseSaysNothing) {
  const auto orientation = [](const std::string& exif) { return exif_orientation(std::as_bytes(std::span(exif))); };
  const auto entry = [](int tag, int type, int value) {
    return std::string{static_cast<char>(tag & 255),
                       static_cast<char>(tag >> 8),
                       static_cast<char>(type),
                       0,
                       1,
                       0,
                       0,
                       0,
                       static_cast<char>(value),
                       0,
                       0,
                       0};
  };
  const auto tiff = [](int count, const std::string& entries) {
    return std::string("II*\0\x8\0\0\0", 8) + std::string{static_cast<char>(count), 0} + entries;
  };
  EXPECT_EQ(orientation(tiff(1, entry(0x112, 3, 6))), 6);
  EXPECT_EQ(orientation(tiff(1, entry(0x112, 4, 8))), 8);
  EXPECT_EQ(orientation(tiff(2, entry(0x10e, 2, 1) + entry(0x112, 3, 3))), 3);
  EXPECT_EQ(orientation(std::string("Exif\0\0", 6) + tiff(1, entry(0x112, 3, 6))), 6);
  EXPECT_EQ(orientation(std::string("MM\0*\0\0\0\x8\0\1\1\x12\0\3\0\0\0\1\0\7\0\0", 22)), 7);
  EXPECT_EQ(orientation(tiff(1, entry(0x112, 3, 0))), 1);
  EXPECT_EQ(orientation(tiff(1, entry(0x112, 3, 9))), 1);
  EXPECT_EQ(orientation(tiff(1, entry(0x112, 2, 6))), 1);
  EXPECT_EQ(orientation(tiff(255, entry(0x111, 3, 6))), 1);
  EXPECT_EQ(orientation("II*"), 1);
  EXPECT_EQ(orientation(""), 1);
  EXPECT_EQ(orientation(std::string("II*\0\xff\xff\xff\xff", 8)), 1);
  const std::string good = tiff(1, entry(0x112, 3, 6));
  for (std::size_t size = 0; size < 18; ++size) EXPECT_EQ(orientation(good.substr(0, size)), 1) << size;
}

TEST(ImageOracle, HeadersBeyondTheLimitsAreToldAndNotRead) {
  if (!is_built(".png")) GTEST_SKIP() << "built without libpng";
  const auto u32 = [](std::uint32_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
    return out;
  };
  // IHDR of 30000 x 30000 RGB, then pixels that are not there; checksums by Python's zlib.crc32.
  const std::string head = std::string("\x89PNG\r\n\x1a\n", 8) + u32(13) + "IHDR" + u32(30000) + u32(30000) +
                           std::string("\x08\2\0\0\0", 5) +
                           std::string(
                               "\xe9"
                               "Eo\xed",
                               4);
  const std::string data = head + u32(1000) + "IDAT" + std::string(10, 'x');
  const fs::path path = fs::path(testing::TempDir()) / "large.png";
  write_file_atomic(path, data);
  const ImageInfo info = read_image_info(path);
  EXPECT_EQ(info.width, 30000);
  EXPECT_EQ(info.height, 30000);
  EXPECT_EQ(info.channels, 3);
  try {
    read_image(path);
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the header says 30000 x 30000 pixels"));
  }
}

// A header that is longer than what is read of a file at first: a colour profile of 200 KB.
TEST(ImageOracle, LongHeadersAreRead) {
  if (!is_built(".jpg")) GTEST_SKIP() << "built without libjpeg";
  const std::vector<std::byte> photo = read_file(pictures() / "orientation6.jpg", 1 << 20);
  std::string text(reinterpret_cast<const char*>(photo.data()), photo.size()), profile;
  for (int i = 0; i < 4; ++i) profile += "\xff\xe2\xc3\x50" + std::string(0xc350 - 2, 'p');
  text.insert(2, profile);
  const fs::path path = fs::path(testing::TempDir()) / "profile.jpg";
  write_file_atomic(path, text);
  EXPECT_EQ(read_image_info(path).orientation, 6);
  EXPECT_EQ(read_image_info(path).height, 21);
  write_file_atomic(path, text.substr(0, 190'000));
  EXPECT_THROW(read_image_info(path), IoError);
}

TEST(ImageOracle, InfoOfWhatIsNoPicture) {
  EXPECT_THROW(read_image_info("no/such.png"), IoError);
  const fs::path path = fs::path(testing::TempDir()) / "text.png";
  for (const std::string& contents : {std::string(), std::string("GIF89a"), std::string(100'000, 'x')}) {
    write_file_atomic(path, contents);
    EXPECT_THROW(read_image_info(path), IoError);
  }
}

// Every file, cut short anywhere, is refused or (JPEG's last marker) read whole.
TEST(ImageOracle, CutShort) {
  for (const auto& entry : fs::directory_iterator(pictures())) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".npz") || !is_built(name)) continue;
    const std::vector<std::byte> whole = read_file(entry.path(), 1 << 20);
    for (std::size_t size = 0; size + 2 < whole.size(); size += 1 + whole.size() / 50)
      EXPECT_THROW(parse_image(std::span(whole).first(size), name), IoError) << name << " " << size;
  }
}

}  // namespace
}  // namespace percept
