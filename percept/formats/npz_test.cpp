// npz_test.cpp - .npz archives: those of NumPy, what is written, every way to be malformed, no byte trusted twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/core/factories.h"
#include "percept/formats/npy.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

fs::path fixture(const std::string& name) {
  const char* root = std::getenv("PERCEPT_SOURCE");
  return fs::path(root ? root : PERCEPT_SOURCE_DIR) / "tests/oracle/numpy" / name;
}
std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }
std::string text(std::span<const std::byte> data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }
std::string file(const std::string& name) { return text(read_file(fixture(name), 1 << 20)); }
std::vector<double> values(const Tensor& tensor) { return tensor.to_vector<double>(); }

std::string refusal(const std::string& data) {
  try {
    parse_npz(bytes(data), "a.npz");
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("a.npz: "));
    EXPECT_NE(error.fix(), "");
    return error.what();
  }
  return "";
}

TEST(Npz, ArchivesOfNumPy) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const TensorFile archive = read_npz(fixture(name));
    ASSERT_NE(archive.find("x"), nullptr) << name;
    EXPECT_EQ(archive.find("x")->dtype(), DType::f32);
    EXPECT_EQ(archive.find("y")->dtype(), DType::u8);
    EXPECT_THAT(values(*archive.find("x")), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_EQ(archive.tensors.back().first, "y");
    EXPECT_TRUE(archive.metadata.empty());
  }
  EXPECT_EQ(read_npz(fixture("deflated.npz")).find("zeros")->shape(), (Shape{100, 100}));
  const TensorFile names = read_npz(fixture("names.npz"));
  ASSERT_EQ(names.tensors.size(), 2u);
  EXPECT_EQ(names.tensors[0].first, "\xe4\xb8\xad/../x");  // a label
  EXPECT_EQ(names.tensors[1].first, "");
  EXPECT_TRUE(read_npz(fixture("none.npz")).tensors.empty());
  const TensorFile zip64 = read_npz(fixture("zip64.npz"));
  ASSERT_EQ(zip64.tensors.size(), 2u);
  EXPECT_THAT(values(zip64.tensors[1].second), ElementsAre(0, 1, 2, 3, 4, 5));
}

TensorFile some() {
  return {.tensors = {{"x", arange(6)}, {"\xe4\xb8\xad", full({2, 2}, 1.5)}, {"mask", zeros({0, 3}, DType::boolean)}},
          .metadata = {}};
}

TEST(Npz, WhatIsWrittenComesBack) {
  const TensorFile again = parse_npz(encode_npz(some()), "x");
  ASSERT_EQ(again.tensors.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again.tensors[i].first, some().tensors[i].first);
    EXPECT_EQ(again.tensors[i].second.spec(), some().tensors[i].second.spec());
    EXPECT_EQ(values(again.tensors[i].second), values(some().tensors[i].second));
  }
  EXPECT_TRUE(parse_npz(encode_npz({}), "x").tensors.empty());
  const char* out = std::getenv("PERCEPT_NPY_OUT");
  const fs::path path = fs::path(out ? out : testing::TempDir()) / "ours.npz";
  fs::create_directories(path.parent_path());
  write_npz(path, some());
  EXPECT_EQ(text(read_file(path, 1 << 20)), text(encode_npz(some())));
  EXPECT_EQ(read_npz(path).tensors.size(), 3u);
}

TEST(Npz, WhatCannotBeWritten) {
  const Tensor x = arange(2);
  EXPECT_THROW(encode_npz({.tensors = {{"x", x}, {"x", x}}, .metadata = {}}), ValueError);
  EXPECT_THROW(encode_npz({.tensors = {{"\xff", x}}, .metadata = {}}), ValueError);
  EXPECT_THROW(encode_npz({.tensors = {{std::string("a\0", 2), x}}, .metadata = {}}), ValueError);
  EXPECT_THROW(encode_npz({.tensors = {{"x", Tensor()}}, .metadata = {}}), ValueError);
  EXPECT_THROW(encode_npz({.tensors = {}, .metadata = {{"a", "b"}}}), ValueError);
  EXPECT_THROW(encode_npz({.tensors = {{"x", zeros({1}, DType::bf16)}}, .metadata = {}}), DTypeError);
}

TEST(Npz, CutShortAtEveryLength) {
  for (const char* name : {"stored.npz", "deflated.npz", "zip64.npz"}) {
    const std::string good = file(name);
    EXPECT_EQ(refusal(good), "");
    for (std::size_t size = 0; size < good.size(); ++size) EXPECT_NE(refusal(good.substr(0, size)), "") << name << size;
  }
}

