// idx_test.cpp - IDX files: values, every way to be malformed, limits, and the real data sets.
#include "percept/formats/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "percept/base/error.h"
#include "percept/core/device.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string idx(int type, const std::vector<std::uint32_t>& sizes, const std::string& values) {
  std::string out{'\0', '\0', static_cast<char>(type), static_cast<char>(sizes.size())};
  for (const std::uint32_t size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 255);
  return out + values;
}

std::string gz(const std::string& data) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, data.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

Tensor parse(const std::string& data) { return parse_idx_or_gz(bytes(data), "train.idx"); }

// The text of the refusal, which must be an IoError that names the file and a remedy; "" if there was none.
std::string refusal(const std::string& data) {
  try {
    parse(data);
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("train.idx: "));
    EXPECT_NE(error.fix(), "");
    return error.what();
  }
  return "";
}

const std::string kImages = idx(0x08, {2, 3, 3}, std::string("\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10\xff", 18));

TEST(Idx, ReadsEveryType) {
  const Tensor images = parse(kImages);
  EXPECT_EQ(images.dtype(), DType::u8);
  EXPECT_EQ(images.shape(), (Shape{2, 3, 3}));
  EXPECT_EQ(images.to_vector<std::int32_t>().back(), 255);
  const Tensor i8 = parse(idx(0x09, {3}, "\x80\xff\x7f"));
  EXPECT_EQ(i8.dtype(), DType::i8);
  EXPECT_THAT(i8.to_vector<std::int32_t>(), ElementsAre(-128, -1, 127));
  const Tensor i16 = parse(idx(0x0b, {5}, std::string("\x80\0\xff\xff\0\1\x7f\xff\1\2", 10)));
  EXPECT_EQ(i16.dtype(), DType::i32);
  EXPECT_THAT(i16.to_vector<std::int32_t>(), ElementsAre(-32768, -1, 1, 32767, 258));
  EXPECT_THAT(parse(idx(0x0b, {1}, "\xff\xfe")).to_vector<std::int32_t>(), ElementsAre(-2));
  const Tensor i32 = parse(idx(0x0c, {2}, std::string("\x80\0\0\0\1\2\3\4", 8)));
  EXPECT_THAT(i32.to_vector<std::int32_t>(), ElementsAre(INT32_MIN, 0x01020304));
  EXPECT_THAT(parse(idx(0x0d, {1}, std::string("\x3f\xc0\0\0", 4))).to_vector<float>(), ElementsAre(1.5f));
  const Tensor f64 = parse(idx(0x0e, {1}, std::string("\xc0\0\0\0\0\0\0\0", 8)));
  EXPECT_EQ(f64.dtype(), DType::f64);
  EXPECT_THAT(f64.to_vector<double>(), ElementsAre(-2.0));
  EXPECT_EQ(parse(idx(0x08, {0, 28, 28}, "")).shape(), (Shape{0, 28, 28}));
}

TEST(Idx, GzipIsToldByItsFirstBytes) {
  EXPECT_EQ(parse(gz(kImages)).to_vector<std::int32_t>(), parse(kImages).to_vector<std::int32_t>());
  const std::string i16 = idx(0x0b, {3}, std::string("\xff\xfe\0\0\0\2", 6));
  EXPECT_THAT(parse(gz(i16)).to_vector<std::int32_t>(), ElementsAre(-2, 0, 2));
  // Members one after the other are one file, as gunzip has it; also empty ones.
  EXPECT_EQ(parse(gz(kImages.substr(0, 7)) + gz("") + gz(kImages.substr(7)) + gz("")).to_vector<std::int32_t>(),
            parse(kImages).to_vector<std::int32_t>());
}

TEST(Idx, CutShortAtEveryLength) {
  for (std::size_t n = 0; n < kImages.size(); ++n) EXPECT_NE(refusal(kImages.substr(0, n)), "") << n;
  const std::string packed = gz(kImages);
  for (std::size_t n = 0; n < packed.size(); ++n) EXPECT_NE(refusal(packed.substr(0, n)), "") << n;
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal(kImages.substr(0, 3)), HasSubstr("ends within its first 4 bytes: 00 00 08"));
  EXPECT_THAT(refusal(kImages.substr(0, 10)), HasSubstr("ends within its header, before size 2 of 3"));
  EXPECT_THAT(refusal(kImages.substr(0, 33)), HasSubstr("u8 [2, 3, 3]: 18 bytes of values, at most 17 are there"));
  EXPECT_THAT(refusal(packed.substr(0, packed.size() - 9)), HasSubstr("the gzip data ends too early, after 34 bytes"));
}

// A flipped bit is refused, or it is one that says nothing about the values (gzip's time, the bits after deflate's
// end).
TEST(Idx, FlippedBits) {
  const std::string packed = gz(kImages);
  const std::vector<std::int32_t> values = parse(kImages).to_vector<std::int32_t>();
  std::size_t accepted = 0;
  for (std::size_t bit = 0; bit < 8 * packed.size(); ++bit) {
    std::string damaged = packed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    if (!refusal(damaged).empty()) continue;
    ++accepted;
    EXPECT_EQ(parse(damaged).to_vector<std::int32_t>(), values) << bit;
  }
  EXPECT_LT(accepted, 8 * 8);  // time (4 bytes), a flag, compression level, system, at most 7 bits of padding
  for (std::size_t bit = 0; bit < 8 * 16; ++bit) {
    if (bit == 8 * 2) continue;  // 08 to 09: signed bytes, just as good
    std::string damaged = kImages;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(refusal(damaged), "") << bit;
  }
}

