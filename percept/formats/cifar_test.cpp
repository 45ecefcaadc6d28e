// cifar_test.cpp - CIFAR's binary files: where each byte goes, every refusal with its record, the real files.
#include "percept/formats/cifar.h"

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

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

// Red 0, 1, 2, ... along each row; green the row; blue `blue`.
std::string picture(char blue) {
  std::string out;
  for (int i = 0; i < 1024; ++i) out += static_cast<char>(i % 32);
  for (int i = 0; i < 1024; ++i) out += static_cast<char>(i / 32);
  return out + std::string(1024, blue);
}

template <class F>
std::string refusal_of(F read) {
  try {
    read();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("c.bin: "));
    EXPECT_NE(error.fix(), "");
    return error.what();
  }
  return "";
}
std::string refusal10(const std::string& data) {
  return refusal_of([&] { parse_cifar10(bytes(data), "c.bin"); });
}
std::string refusal100(const std::string& data) {
  return refusal_of([&] { parse_cifar100(bytes(data), "c.bin"); });
}

TEST(Cifar, Records) {
  const Cifar ten = parse_cifar10(bytes("\3" + picture('\xff') + "\x9" + picture('\5')), "c.bin");
  EXPECT_EQ(ten.images.spec(), contiguous_spec(DType::u8, {2, 3, 32, 32}));
  EXPECT_EQ(ten.labels.dtype(), DType::i64);
  EXPECT_THAT(ten.labels.to_vector<std::int64_t>(), ElementsAre(3, 9));
  EXPECT_FALSE(ten.coarse.defined());
  const auto* pixels = ten.images.data<std::uint8_t>();
  const auto at = [&](int n, int c, int y, int x) { return pixels[((n * 3 + c) * 32 + y) * 32 + x]; };
  EXPECT_EQ(at(0, 0, 7, 21), 21);
  EXPECT_EQ(at(1, 1, 7, 21), 7);
  EXPECT_EQ(at(0, 2, 31, 31), 255);
  EXPECT_EQ(at(1, 2, 0, 0), 5);
  const Cifar hundred = parse_cifar100(bytes("\x13\x63" + picture(1)), "c.bin");
  EXPECT_THAT(hundred.labels.to_vector<std::int64_t>(), ElementsAre(99));
  EXPECT_THAT(hundred.coarse.to_vector<std::int64_t>(), ElementsAre(19));
  EXPECT_EQ(hundred.images.shape(), (Shape{1, 3, 32, 32}));
}

TEST(Cifar, Malformed) {
  const std::string good = "\3" + picture(0);
  for (std::size_t size = 0; size < good.size(); size += 61) EXPECT_NE(refusal10(good.substr(0, size)), "") << size;
  EXPECT_THAT(refusal10(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal10(good + good + "xy"), HasSubstr("2 records of 3,073 bytes and 2 bytes more"));
  EXPECT_THAT(refusal10("\3" + good), HasSubstr("it has the size of a CIFAR-100 file"));
  EXPECT_THAT(refusal100(good), HasSubstr("it has the size of a CIFAR-10 file"));
  EXPECT_THAT(refusal10(good + "\xa" + picture(0)), HasSubstr("record 1 has label 10"));
  EXPECT_THAT(refusal100("\x14\1" + picture(0)), HasSubstr("record 0 has label 20"));
  EXPECT_THAT(refusal100("\1\x64" + picture(0)), HasSubstr("record 0 has label 100"));
  EXPECT_THAT(refusal10("\x80\4\x95"), HasSubstr("a pickle"));
  EXPECT_THAT(refusal10(std::string(257, '\0') + "ustar" + std::string(4000, '\0')), HasSubstr("a tar archive"));
  EXPECT_THROW(read_cifar10("no/such.bin"), IoError);
}

// 23,000 black pictures pack to a thousandth.
TEST(Cifar, PackedFilesAreBounded) {
  const fs::path path = fs::path(testing::TempDir()) / "zeros.bin.gz";
  const gzFile file = gzopen(path.c_str(), "wb6");
  const std::string zeros(std::size_t{3073} * 230, '\0');
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(gzwrite(file, zeros.data(), static_cast<unsigned>(zeros.size())), zeros.size());
  gzclose(file);
  EXPECT_THROW(read_cifar10(path), IoError);
  fs::remove(path);
}

TEST(Cifar, RealFiles) {
  const char* data = std::getenv("PERCEPT_DATA");
  const fs::path folder = fs::path(data ? data : "/nowhere") / "cifar10";
  if (!fs::exists(folder)) GTEST_SKIP() << "PERCEPT_DATA has no cifar10/";
  const Cifar test = read_cifar10(folder / "test_batch.bin.gz");
  EXPECT_EQ(test.images.shape(), (Shape{10'000, 3, 32, 32}));
  std::vector<int> per_class(10);
  for (const std::int64_t label : test.labels.to_vector<std::int64_t>()) ++per_class[static_cast<std::size_t>(label)];
  EXPECT_THAT(per_class, Each(1000));
  double sums[3] = {};
  const auto* pixels = test.images.data<std::uint8_t>();
  for (std::int64_t i = 0; i < test.images.numel(); ++i) sums[i / 1024 % 3] += pixels[i];
  // The means of CIFAR-10's test pictures, red, green, blue.
  EXPECT_NEAR(sums[0] / 1024e4 / 255, 0.4942, 1e-4);
  EXPECT_NEAR(sums[1] / 1024e4 / 255, 0.4851, 1e-4);
  EXPECT_NEAR(sums[2] / 1024e4 / 255, 0.4504, 1e-4);
}

}  // namespace
}  // namespace percept
