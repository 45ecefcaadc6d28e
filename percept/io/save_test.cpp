// save_test.cpp - models to files and back: nothing is touched unless everything fits; the hash and its script agree.
#include "percept/io/save.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "percept/base/error.h"
#include "percept/base/sha256.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A layer without arithmetic: io does not need any.
struct Dense {
  Parameter weight{[](const Shape& shape, RandomKey) { return full(shape, 0.5); }};
  Parameter bias{{2}, [](const Shape& shape, RandomKey) { return zeros(shape); }};
  Tensor operator()(const Tensor& x) const { return x; }
};
struct Mlp {
  Dense hidden;
  Buffer seen{tensor({3})};
  Tensor operator()(const Tensor& x) const { return x; }
};
struct Other {
  Dense first;
  Tensor operator()(const Tensor& x) const { return x; }
};

class Save : public testing::Test {
 protected:
  void SetUp() override {
    assign(model_.hidden.weight, tensor({{1., 2.}, {3., 4.}, {5., 6.}}));
    path_ =
        std::filesystem::path(testing::TempDir()) /
        ("percept_save_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".safetensors");
  }
  void TearDown() override { std::filesystem::remove(path_); }

  template <class M>
  std::string refusal(M& model) {
    try {
      load(model, path_);
    } catch (const IoError& error) {
      EXPECT_THAT(error.what(), testing::StartsWith(path_.string()));
      return error.what();
    }
    return "";
  }

  Mlp model_;
  std::filesystem::path path_;
};

TEST_F(Save, LoadsIntoTheSameStruct) {
  save(model_, path_);
  Mlp again;  // hidden.weight has no shape yet
  assign(again.hidden.bias, tensor({8., 9.}, DType::f32));
  set_grad(again.hidden.bias, ones({2}));
  load(again, path_);
  EXPECT_EQ(again.hidden.weight.shape(), (Shape{3, 2}));
  EXPECT_THAT(again.hidden.weight.impl().value.to_vector<float>(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(again.hidden.bias.impl().value.to_vector<float>(), ElementsAre(0, 0));
  EXPECT_FALSE(again.hidden.bias.grad().defined());
  EXPECT_EQ(weights_sha256(again), weights_sha256(model_));
  EXPECT_EQ(*load_states(path_).find_metadata("model"), "Mlp");
}

TEST_F(Save, NothingIsTouchedUnlessAllFits) {
  save(model_, path_);
  Mlp other;
  assign(other.hidden.bias, tensor({8., 9.}, DType::f32));
  other.seen = Buffer(tensor({1, 2}));
  EXPECT_THAT(refusal(other), HasSubstr("'seen' has shape [1] in the file, [2] in the model"));
  other.seen = Buffer(tensor({1.5}));
  EXPECT_THAT(refusal(other), HasSubstr("'seen' is i64 in the file, f32 in the model"));
  other.seen = Buffer(tensor({3}));
  assign(other.hidden.weight, zeros({2, 3}));
  EXPECT_THAT(refusal(other), HasSubstr("'hidden.weight' has shape [3, 2] in the file, [2, 3] in the model"));
  EXPECT_THAT(other.hidden.bias.impl().value.to_vector<float>(), ElementsAre(8, 9));
  Other third;
  EXPECT_THAT(refusal(third), HasSubstr("the model's 'first.weight', 'first.bias' is not in the file; the file's "
                                        "'hidden.bias', 'hidden.weight', 'seen' is not in the model"));
  EXPECT_THAT(refusal(third), HasSubstr("it was saved from a Mlp, the model is a Other"));
  EXPECT_FALSE(third.first.weight.built());
}

TEST_F(Save, AnUnbuiltStateChecksItsDType) {
  save_states(path_, {{"hidden.weight", tensor({{1}})}, {"hidden.bias", zeros({2})}, {"seen", tensor({3})}});
  Mlp other;
  EXPECT_THAT(refusal(other), HasSubstr("'hidden.weight' is i64 in the file, f32 in the model"));
}

TEST_F(Save, AnUnbuiltModelIsRefused) {
  Mlp unbuilt;
  EXPECT_THROW(save(unbuilt, path_), ShapeError);
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_THROW(load(unbuilt, path_), IoError);  // there is no file
}

TEST_F(Save, MoreThanTheModel) {
  save(model_, path_, {.tensors = {{"sample.input", ones({4})}}, .metadata = {{"recipe", "name = \"x\""}}});
  Mlp again;
  load(again, path_);
  EXPECT_EQ(weights_sha256(again), weights_sha256(model_));
  const TensorFile file = load_states(path_);
  EXPECT_EQ(weights_sha256(file), weights_sha256(model_));
  EXPECT_EQ(*file.find_metadata("recipe"), "name = \"x\"");
  EXPECT_EQ(*file.find_metadata("model_states"), R"(["hidden.weight", "hidden.bias", "seen"])");
  EXPECT_EQ(file.find("sample.input")->numel(), 4);
  for (const char* bad : {"", "{}", "[1]", "[\"nobody\"]", "[\"hidden.bias\""}) {
    save_states(path_, file.tensors, {{"model_states", bad}});
    EXPECT_THAT(refusal(again), HasSubstr("metadata 'model_states'")) << bad;
  }
}

TEST_F(Save, TiedStatesMustAgree) {
  tie(model_.hidden.bias, model_.hidden.weight);
  save(model_, path_);
  load(model_, path_);
  TensorFile file = load_states(path_);
  file.tensors[1].second = zeros({3, 2});
  save_states(path_, file.tensors, file.metadata);
  EXPECT_THAT(refusal(model_), HasSubstr("'hidden.weight' and 'hidden.bias' differ in the file, they are tied"));
}

TEST_F(Save, KeepsTheMemoryOrderOfStates) {
  const Shape shape{1, 2, 2, 2};
  save_states(path_, {{"hidden.weight", from_vector<float>({0, 1, 2, 3, 4, 5, 6, 7}, shape)},
                      {"hidden.bias", zeros({2})},
                      {"seen", tensor({3})}});
  Mlp other;
  assign(other.hidden.weight, Tensor(channels_last_spec(DType::f32, shape)));
  load(other, path_);
  const Tensor value = other.hidden.weight.impl().value;
  EXPECT_TRUE(value.spec().is_channels_last());
  EXPECT_THAT(value.to_vector<float>(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  save(other, path_);
  EXPECT_THAT(load_states(path_).find("hidden.weight")->to_vector<float>(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

// The definition, spelled out: sorted by path, each as path, dtype, shape and bytes.
TEST_F(Save, WeightsSha256) {
  std::string bytes = "hidden.bias\nf32\n[2]\n" + std::string(8, '\0') + "hidden.weight\nf32\n[3, 2]\n";
  for (const float value : {1.f, 2.f, 3.f, 4.f, 5.f, 6.f}) {
    char raw[4];
    std::memcpy(raw, &value, 4);
    bytes.append(raw, 4);
  }
  bytes += "seen\ni64\n[1]\n" + std::string("\3\0\0\0\0\0\0\0", 8);
  EXPECT_EQ(weights_sha256(model_), sha256_hex(std::as_bytes(std::span(bytes))));
  const std::string before = weights_sha256(model_);
  assign(model_.hidden.bias, tensor({0., -0.}));
  EXPECT_NE(weights_sha256(model_), before);
}

TEST_F(Save, TheScriptRecomputesTheHash) {
  const std::string script = std::string(PERCEPT_SOURCE_DIR) + "/tools/weights_sha256.py";
  if (std::system("python3 --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "needs python3";
  for (const bool more : {false, true}) {
    save(model_, path_, more ? TensorFile{.tensors = {{"sample.input", ones({4})}}} : TensorFile{});
    std::FILE* pipe = popen(("python3 '" + script + "' '" + path_.string() + "'").c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    char line[256] = "";
    EXPECT_NE(std::fgets(line, sizeof line, pipe), nullptr);
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_EQ(std::string(line).substr(0, 64), weights_sha256(model_));
  }
}

}  // namespace
}  // namespace percept