TEST(Idx, Malformed) {
  EXPECT_THAT(refusal("\x89PNG\r\n\x1a\n...."), HasSubstr("this is no IDX file: it starts with 89 50 4e 47"));
  EXPECT_THAT(refusal("label,pixel1\n5,0\n"), HasSubstr("00 00 08 03 for MNIST's images"));
  EXPECT_THAT(refusal(std::string("\3\x8\0\0\0\0\0\1", 8)), HasSubstr("it starts with 03 08 00 00"));
  EXPECT_THAT(refusal(idx(0x0a, {1}, "x")), HasSubstr("it starts with 00 00 0a 01"));
  EXPECT_THAT(refusal(kImages + "x"), HasSubstr("18 bytes of values, but the file goes on after them"));
  EXPECT_THAT(refusal(gz(kImages + "x")), HasSubstr("18 bytes of values, but the file goes on after them"));
  EXPECT_THAT(refusal(gz(kImages) + "garbage"), HasSubstr("7 bytes follow the gzip data"));
  EXPECT_THAT(refusal(gz(kImages) + std::string(1, '\x1f')), HasSubstr("ends too early"));
  EXPECT_THAT(refusal(gz(kImages.substr(0, 33))), HasSubstr("18 bytes of values, only 17 are there"));
  EXPECT_THAT(refusal(gz(gz(kImages))), HasSubstr("it starts with 1f 8b 08"));
  std::string crc = gz(kImages);
  crc[crc.size() - 8] = static_cast<char>(crc[crc.size() - 8] ^ 1);
  EXPECT_THAT(refusal(crc), HasSubstr("the gzip data is corrupt after 34 bytes of contents: incorrect data check"));
}

TEST(Idx, Limits) {
  EXPECT_EQ(parse(idx(0x08, std::vector<std::uint32_t>(8, 1), "x")).rank(), 8);
  EXPECT_THAT(refusal(idx(0x08, std::vector<std::uint32_t>(9, 1), "x")), HasSubstr("says rank 9"));
  EXPECT_THAT(refusal(idx(0x08, std::vector<std::uint32_t>(255, 1), "x")), HasSubstr("says rank 255"));
  EXPECT_THAT(refusal(idx(0x08, {}, "x")), HasSubstr("says rank 0"));
  EXPECT_THAT(refusal(idx(0x08, {1u << 20, 1u << 20}, "x")), HasSubstr("1,099,511,627,776 bytes of values, at most 1"));
  EXPECT_THAT(refusal(idx(0x08, {1u << 20, (1u << 20) + 1}, "x")), HasSubstr("too many elements"));
  EXPECT_THAT(refusal(idx(0x0e, std::vector<std::uint32_t>(8, 0xffffffff), "x")), HasSubstr("too many elements"));
  EXPECT_THAT(refusal(idx(0x0e, {0, 0xffffffff, 0xffffffff, 0xffffffff}, "")), HasSubstr("too many elements"));
}

// What the header promises is taken only if it can be there: 60 bytes of gzip hold at most 1032 times as much.
TEST(Idx, TakesNoMemoryOnAPromise) {
  DeviceMemory& memory = memory_of(Device::cpu());
  memory.release_cached();
  memory.reset_peak();
  const std::size_t before = memory.stats().peak_in_use;
  const std::string bomb = idx(0x08, {60000, 28, 28}, std::string(100, '\0'));
  EXPECT_THAT(refusal(bomb), HasSubstr("47,040,000 bytes of values, at most 100 are there"));
  EXPECT_THAT(refusal(gz(bomb)), HasSubstr("47,040,000 bytes of values, at most "));
  EXPECT_LT(memory.stats().peak_in_use, before + 1000);
}

TEST(Idx, MissingFileIsNamed) {
  try {
    read_idx("no/such/train-images.gz");
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no/such/train-images.gz"));
  }
}

struct Part {
  const char* stem;
  std::int64_t count;
  double pixels;  // their mean; the sum of the labels
};

void check_data_set(const std::filesystem::path& folder, std::initializer_list<Part> parts) {
  for (const Part& part : parts) {
    const Tensor images = read_idx(folder / (std::string(part.stem) + "-images-idx3-ubyte.gz"));
    EXPECT_EQ(images.shape(), (Shape{part.count, 28, 28}));
    const Tensor labels = read_idx(folder / (std::string(part.stem) + "-labels-idx1-ubyte.gz"));
    EXPECT_EQ(labels.shape(), (Shape{part.count}));
    double sum = 0;
    const auto* pixel = images.data<std::uint8_t>();
    for (std::int64_t i = 0; i < images.numel(); ++i) sum += pixel[i];
    EXPECT_NEAR(sum / static_cast<double>(images.numel()) / 255, part.pixels, 1e-4);
    for (const std::int32_t label : labels.to_vector<std::int32_t>()) EXPECT_TRUE(label >= 0 && label < 10);
  }
}

TEST(Idx, FashionMnist) {
  const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "needs Debian's package dataset-fashion-mnist";
  check_data_set(folder, {{"train", 60000, 0.2860}, {"t10k", 10000, 0.2868}});
}

TEST(Idx, Mnist) {
  const char* list = std::getenv("PERCEPT_DATA");
  if (!list) GTEST_SKIP() << "needs PERCEPT_DATA with mnist/";
  const std::string first = std::string(list).substr(0, std::string(list).find(':'));
  const std::filesystem::path folder = std::filesystem::path(first) / "mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "PERCEPT_DATA has no mnist/";
  check_data_set(folder, {{"train", 60000, 0.1307}, {"t10k", 10000, 0.1325}});
}

}  // namespace
}  // namespace percept
