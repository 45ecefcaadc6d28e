// oracle_interop.cpp - weights saved by PyTorch load into the same layers and give its outputs; ours load there
// (tests/oracle/interop.py, which also checks the second half by hand).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "oracle.h"
#include "percept/percept.h"

namespace percept::interop_test {

using ::testing::IsEmpty;

struct TorchNet {
  Sequential features{Conv2d{{.out_channels = 8, .kernel_size = 3, .padding = 1}},
                      BatchNorm2d{},
                      ReLU{},
                      MaxPool2d{{.kernel_size = 2}},
                      Conv2d{{.out_channels = 8, .kernel_size = 3, .padding = 1, .groups = 4, .bias = false}},
                      GroupNorm{{.num_groups = 2}},
                      SiLU{},
                      ConvTranspose2d{{.out_channels = 4, .kernel_size = 2, .stride = 2}},
                      PReLU{{.num_parameters = 4}},
                      AdaptiveAvgPool2d{{.output_size = 2}}};
  Sequential head{Flatten{}, Linear{{.out_features = 12}}, LayerNorm{}, GELU{}, Dropout{}, Linear{{.out_features = 5}}};
  Tensor operator()(const Tensor& x) const { return head(features(x)); }
};

std::filesystem::path oracle_file(const std::string& name) {
  const char* root = std::getenv("PERCEPT_SOURCE");
  return std::filesystem::path(root ? root : PERCEPT_SOURCE_DIR) / "tests/oracle" / name;
}

TEST(Interop, PyTorchsWeightsGiveItsOutputs) {
  TorchNet model;
  build(model, {3, 8, 8});
  const LoadReport report = load(model, oracle_file("torch_model.safetensors"));
  EXPECT_TRUE(report.complete());
  const testing::Fixtures io("torch_model_io");
  testing::expect_close(model(io.at("x")), io.at("y"), "interop", "output");
}

TEST(Interop, OursHasPyTorchsNamesShapesAndBytes) {
  TorchNet model;
  load(model, oracle_file("torch_model.safetensors"));  // unbuilt: sizes come from the file
  const char* asked = std::getenv("PERCEPT_INTEROP");
  const std::filesystem::path path = asked
                                         ? std::filesystem::path(asked)
                                         : std::filesystem::path(::testing::TempDir()) / "percept_interop.safetensors";
  save(model, path);
  const TensorFile theirs = read_safetensors(oracle_file("torch_model.safetensors")), ours = read_safetensors(path);
  std::vector<std::string> differing;
  for (const auto& [name, tensor] : theirs.tensors) {
    const Tensor* mine = ours.find(name);
    if (mine == nullptr || mine->shape() != tensor.shape() || mine->dtype() != tensor.dtype() ||
        mine->to_vector<double>() != tensor.to_vector<double>())
      differing.push_back(name);
  }
  EXPECT_THAT(differing, IsEmpty());
  EXPECT_EQ(ours.tensors.size(), theirs.tensors.size());
  if (!asked) std::filesystem::remove(path);
}

}  // namespace percept::interop_test
