// byte_file_test.cpp - bytes of files and of memory, by position and in order, gzip across the ends of blocks.
#include "percept/formats/byte_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <random>
#include <string>

#include "percept/base/error.h"
#include "percept/base/files.h"

namespace percept {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;
constexpr std::size_t kBlock = std::size_t{256} << 10;  // as byte_file.cpp has it

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string noise(std::size_t size) {
  std::mt19937 random(3);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

// `padding` is the length of the name in the member's header.
std::string gz(const std::string& data, std::size_t padding = 0, int level = 1) {
  z_stream z{};
  deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string name(padding, 'n');
  gz_header header{};
  header.name = reinterpret_cast<Bytef*>(name.data());
  deflateSetHeader(&z, &header);
  std::string out(deflateBound(&z, data.size()) + padding + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string all(ByteStream& stream, std::size_t at_once) {
  std::string out, piece(at_once, '\0');
  for (;;) {
    const std::size_t got = stream.read(reinterpret_cast<std::byte*>(piece.data()), at_once);
    out.append(piece, 0, got);
    if (got < at_once) return out;
  }
}
std::string all(const std::string& data, std::size_t at_once = 100'000) {
  ByteStream stream(ByteFile(bytes(data), "f"));
  return all(stream, at_once);
}

TEST(ByteFile, ByPosition) {
  const fs::path path = fs::path(testing::TempDir()) / "f";
  write_file_atomic(path, "0123456789");
  const std::string memory = "0123456789";
  for (const ByteFile& file : {ByteFile(Path(path)), ByteFile(bytes(memory), "f")}) {
    EXPECT_EQ(file.size(), 10);
    std::string to(4, '.');
    auto* out = reinterpret_cast<std::byte*>(to.data());
    EXPECT_EQ(file.read(3, out, 4), 4u);
    EXPECT_EQ(to, "3456");
    EXPECT_EQ(file.read(8, out, 4), 2u);
    EXPECT_EQ(to, "8956");
    EXPECT_EQ(file.read(10, out, 4), 0u);
    EXPECT_EQ(file.read(0, nullptr, 0), 0u);
  }
  EXPECT_THROW(ByteFile(Path("no/such/file")), IoError);
  EXPECT_THROW(ByteFile{Path(testing::TempDir())}, IoError);
  EXPECT_THROW(ByteFile(Path("/dev/zero")), IoError);
}

TEST(ByteStream, PlainAndGzip) {
  const std::string data = noise(3 * kBlock + 17), packed = gz(data);
  ASSERT_GT(packed.size(), 3 * kBlock);
  for (const std::size_t at_once : {7u, 100'000u, 2'000'000u}) {
    EXPECT_EQ(all(data, at_once), data);
    EXPECT_EQ(all(packed, at_once), data);
  }
  EXPECT_EQ(all(""), "");
  EXPECT_EQ(all("\x1f"), "\x1f");
  const fs::path path = fs::path(testing::TempDir()) / "f.gz";
  write_file_atomic(path, packed);
  ByteStream stream{ByteFile(Path(path))};
  EXPECT_TRUE(stream.is_packed());
  EXPECT_EQ(stream.most(), static_cast<std::int64_t>(packed.size()) * kMaxGzipRatio);
  EXPECT_EQ(all(stream, 1 << 16), data);
}

// The next member begins right before, at and behind the end of a block.
TEST(ByteStream, MembersMeetAtTheEndsOfBlocks) {
  const std::string data = noise(kBlock - 2000), last = "the end";
  const std::size_t unpadded = gz(data, 1).size() - 1;
  for (const std::size_t size : {kBlock - 3, kBlock - 2, kBlock - 1, kBlock, kBlock + 1}) {
    const std::string first = gz(data, size - unpadded);
    ASSERT_EQ(first.size(), size);
    EXPECT_EQ(all(first + gz(last)), data + last) << size;
    EXPECT_EQ(all(first), data);
    EXPECT_THROW(all(first + "x"), IoError) << size;
    EXPECT_THROW(all(first + "\x1f"), IoError) << size;
    EXPECT_THROW(all(first + "\x1fx"), IoError) << size;
  }
}

// 70 MiB of zeros, packed a thousandfold: what does not say its size may be a bomb.
TEST(ByteStream, WhatIsBoundedUnpacksToSoMuchOnly) {
  const std::string packed = gz(std::string(std::size_t{70} << 20, '\0'), 0, 9);
  std::string block(1 << 20, '\0');
  const auto unpacked = [&](ByteStream::Unpacks unpacks) {
    ByteStream stream(ByteFile(bytes(packed), "f.gz"), unpacks);
    std::size_t sum = 0;
    while (const std::size_t got = stream.read(reinterpret_cast<std::byte*>(block.data()), block.size())) sum += got;
    return sum;
  };
  EXPECT_EQ(unpacked(ByteStream::Unpacks::any), std::size_t{70} << 20);
  try {
    unpacked(ByteStream::Unpacks::bounded);
    ADD_FAILURE();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr("unpack to more than 67108864"));
  }
  EXPECT_EQ(most_unpacked(1000), std::int64_t{64} << 20);
  EXPECT_EQ(most_unpacked(std::int64_t{1} << 20), std::int64_t{250} << 20);
}

TEST(ByteStream, DamageIsFoundInEveryBlock) {
  const std::string packed = gz(noise(2 * kBlock));
  for (const std::size_t size :
       {packed.size() - 1, packed.size() - 9, 2 * kBlock, kBlock, kBlock + 1, std::size_t{20}}) {
    try {
      all(packed.substr(0, size));
      ADD_FAILURE() << size;
    } catch (const IoError& error) {
      EXPECT_THAT(error.what(), HasSubstr("f: the gzip data ends too early"));
    }
  }
}

}  // namespace
}  // namespace percept
