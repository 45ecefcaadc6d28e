// load_test.cpp - loading what does not fit exactly: reports, renaming, nearest names, files of other origin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "percept/core/factories.h"
#include "percept/formats/safetensors.h"
#include "percept/io/save.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/sequential.h"

namespace percept::load_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Dense {
  Parameter weight{{2, 2}, [](const Shape& shape, RandomKey) { return zeros(shape); }};
  Parameter bias{{2}, [](const Shape& shape, RandomKey) { return zeros(shape); }};
  Tensor operator()(const Tensor& x) const { return x; }
};
struct Net {
  Dense features, head;
  Tensor operator()(const Tensor& x) const { return x; }
};

class Load : public testing::Test {
 protected:
  void SetUp() override {
    path_ =
        std::filesystem::path(testing::TempDir()) /
        ("percept_load_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".safetensors");
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string refusal(const LoadOptions& options = {}) {
    try {
      load(net_, path_, options);
    } catch (const IoError& error) {
      return error.what();
    }
    return "nothing was thrown";
  }
  Net net_;
  std::filesystem::path path_;
};

TEST_F(Load, ReportsWhatDoesNotFit) {
  save_states(path_, {{"features.weight", ones({2, 2})},
                      {"features.bias", ones({3})},
                      {"head.weight", ones({2, 2}, DType::f64)},
                      {"head.bais", ones({2})}});
  EXPECT_THAT(refusal(), HasSubstr("the model's 'head.bias' (nearest: 'head.bais') is not in the file; the file's "
                                   "'head.bais' (nearest: 'head.bias') is not in the model"));
  EXPECT_THAT(net_.features.weight.impl().value.to_vector<float>(), ElementsAre(0, 0, 0, 0));
  const LoadReport report = load(net_, path_, {.strict = false});
  EXPECT_THAT(report.missing, ElementsAre("head.bias"));
  EXPECT_THAT(report.unexpected, ElementsAre("head.bais"));
  EXPECT_THAT(report.mismatched, ElementsAre("features.bias", "head.weight"));
  EXPECT_FALSE(report.complete());
  EXPECT_THAT(net_.features.weight.impl().value.to_vector<float>(), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(net_.features.bias.impl().value.to_vector<float>(), ElementsAre(0, 0));
}

// Written before PyTorch had the counter, or converted without it.
TEST_F(Load, CountersOfNormalizationBeginAtZero) {
  BatchNorm2d norm{{.num_features = 2}};
  assign(*norm.num_batches_tracked, full({}, 7, DType::i64));
  write_safetensors(
      path_,
      {.tensors = {
           {"weight", ones({2})}, {"bias", ones({2})}, {"running_mean", ones({2})}, {"running_var", ones({2})}}});
  EXPECT_TRUE(load(norm, path_).complete());
  EXPECT_EQ(norm.num_batches_tracked->tensor().item(), 0);
  EXPECT_EQ(norm.running_mean->tensor().to_vector<float>(), std::vector<float>({1, 1}));
  write_safetensors(path_, {.tensors = {{"weight", ones({2})}, {"bias", ones({2})}}});
  EXPECT_THAT(load(norm, path_, {.strict = false}).missing,
              ElementsAre("running_mean", "running_var", "num_batches_tracked"));
}

TEST_F(Load, Renames) {
  save_states(path_, {{"module.encoder.weight", ones({2, 2})},
                      {"module.encoder.bias", ones({2})},
                      {"module.head.weight", ones({2, 2})},
                      {"module.head.bias", ones({2})}});
  EXPECT_TRUE(load(net_, path_, {.rename = {{"module.encoder.", "features."}, {"module.", ""}}}).complete());
  EXPECT_THAT(net_.features.bias.impl().value.to_vector<float>(), ElementsAre(1, 1));
  EXPECT_THAT(refusal({.rename = {{"module.encoder.", "head."}, {"module.", ""}}}),
              HasSubstr("two names become 'head.bias' by renaming"));
  EXPECT_THAT(refusal({.rename = {{"module.", ""}}}), HasSubstr("'features.bias'"));
}

TEST_F(Load, FilesOfOtherOriginNeedNoChecksums) {
  write_safetensors(path_, {.tensors = {{"features.bias", ones({2})},
                                        {"features.weight", ones({2, 2})},
                                        {"head.bias", ones({2})},
                                        {"head.weight", ones({2, 2})}},
                            .metadata = {{"format", "pt"}}});
  EXPECT_TRUE(load(net_, path_).complete());
  EXPECT_THAT(net_.head.bias.impl().value.to_vector<float>(), ElementsAre(1, 1));
}

// One that claims to be ours is held to its checksums.
TEST_F(Load, OursAreStillChecked) {
  save(net_, path_);
  TensorFile file = read_safetensors(path_);
  for (auto& [name, tensor] : file.tensors)
    if (name == "head.bias") tensor = ones({2});
  write_safetensors(path_, file);
  EXPECT_THAT(refusal(), HasSubstr("checksum"));
  std::erase_if(file.metadata, [](const auto& entry) { return entry.first.starts_with("percept."); });
  write_safetensors(path_, file);
  EXPECT_THAT(refusal(), HasSubstr("checksum"));
  EXPECT_THAT(net_.head.bias.impl().value.to_vector<float>(), ElementsAre(0, 0));
}

TEST_F(Load, NothingLeftOver) {
  save(net_, path_);
  const LoadReport report = load(net_, path_, {.strict = false});
  EXPECT_THAT(report.missing, IsEmpty());
  EXPECT_TRUE(report.complete());
}

// Layers with open sizes take those of the file, but not against their options.
TEST_F(Load, OpenLayersKeepToTheirOptions) {
  save_states(path_, {{"0.weight", ones({5, 3})}, {"0.bias", ones({5})}});
  Sequential fits{Linear{{.out_features = 5}}}, other{Linear{{.out_features = 4}}};
  load(fits, path_);
  EXPECT_EQ(fits(ones({1, 3})).shape(), Shape({1, 5}));
  load(other, path_);
  try {
    other(ones({1, 3}));
    ADD_FAILURE() << "no error";
  } catch (const ShapeError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the weight has shape [5, 3], the options ask for [4, any]"));
  }
  save_states(path_, {{"0.weight", ones({5, 3, 2, 2})}});
  Sequential image{Conv2d{{.out_channels = 5, .kernel_size = 2}}};
  EXPECT_THAT(load(image, path_, {.strict = false}).missing, ElementsAre("0.bias"));
  build(image, {3, 4, 4});  // settles the bias alone
  EXPECT_EQ(image(ones({1, 3, 4, 4})).shape(), Shape({1, 5, 3, 3}));
  EXPECT_EQ(states(image)[0].state->tensor().to_vector<float>()[0], 1);
}

}  // namespace percept::load_test
