// items.cpp - the reference networks and the timing of training steps.
#include "percept/recipes/items.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/core/mode.h"
#include "percept/io/save.h"
#include "percept/nn/losses.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/recipes/embedded.h"
#include "percept/recipes/run.h"
#include "percept/recipes/source.h"

namespace percept {
namespace {

struct Item {
  std::string_view name;
  Shape sample_shape;
  std::string_view toml;
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
)"}};
  return all;
}

std::int64_t malloc_bytes() {
  const auto info = mallinfo2();
  return static_cast<std::int64_t>(info.arena + info.hblkhd);
}

// One fixed batch of noise, training on it again and again.
class Steps {
 public:
  explicit Steps(const BenchItem& item)
      : model_(make_model(item.recipe)),
        loss_(loss_of(item.recipe.loss)),
        optimizer_(
            find_optimizer(item.recipe.optimizer.find("type")->as_string())->make(item.recipe.optimizer, "optimizer")),
        scope_(0, item.recipe.train.seed) {
    build_recipe_model(model_, item.recipe, item.sample_shape);
    Shape batch = item.sample_shape;
    batch.insert(0, item.recipe.train.batch_size);
    x_ = uniform(batch, 0, 1, {item.recipe.train.seed, 1'000'001});
    const Tensor draws = uniform({item.recipe.train.batch_size}, 0, static_cast<double>(item.classes),
                                 {item.recipe.train.seed, 1'000'002});
    y_ = cast(floor(draws), DType::i64);
    parameters_ = parameters(model_);
  }
  double run() {
    const Tensor loss = loss_(model_(x_), y_);
    loss.backward();
    optimizer_.step(parameters_);
    const double value = loss.item();
    if (!std::isfinite(value))
      throw NotANumberError("bench: the loss is " + number(value), "use a smaller learning rate");
    return value;
  }
  RecipeModel& model() { return model_; }

 private:
  RecipeModel model_;
  LossFunction loss_;
  Optimizer optimizer_;
  TrainingScope scope_;
  Tensor x_, y_;
  std::vector<State*> parameters_;
};

bool is_recipe_name(const std::string& name) {
  const auto& all = embedded_recipes();
  return std::any_of(all.begin(), all.end(), [&](const auto& recipe) { return recipe.first == name; });
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
              item.sample_shape, 10};
  const auto known = bench_item_names();
  if (const std::string close = nearest(name, known);
      !close.empty() && name.find('/') == std::string::npos && !name.ends_with(".toml") && !is_recipe_name(name))
    throw UsageError("unknown item '" + name + "'",
                     "did you mean '" + close + "'? items: " + join(known) + "; recipes: percept recipes");
  BenchItem other{.recipe = find_recipe(name, overrides), .sample_shape = {}};
  const SourceShape shape = shape_of_source(other.recipe.data.source);
  other.sample_shape = shape.sample_shape;
  other.classes = shape.classes;
  return other;
}

Value BenchResult::to_value() const {
  Value value = Value::object();
  value.set("item", item);
  value.set("median_ms", median_ms);
  value.set("p10_ms", p10_ms);
  value.set("p90_ms", p90_ms);
  value.set("steps", steps);
  value.set("images_per_second", images_per_second);
  value.set("gflops", gflops);
  value.set("threads", threads);
  value.set("peak_rss_mib", peak_rss_mib);
  value.set("loss_first", loss_first);
  value.set("loss_last", loss_last);
  value.set("weights_sha256", weights_sha256);
  value.set("system_allocations", percept::to_value(system_allocations));
  value.set("system_bytes", system_bytes);
  return value;
}

BenchResult bench_training(const BenchItem& item, double seconds, std::int64_t exact_steps) {
  using Clock = std::chrono::steady_clock;
  Steps steps(item);
  BenchResult result{.item = item.recipe.name, .threads = num_threads()};
  std::vector<double> times;
  times.reserve(1 << 16);
  result.loss_first = steps.run();
  for (int i = 0; i < 2; ++i) steps.run();
  const std::uint64_t blocks = memory_of(Device::cpu()).stats().system_allocations;
  const std::int64_t bytes = malloc_bytes();
  const auto start = Clock::now();
  auto elapsed = [&](Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); };
  while (exact_steps > 0 ? static_cast<std::int64_t>(times.size()) < exact_steps
                         : times.size() < 5 || (elapsed(start) < seconds && times.size() < times.capacity())) {
    const auto before = Clock::now();
    result.loss_last = steps.run();
    times.push_back(elapsed(before));
  }
  result.system_allocations = memory_of(Device::cpu()).stats().system_allocations - blocks;
  result.system_bytes = malloc_bytes() - bytes;
  std::sort(times.begin(), times.end());
  result.steps = static_cast<std::int64_t>(times.size());
  result.median_ms = times[times.size() / 2] * 1e3;
  result.p10_ms = times[times.size() / 10] * 1e3;
  result.p90_ms = times[times.size() * 9 / 10] * 1e3;
  const auto batch = static_cast<double>(item.recipe.train.batch_size);
  result.images_per_second = batch / result.median_ms * 1e3;
  result.gflops = count_flops(steps.model(), item.sample_shape).training() * batch / result.median_ms * 1e-6;
  result.peak_rss_mib = peak_rss_mib();
  result.weights_sha256 = weights_sha256(steps.model());
  return result;
}

}  // namespace percept
