// safetensors_test.cpp - safetensors files: what is written is read again, and every rule of the format is enforced.
#include "percept/formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/formats/bytes.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string file_of(std::string json, const std::string& data = "", bool pad = true) {
  if (pad) json.resize((json.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = json.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 8);
  return out + json + data;
}

TensorFile parse(const std::string& data) { return parse_safetensors(std::as_bytes(std::span(data)), "m.safetensors"); }

std::string refusal(const std::string& data) {
  try {
    parse(data);
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("m.safetensors: "));
    EXPECT_NE(error.fix(), "");
    return error.what();
  }
  return "";
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Safetensors, WrittenAndReadAgain) {
  TensorFile file{.tensors = {}, .metadata = {{"format", "pt"}, {"text", "a\n\"\xc3\xa9"}}};
  for (int i = 0; i < kDTypes; ++i) {
    const auto dtype = static_cast<DType>(i);
    file.tensors.emplace_back("t." + std::string(name_of(dtype)), tensor({{0, 1, 1}, {1, 0, 1}}, dtype));
  }
  file.tensors.emplace_back("scalar", tensor(2.5, DType::f64));
  file.tensors.emplace_back("empty", zeros({0, 3}));
  const std::string data = text_of(encode_safetensors(file));
  std::uint64_t length = 0;
  std::memcpy(&length, data.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  const TensorFile again = parse(data);
  EXPECT_EQ(again.metadata, file.metadata);
  ASSERT_EQ(again.tensors.size(), file.tensors.size());
  for (std::size_t i = 0; i < file.tensors.size(); ++i) {
    EXPECT_EQ(again.tensors[i].first, file.tensors[i].first);
    EXPECT_EQ(again.tensors[i].second.dtype(), file.tensors[i].second.dtype());
    EXPECT_EQ(again.tensors[i].second.shape(), file.tensors[i].second.shape());
    EXPECT_EQ(again.tensors[i].second.to_vector<double>(), file.tensors[i].second.to_vector<double>());
  }
  EXPECT_EQ(text_of(encode_safetensors(again)), data);
  EXPECT_EQ(again.find("scalar")->item(), 2.5);
  EXPECT_EQ(again.find("none"), nullptr);
  EXPECT_EQ(*again.find_metadata("format"), "pt");
  EXPECT_EQ(again.find_metadata("none"), nullptr);
}

TEST(Safetensors, ExactBytes) {
  const TensorFile file{.tensors = {{"w", tensor({{1., -2.}}, DType::f32)}}, .metadata = {{"k", "v"}}};
  EXPECT_EQ(text_of(encode_safetensors(file)),
            std::string("\x58\0\0\0\0\0\0\0", 8) +
                R"({"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}       )" +
                std::string("\0\0\x80\x3f\0\0\0\xc0", 8));
  EXPECT_EQ(text_of(encode_safetensors({})), std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
}

TEST(Safetensors, OtherFilesOfWeightsAreNamed) {
  const std::string rest(100, 'x');
  EXPECT_THAT(refusal(std::string("PK\3\4\0\0\x08\x08", 8) + rest), HasSubstr("a zip archive, as torch.save"));
  EXPECT_THAT(refusal("\x89HDF\r\n\x1a\n" + rest), HasSubstr("an HDF5 file"));
  // A length of these four bytes and zeros is a safetensors header of 67 MB.
  EXPECT_THAT(refusal(std::string("PK\3\4\0\0\0\0", 8) + rest), HasSubstr("67324752 bytes"));
}