// A flipped bit is refused, or says nothing about names and values: times, versions, attributes, hints of deflate.
TEST(Npz, FlippedBits) {
  for (const char* name : {"stored.npz", "deflated.npz", "zip64.npz"}) {
    const std::string good = file(name);
    const TensorFile expect = parse_npz(bytes(good), "x");
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
      std::string damaged = good;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      if (!refusal(damaged).empty()) continue;
      const TensorFile got = parse_npz(bytes(damaged), "x");
      ASSERT_EQ(got.tensors.size(), expect.tensors.size());
      for (std::size_t i = 0; i < got.tensors.size(); ++i) {
        EXPECT_EQ(got.tensors[i].first, expect.tensors[i].first) << name << bit;
        EXPECT_EQ(values(got.tensors[i].second), values(expect.tensors[i].second)) << name << bit;
      }
    }
  }
}

// Replaces the `width` bytes at `offset` behind the last `magic`.
std::string with(std::string data, const char* magic, std::size_t offset, std::uint64_t value, std::size_t width) {
  std::memcpy(data.data() + data.rfind(magic) + offset, &value, width);
  return data;
}

TEST(Npz, Malformed) {
  const std::string stored = file("stored.npz"), deflated = file("deflated.npz");
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal("x,y\n"), HasSubstr("this is no .npz archive"));
  EXPECT_THAT(refusal(file("f4_little.npy")), HasSubstr("read it with read_npy"));
  EXPECT_THAT(refusal(stored + "x"), HasSubstr("its end is missing"));
  EXPECT_THAT(refusal("PK\3\4" + stored), HasSubstr("its directory does not lie where it should"));
  EXPECT_THAT(refusal(with(stored, "PK\5\6", 10, 3, 2)), HasSubstr("its directory has 102 bytes for 3 entries"));
  EXPECT_THAT(refusal(with(stored, "PK\5\6", 10, 1, 2)), HasSubstr("its directory has other bytes"));
  EXPECT_THAT(refusal(with(stored, "PK\5\6", 10, 0xffff, 2)), HasSubstr("its zip64 record is missing"));
  EXPECT_THAT(refusal(with(stored, "PK\5\6", 4, 1, 2)), HasSubstr("one part of several"));
  EXPECT_THAT(refusal(with(stored, "PK\1\2", 8, 1, 2)), HasSubstr("'y.npy' is encrypted, or packed by method 0"));
  EXPECT_THAT(refusal(with(stored, "PK\1\2", 10, 14, 2)), HasSubstr("packed by method 14"));
  EXPECT_THAT(refusal(with(stored, "PK\1\2", 16, 7, 4)), HasSubstr("entry 'y.npy': its checksum is wrong"));
  EXPECT_THAT(refusal(with(stored, "PK\1\2", 24, 7, 4)), HasSubstr("claims 7 bytes, packed in"));
  EXPECT_THAT(refusal(with(stored, "PK\1\2", 42, 0, 4)), HasSubstr("'y.npy' is not where the directory says"));
  EXPECT_THAT(refusal(with(stored, "PK\1\2", 42, 0x7fffffff, 4)), HasSubstr("lies behind its end"));
  EXPECT_THAT(refusal(with(stored, "PK\1\2", 42, 0xffffffff, 4)), HasSubstr("lacks its zip64 sizes"));
  EXPECT_THAT(refusal(with(deflated, "PK\1\2", 24, 0x7fffffff, 4)), HasSubstr("claims 2147483647 bytes"));
  EXPECT_THAT(refusal(with(deflated, "PK\1\2", 24, 135, 4)),
              HasSubstr("'y.npy': it has 134 bytes, not the 135 it claims"));
  std::string other = stored;
  for (std::size_t at = 0; (at = other.find("y.npy", at)) != std::string::npos; ++at) other.replace(at, 5, "y.txt");
  EXPECT_THAT(refusal(other), HasSubstr("the archive holds 'y.txt', which is no .npy file"));
  std::string twice = stored;
  for (std::size_t at = 0; (at = twice.find("y.npy", at)) != std::string::npos; ++at) twice.replace(at, 5, "x.npy");
  EXPECT_THAT(refusal(twice), HasSubstr("'x.npy' twice"));
}

}  // namespace
}  // namespace percept
