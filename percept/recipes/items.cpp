// items.cpp - the reference networks.
#include "percept/recipes/items.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/recipes/source.h"

namespace percept {
namespace {

struct Item {
  std::string_view name;
  Shape sample_shape;
  std::string_view toml;
  std::int64_t classes = 10;
};

const std::vector<Item>& items() {
  static const std::vector<Item> all = {{"a_softmax", {784}, R"(
model.layers = [{ type = "Linear", out_features = 10 }]
optimizer = { type = "SGD", learning_rate = 0.5 }
train = { batch_size = 100 }
)"},
                                        {"b_mlp5", {784}, R"(
model.layers = [
  { type = "Linear", out_features = 200 }, { type = "ReLU" }, { type = "Dropout", rate = 0.25 },
  { type = "Linear", out_features = 100 }, { type = "ReLU" }, { type = "Dropout", rate = 0.25 },
  { type = "Linear", out_features = 60 }, { type = "ReLU" }, { type = "Dropout", rate = 0.25 },
  { type = "Linear", out_features = 30 }, { type = "ReLU" }, { type = "Dropout", rate = 0.25 },
  { type = "Linear", out_features = 10 },
]
optimizer = { type = "Adam", learning_rate = 1e-3 }
train = { batch_size = 100 }
)"},
                                        {"c_psc_cnn", {1, 28, 28}, R"(
model.layers = [
  { type = "Conv2d", out_channels = 32, kernel_size = 5, padding = "same" }, { type = "ReLU" }, { type = "MaxPool2d", kernel_size = 2 },
  { type = "Conv2d", out_channels = 64, kernel_size = 5, padding = "same" }, { type = "ReLU" }, { type = "MaxPool2d", kernel_size = 2 },
  { type = "Flatten" }, { type = "Linear", out_features = 1024 }, { type = "ReLU" }, { type = "Dropout", rate = 0.5 },
  { type = "Linear", out_features = 10 },
]
optimizer = { type = "Adam", learning_rate = 1e-4 }
train = { batch_size = 50 }
)"},
                                        {"d_mnist_cnn", {1, 28, 28}, R"(
model.layers = [
  { type = "Conv2d", out_channels = 32, kernel_size = 3 }, { type = "ReLU" },
  { type = "Conv2d", out_channels = 64, kernel_size = 3 }, { type = "ReLU" },
  { type = "MaxPool2d", kernel_size = 2 }, { type = "Dropout", rate = 0.25 },
  { type = "Flatten" }, { type = "Linear", out_features = 128 }, { type = "ReLU" }, { type = "Dropout", rate = 0.5 },
  { type = "Linear", out_features = 10 },
]
optimizer = { type = "Adadelta", learning_rate = 1.0 }
train = { batch_size = 128 }
)"},
                                        {"e_lenet5", {1, 28, 28}, R"(
model.layers = [
  { type = "Conv2d", out_channels = 6, kernel_size = 5, padding = 2 }, { type = "Tanh" }, { type = "AvgPool2d", kernel_size = 2 },
  { type = "Conv2d", out_channels = 16, kernel_size = 5 }, { type = "Tanh" }, { type = "AvgPool2d", kernel_size = 2 },
  { type = "Flatten" }, { type = "Linear", out_features = 120 }, { type = "Tanh" },
  { type = "Linear", out_features = 84 }, { type = "Tanh" }, { type = "Linear", out_features = 10 },
]
optimizer = { type = "SGD", learning_rate = 0.1 }
train = { batch_size = 128 }
)"},
                                        {"f_resnet20", {3, 32, 32}, R"(
model.architecture = "resnet20"
optimizer = { type = "SGD", learning_rate = 0.1, momentum = 0.9 }
train = { batch_size = 128 }
)"},
                                        {"f_resnet18", {3, 32, 32}, R"(
model.architecture = "resnet18_small"
optimizer = { type = "SGD", learning_rate = 0.1, momentum = 0.9 }
train = { batch_size = 16 }
)"},
                                        {"f_vgg16",
                                         {3, 224, 224},
                                         R"(
model.architecture = "vgg16"
optimizer = { type = "SGD", learning_rate = 0.01 }
train = { batch_size = 1 }
)",
                                         1000}};
  return all;
}

}  // namespace

std::vector<std::string> bench_item_names() {
  std::vector<std::string> names;
  for (const Item& item : items()) names.emplace_back(item.name);
  return names;
}

BenchItem find_bench_item(const std::string& name, const std::vector<std::string>& overrides) {
  for (const Item& item : items())
    if (item.name == name)
      return {parse_recipe("name = \"" + name + "\"\ndata.source = \"synthetic\"\n" + std::string(item.toml), name,
                           overrides),
              item.sample_shape, item.classes};
  const auto known = bench_item_names();
  if (const std::string close = nearest(name, known);
      !close.empty() && name.find('/') == std::string::npos && !name.ends_with(".toml") && !is_recipe_name(name))
    throw UsageError("unknown item '" + name + "'",
                     "did you mean '" + close + "'? items: " + join(known) + "; recipes: percept recipes");
  BenchItem other{.recipe = find_recipe(name, overrides), .sample_shape = {}};
  const SourceShape shape = shape_of_source(other.recipe.data, other.recipe.preprocess);
  other.sample_shape = shape.sample_shape;
  other.classes = shape.classes;
  return other;
}

}  // namespace percept
