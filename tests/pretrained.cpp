// pretrained.cpp - a network that others trained, on the pictures it was judged by, with each algorithm of its
// convolutions; and the logits of VGG16. Needs PERCEPT_DATA with models/ and cifar10/.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "percept/percept.h"
#include "percept/recipes/items.h"

namespace percept::pretrained_test {

// A file of the folders in PERCEPT_DATA, or nothing.
std::optional<std::filesystem::path> data_file(const std::string& name) {
  const char* list = std::getenv("PERCEPT_DATA");
  std::istringstream folders(list != nullptr ? list : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (const auto path = std::filesystem::path(folder) / name; std::filesystem::exists(path)) return path;
  return std::nullopt;
}

Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t stride, const std::string& algorithm) {
  return Conv2d{{.in_channels = in,
                 .out_channels = out,
                 .kernel_size = 3,
                 .stride = stride,
                 .padding = 1,
                 .bias = false,
                 .algorithm = algorithm}};
}

// He et al. 2016, option A: a shortcut to more channels takes every second pixel and pads the channels with zeros.
struct Block {
  Block(std::int64_t in, std::int64_t out, std::int64_t by, const std::string& algorithm)
      : stride(by), conv1(convolution(in, out, by, algorithm)), conv2(convolution(out, out, 1, algorithm)) {}
  std::int64_t stride;
  Conv2d conv1;
  BatchNorm2d bn1;
  Conv2d conv2;
  BatchNorm2d bn2;
  PERCEPT_FIELDS(conv1, bn1, conv2, bn2);

  Tensor operator()(const Tensor& x) const {
    const Tensor y = bn2(conv2(relu(bn1(conv1(x)))));
    if (stride == 1) return relu(y + x);
    const Tensor pixels = slice(slice(x, 2, 0, x.size(2), stride), 3, 0, x.size(3), stride);
    const std::int64_t before = (y.size(1) - x.size(1)) / 2;
    return relu(y + pad_to(pixels, y.shape(), {0, before, 0, 0}));
  }
};

struct ResNet20 {
  explicit ResNet20(const std::string& algorithm)
      : conv1(convolution(3, 16, 1, algorithm)),
        layer1(stage(16, 16, 1, algorithm)),
        layer2(stage(16, 32, 2, algorithm)),
        layer3(stage(32, 64, 2, algorithm)) {}
  static std::vector<Block> stage(std::int64_t in, std::int64_t out, std::int64_t stride,
                                  const std::string& algorithm) {
    return {Block(in, out, stride, algorithm), Block(out, out, 1, algorithm), Block(out, out, 1, algorithm)};
  }
  Conv2d conv1;
  BatchNorm2d bn1;
  std::vector<Block> layer1, layer2, layer3;
  Linear linear{{.in_features = 64, .out_features = 10}};
  PERCEPT_FIELDS(conv1, bn1, layer1, layer2, layer3, linear);

  Tensor operator()(const Tensor& x) const {
    Tensor y = relu(bn1(conv1(x)));
    for (const auto* layer : {&layer1, &layer2, &layer3})
      for (const Block& block : *layer) y = block(y);
    return linear(mean(y, {.axes = {2, 3}}));
  }
};

// What was trained on: (x / 255 - mean) / std.
Tensor normalized(const Tensor& pictures) {
  const Tensor mean = reshape(tensor({0.485F, 0.456F, 0.406F}), {1, 3, 1, 1});
  const Tensor std = reshape(tensor({0.229F, 0.224F, 0.225F}), {1, 3, 1, 1});
  return (pictures / 255.0 - mean) / std;
}

double largest(const Tensor& x) { return max(abs(x)).item(); }

class Pretrained : public testing::TestWithParam<std::string> {};

// models/testdata: the outputs of a float32 NumPy program.
TEST_P(Pretrained, ResNet20GivesTheReferencesLogits) {
  const auto weights = data_file("models/resnet20-cifar10.safetensors");
  const auto input = data_file("models/testdata/resnet20-cifar10/input.npy");
  const auto output = data_file("models/testdata/resnet20-cifar10/output.npy");
  if (!weights || !input || !output) GTEST_SKIP() << "needs PERCEPT_DATA with models/";
  ResNet20 model(GetParam());
  ASSERT_TRUE(load(model, *weights).complete());
  const InferenceScope inference;
  const Tensor wanted = read_npy(*output), logits = model(read_npy(*input));
  EXPECT_LT(largest(logits - wanted), 1e-4 * largest(wanted));
}
INSTANTIATE_TEST_SUITE_P(Algorithms, Pretrained, testing::Values("direct", "winograd", "auto"));

// Its checkpoint says 91.78 %.
TEST(Winograd, ClassifiesAsDirectConvolutionsDo) {
  const auto weights = data_file("models/resnet20-cifar10.safetensors");
  if (!weights || !data_file("cifar10/test_batch.bin.gz")) GTEST_SKIP() << "needs PERCEPT_DATA with models/, cifar10/";
  const Dataset test = load_dataset("cifar10").test;
  ResNet20 direct("direct"), winograd("winograd");
  load(direct, *weights), load(winograd, *weights);
  const InferenceScope inference;
  Accuracy of_direct, of_winograd;
  double differing = 0, off = 0;
  for (const Batch& batch : DataLoader(test, {.batch_size = 500})) {
    const Tensor x = normalized(batch.x), a = direct(x), b = winograd(x);
    of_direct.update(a, batch.y), of_winograd.update(b, batch.y);
    differing += sum(cast(argmax(a, 1) != argmax(b, 1), DType::f64)).item();
    const double off_here = largest(a - b) / largest(a);
    EXPECT_LT(off_here, 1e-4);  // here: NaN would be lost in the maximum
    off = std::max(off, off_here);
  }
  EXPECT_NEAR(of_direct.result(), 0.9178, 0.003);
  EXPECT_NEAR(of_winograd.result(), 0.9178, 0.003);
  EXPECT_LE(differing, 2);
  RecordProperty("direct", std::to_string(of_direct.result()));
  RecordProperty("winograd", std::to_string(of_winograd.result()));
  RecordProperty("differing", std::to_string(differing));
  RecordProperty("off", std::to_string(off));
}

// One picture through random weights, the same ones each time.
TEST(Winograd, LogitsOfVgg16) {
  const auto logits = [](const std::string& algorithm) {
    const BenchItem item = find_bench_item("f_vgg16", {"train.algorithm=" + algorithm});
    RecipeModel model = make_model(item.recipe);
    build_recipe_model(model, item.recipe, item.sample_shape);
    const InferenceScope inference;
    return model(uniform({1, 3, 224, 224}, 0, 1, {5, 6}));
  };
  const Tensor direct = logits("direct"), winograd = logits("winograd");
  EXPECT_LT(largest(winograd - direct), 1e-4 * largest(direct));
  RecordProperty("off", std::to_string(largest(winograd - direct) / largest(direct)));
}

}  // namespace percept::pretrained_test