TEST(Safetensors, ViewsAreWrittenRowMajor) {
  const Tensor x = from_vector<std::int32_t>({0, 1, 2, 3, 4, 5}, {2, 3});
  Spec spec = x.spec();
  spec.shape = {3, 2};
  spec.strides = {1, 3};
  const Tensor transposed(x.storage(), spec);
  spec.shape = {2};
  spec.strides = {0};
  spec.offset = 4;
  const Tensor repeated(x.storage(), spec);
  const TensorFile again = parse(text_of(encode_safetensors({.tensors = {{"t", transposed}, {"r", repeated}}})));
  EXPECT_THAT(again.find("t")->to_vector<std::int32_t>(), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(again.find("r")->to_vector<std::int32_t>(), ElementsAre(4, 4));
}

TEST(Safetensors, ForeignFilesInAnyOrder) {
  const TensorFile file =
      parse(file_of(std::string("{\"b\" : ") + R"({"shape":[1],"data_offsets":[2,3],"dtype":"U8"}, )" +
                        entry("a", "I8", "[2]", "[0,2]") + "}",
                    "\x01\xff\x03"));
  EXPECT_EQ(file.tensors[0].first, "b");
  EXPECT_EQ(file.find("b")->item(), 3);
  EXPECT_THAT(file.find("a")->to_vector<std::int32_t>(), ElementsAre(1, -1));
}

TEST(Safetensors, CutShortAtEveryLength) {
  const std::string data = text_of(encode_safetensors({.tensors = {{"a", ones({3})}, {"b", zeros({0})}}}));
  for (std::size_t n = 0; n < data.size(); ++n) EXPECT_NE(refusal(data.substr(0, n)), "") << n;
  EXPECT_NE(refusal(data + " "), "");
  EXPECT_THAT(refusal(data.substr(0, data.size() - 1)),
              HasSubstr("tensor 'a': data_offsets [0, 12], but 11 bytes follow the header"));
}

// Whatever a flipped bit in the header does: no crash, and nothing read that the file does not hold.
TEST(Safetensors, FlippedBitsInTheHeader) {
  const std::string data = text_of(encode_safetensors({.tensors = {{"a", ones({3})}}, .metadata = {{"k", "v"}}}));
  for (std::size_t bit = 0; bit < 8 * data.size(); ++bit) {
    std::string damaged = data;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    if (!refusal(damaged).empty()) continue;
    EXPECT_EQ(parse(damaged).tensors.size(), 1u) << bit;
  }
}

struct Bad {
  std::string json, data, says;
};

TEST(Safetensors, Malformed) {
  const std::string a = entry("a", "U8", "[0]", "[0,0]");
  const std::vector<Bad> cases = {
      {"[]", "", "starts with '[]      ', not with '{'"},
      {" {}", "", "not with '{'"},
      {"", "", "starts with '', not with '{'"},
      {R"({"a":})", "", "no valid JSON at byte"},
      {"{\"a\":1", "", "ends with '1', not with '}'"},
      {"{\"\xff\":1}", "", "no valid JSON"},
      {"{" + a + "," + a + "}", "", "tensor 'a' is there twice"},
      {"{" + a + ",\"\\u0061\"" + a.substr(3) + "}", "", "tensor 'a' is there twice"},
      {R"({"a":{"dtype":"U8","dtype":"U8"}})", "", "tensor 'a': the field 'dtype' is there twice"},
      {R"({"a":{"dtype":"U8","shape":[0]}})", "", "tensor 'a': it needs dtype, shape and data_offsets"},
      {R"({"a":{"size":1}})", "", "the field 'size' is unknown"},
      {R"({"a":1})", "", "tensor 'a' is 1, it must be an object"},
      {R"({"a":null})", "", "tensor 'a' is null"},
      {R"({"a":[{}]})", "", "tensor 'a' is a list"},
      {R"({"\u001b[2J":1})", "", R"(tensor '\x1b[2J' is 1)"},
      {R"({"__metadata__":{"k":1}})", "", "metadata 'k': the value is 1, it must be a string"},
      {R"({"__metadata__":{"k":{}}})", "", "metadata 'k': the value is an object"},
      {R"({"__metadata__":{"k":"1","k":"2"}})", "", "metadata 'k' is there twice"},
      {R"({"__metadata__":{},"__metadata__":{}})", "", "__metadata__ is there twice"},
      {"{" + entry("a", "F8_E4M3", "[1]", "[0,1]") + "}", "x", "dtype 'F8_E4M3' is not supported"},
      {R"({"a":{"dtype":8}})", "", "dtype is 8, it must be a string"},
      {"{" + entry("a", "U8", "[-1]", "[0,1]") + "}", "x", "shape holds -1, it must be a list of numbers from 0"},
      {"{" + entry("a", "U8", "[1.0]", "[0,1]") + "}", "x", "shape holds 1.0"},
      {"{" + entry("a", "U8", "[[1]]", "[0,1]") + "}", "x", "shape holds a list"},
      {"{" + entry("a", "U8", "[\"1\"]", "[0,1]") + "}", "x", "shape holds a string"},
      {"{" + entry("a", "U8", "1", "[0,1]") + "}", "x", "shape holds 1, it must be a list"},
      {"{" + entry("a", "F32", "[1]", "[0,2]") + "}", "xy", "hold 2 bytes, F32 [1] needs 4"},
      {"{" + entry("a", "U8", "[1]", "[0]") + "}", "x", "data_offsets needs 2 numbers"},
      {"{" + entry("a", "U8", "[1]", "[0,1,1]") + "}", "x", "data_offsets has more than 2 numbers"},
      {"{" + entry("a", "U8", "[1]", "[1,0]") + "}", "x", "data_offsets [1, 0], but 1 bytes follow"},
      {"{" + entry("a", "U8", "[2]", "[0,2]") + "," + entry("b", "U8", "[2]", "[1,3]") + "}", "xyz",
       "tensor 'b': its bytes start at 1, the ones before end at 2"},
      {"{" + entry("a", "U8", "[2]", "[0,2]") + "," + entry("b", "U8", "[2]", "[0,2]") + "}", "xy", "start at 0"},
      {"{" + entry("a", "U8", "[1]", "[0,1]") + "," + entry("b", "U8", "[1]", "[2,3]") + "}", "xyz",
       "tensor 'b': its bytes start at 2, the ones before end at 1"},
      {"{" + entry("a", "U8", "[1]", "[1,2]") + "}", "xy", "its bytes start at 1, the ones before end at 0"},
      {"{" + entry("a", "U8", "[1]", "[0,1]") + "}", "xy", "the tensors end at byte 1 of 2"},
      {"{}", "x", "the tensors end at byte 0 of 1"},
      {"{" + entry("a", "BOOL", "[2]", "[0,2]") + "}", "\x01\x02", "a BOOL is 2, it must be 0 or 1"},
  };
  for (const Bad& bad : cases) EXPECT_THAT(refusal(file_of(bad.json, bad.data)), HasSubstr(bad.says)) << bad.json;
  EXPECT_THAT(refusal(file_of("{}\n", "", false)), HasSubstr("ends with '\\x0a', not with '}'"));
  EXPECT_THAT(refusal(file_of("{}PK\5\6", "", false)), HasSubstr("not with '}'"));
  EXPECT_THAT(refusal(file_of("{} {}", "", false)), HasSubstr("no valid JSON"));
  EXPECT_THAT(refusal(file_of("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}")),
              HasSubstr("is a list"));
}

TEST(Safetensors, Limits) {
  std::string ones_32 = "[1", ones_33;
  for (int i = 1; i < 32; ++i) ones_32 += ",1";
  ones_33 = ones_32 + ",1]";
  ones_32 += "]";
  EXPECT_EQ(parse(file_of("{" + entry("a", "U8", ones_32, "[0,1]") + "}", "x")).find("a")->rank(), 32);
  EXPECT_THAT(refusal(file_of("{" + entry("a", "U8", ones_33, "[0,1]") + "}", "x")), HasSubstr("more than 32 sizes"));
  const auto shape = [](const std::string& sizes) {
    return file_of("{" + entry("a", "U8", sizes, "[0,1]") + "}", "x");
  };
  EXPECT_THAT(refusal(shape("[1099511627776]")), HasSubstr("hold 1 bytes, U8 [1099511627776] needs 1099511627776"));
  EXPECT_THAT(refusal(shape("[1099511627777]")), HasSubstr("too many elements"));
  EXPECT_THAT(refusal(shape("[4294967296,4294967296]")), HasSubstr("too many elements"));
  EXPECT_THAT(refusal(shape("[9223372036854775807]")), HasSubstr("too many elements"));
  EXPECT_THAT(refusal(shape("[0,1099511627776,1099511627776]")), HasSubstr("too many elements"));
  EXPECT_THAT(refusal(shape("[9223372036854775808]")), HasSubstr("the number 9223372036854775808 is too large"));
  EXPECT_THAT(refusal(shape("[18446744073709551616]")), HasSubstr("shape holds 18446744073709551616"));
  const auto offsets = [](const std::string& pair) { return file_of("{" + entry("a", "U8", "[1]", pair) + "}", "x"); };
  EXPECT_THAT(refusal(offsets("[9223372036854775807,9223372036854775807]")), HasSubstr("1 bytes follow the header"));
}

TEST(Safetensors, HeaderOfAtMost100MillionBytes) {
  std::string file = file_of("{" + entry("a", "U8", "[1]", "[0,1]") + "}", "", false);
  const auto set_length = [&](std::uint64_t length) { std::memcpy(file.data(), &length, 8); };
  file.resize(8 + 100'000'000, ' ');
  set_length(100'000'000);
  file += "x";
  EXPECT_EQ(parse(file).find("a")->item(), 'x');
  set_length(100'000'001);
  EXPECT_THAT(refusal(file), HasSubstr("100000001 bytes, more than 100,000,000"));
  EXPECT_THAT(refusal(std::string(8, '\xff') + "{}"), HasSubstr("18446744073709551615 bytes, more than 100,000,000"));
  EXPECT_THAT(refusal(std::string("\x10\0\0\0\0\0\0\0{}", 10)), HasSubstr("said to have 16 bytes, 2 are there"));
}

TEST(Safetensors, RefusesToWrite) {
  const Tensor x = ones({1});
  EXPECT_THROW(encode_safetensors({.tensors = {{"a", x}, {"a", x}}}), ValueError);
  EXPECT_THROW(encode_safetensors({.tensors = {}, .metadata = {{"a", ""}, {"a", ""}}}), ValueError);
  EXPECT_THROW(encode_safetensors({.tensors = {{"__metadata__", x}}}), ValueError);
  EXPECT_THROW(encode_safetensors({.tensors = {{"\xff", x}}}), ValueError);
  EXPECT_THROW(encode_safetensors({.tensors = {}, .metadata = {{"k", "\xff"}}}), ValueError);
  EXPECT_THROW(encode_safetensors({.tensors = {{"a", Tensor()}}}), ValueError);
  EXPECT_THROW(encode_safetensors({.tensors = {}, .metadata = {{"k", std::string(100'000'001, 'x')}}}), ValueError);
}

TEST(Safetensors, Files) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "percept_safetensors_test.safetensors";
  write_safetensors(path, {.tensors = {{"a", tensor({1, 2, 3})}}});
  EXPECT_THAT(read_safetensors(path).find("a")->to_vector<std::int64_t>(), ElementsAre(1, 2, 3));
  std::filesystem::remove(path);
  EXPECT_THROW(read_safetensors(path), IoError);
  EXPECT_THROW(write_safetensors("/no/such/folder/a.safetensors", {}), IoError);
}

}  // namespace
}  // namespace percept
