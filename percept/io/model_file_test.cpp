// model_file_test.cpp - model files: every missing byte and every flipped bit is noticed.
#include "percept/io/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const NamedTensors& some_states() {
  static const NamedTensors states = {{"hidden.weight", tensor({{1., -2.}, {0.5, 4.}})},
                                      {"hidden.bias", zeros({2})},
                                      {"seen", tensor({7})},
                                      {"none", zeros({0, 3})}};
  return states;
}
// \x1b is escaped in the file, as \u001b, whose hexadecimal digits would read the same in capitals.
const Metadata kMetadata = {{"model", "Mlp"}, {"recipe", "name = \"x\"\n# \xc3\xa9 \x1b"}};

std::string refusal(std::span<const std::byte> bytes) {
  try {
    parse_states(bytes, "m.safetensors");
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("m.safetensors: "));
    EXPECT_NE(error.fix(), "");
    return error.what();
  }
  return "";
}

TEST(ModelFile, SavedAndLoaded) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "percept_model_file_test.safetensors";
  save_states(path, some_states(), kMetadata);
  const TensorFile file = load_states(path);
  EXPECT_EQ(file.metadata, kMetadata);
  ASSERT_EQ(file.tensors.size(), 4u);
  EXPECT_THAT(file.find("hidden.weight")->to_vector<float>(), ElementsAre(1, -2, 0.5, 4));
  EXPECT_EQ(file.find("seen")->dtype(), DType::i64);
  EXPECT_EQ(read_safetensors(path).find("none")->shape(), (Shape{0, 3}));  // an ordinary file to others
  EXPECT_EQ(read_file(path, 1 << 20), encode_states(file.tensors, file.metadata));
  std::filesystem::remove(path);
  EXPECT_THROW(load_states(path), IoError);
  EXPECT_THROW(save_states("/no/such/folder/m.safetensors", some_states()), IoError);
}

TEST(ModelFile, CutShortAtEveryByte) {
  const std::vector<std::byte> bytes = encode_states(some_states(), kMetadata);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(refusal(std::span(bytes).first(n)), "") << n;
  EXPECT_EQ(refusal(bytes), "");
}

TEST(ModelFile, EveryFlippedBit) {
  std::vector<std::byte> bytes = encode_states(some_states(), kMetadata);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const std::byte mask{static_cast<unsigned char>(1 << bit % 8)};
    bytes[bit / 8] ^= mask;
    ASSERT_NE(refusal(bytes), "") << bit;
    bytes[bit / 8] ^= mask;
  }
}

TEST(ModelFile, SaysWhatIsDamaged) {
  std::vector<std::byte> bytes = encode_states(some_states(), kMetadata);
  bytes[bytes.size() - 9] ^= std::byte{1};  // the last of the biases
  EXPECT_THAT(refusal(bytes), HasSubstr("tensor 'hidden.bias' does not have the checksum it was saved with"));
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text.replace(text.find("Mlp"), 3, "Cnn");
  EXPECT_THAT(refusal(std::as_bytes(std::span(text))), HasSubstr("the header does not have the checksum"));
  text.replace(text.find("\"percept.format\":\"1\""), 20, "\"percept.format\":\"2\"");
  EXPECT_THAT(refusal(std::as_bytes(std::span(text))),
              HasSubstr("has format 2, this version of Percept reads up to 1"));
  EXPECT_THAT(refusal(encode_safetensors({.tensors = some_states()})), HasSubstr("has no checksums of Percept"));
}

TEST(ModelFile, RefusesToSave) {
  const Tensor x = ones({1});
  for (const char* key : {"percept.format", "percept.header_sha256", "sha256:a"})
    EXPECT_THROW(encode_states({{"a", x}}, {{key, ""}}), ValueError) << key;
  EXPECT_THROW(encode_states({{"a", x}, {"a", x}}), ValueError);
  EXPECT_THROW(encode_states({{"a", Tensor()}}), ValueError);
}

}  // namespace
}  // namespace percept
