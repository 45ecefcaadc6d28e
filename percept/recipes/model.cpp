// model.cpp - building what a recipe describes.
#include "percept/recipes/model.h"

#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/linear.h"
#include "percept/ops/node.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// One number per channel, shaped to meet [B, C, ...].
Tensor per_channel(const std::vector<double>& values, int rank) {
  Shape shape(static_cast<std::size_t>(rank - 1), 1);
  shape[0] = static_cast<std::int64_t>(values.size());
  return cast(from_vector(values, shape), DType::f32);
}

}  // namespace

Tensor Preprocess::operator()(const Arg& x) const {
  Tensor y = cast(x, DType::f32);
  const PreprocessSection& s = settings;
  if (s.mean.empty() && s.std.empty()) return s.scale == 1 ? y : y * (1 / s.scale);
  const std::size_t channels = std::max(s.mean.size(), s.std.size());
  if (y.rank() < 2 || (channels != 1 && static_cast<std::int64_t>(channels) != y.shape()[1]))
    throw ShapeError(
        "preprocess: mean and std have " + std::to_string(channels) + " numbers, the input is " + str(y.shape()),
        "give one number, or one per channel of [B, C, ...]");
  // Folded into one product and one sum: (x / scale - mean) / std = x * a + b
  std::vector<double> a(channels), b(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = s.mean.empty() ? 0 : s.mean[c], std = s.std.empty() ? 1 : s.std[c];
    a[c] = 1 / (s.scale * std);
    b[c] = -mean / std;
  }
  return y * per_channel(a, y.rank()) + per_channel(b, y.rank());
}

Tensor RecipeModel::operator()(const Arg& x) const {
  const Tensor ready = preprocess(x);
  const LayerPath path("layers");  // errors then say "layers.3", the place in the recipe's list
  return layers(ready);
}

RecipeModel make_model(const Recipe& recipe) {
  seed(recipe.train.seed);
  RecipeModel model{.preprocess = {recipe.preprocess}, .layers = {}};
  for (std::size_t i = 0; i < recipe.layers.size(); ++i) {
    Value options = recipe.layers[i];
    const LayerRecord* record = find_layer(options.find("type")->as_string());
    // A layer's own algorithm wins over the recipe's.
    if (const Value* own = options.find("algorithm"); own != nullptr && own->is_string() && own->as_string() == "auto")
      options.set("algorithm", recipe.train.algorithm);
    model.layers.push_back(record->make(options, "model.layers[" + std::to_string(i) + "]"));
  }
  return model;
}

void build_recipe_model(RecipeModel& model, const Recipe& recipe, const Shape& sample_shape) {
  try {
    build(model, sample_shape);
  } catch (Error& error) {
    // The path of the layer ("layers.3") leads back to the recipe's line.
    const std::string text = error.what();
    for (std::size_t i = recipe.layers.size(); i-- > 0;)
      if (text.find("layers." + std::to_string(i)) != std::string::npos) {
        const int line = recipe.source.line_of("model.layers[" + std::to_string(i) + "]");
        error.add_note("in", "recipe " + recipe.name + ", model.layers[" + std::to_string(i) + "]" +
                                 (line ? ", line " + std::to_string(line) : std::string()));
        break;
      }
    throw;
  }
}

Flops count_flops(const RecipeModel& model, const Shape& sample_shape) {
  Flops flops;
  Shape batch = sample_shape;
  batch.insert(0, 1);
  const CallObserver observer([&](const ModuleRef& layer, const Tensor& output) {
    double cost = 0;
    if (const auto* linear = layer.get_if<Linear>()) cost = 2.0 * static_cast<double>(linear->weight.numel());
    // each output position meets every weight of its filter once
    else if (const auto* conv = layer.get_if<Conv2d>())
      cost =
          2.0 * static_cast<double>(conv->weight.numel()) * static_cast<double>(output.shape()[2] * output.shape()[3]);
    if (cost > 0 && flops.forward == 0) flops.first = cost;
    flops.forward += cost;
  });
  const NoGrad off;
  for (Tensor x = model.preprocess(zeros(batch)); const AnyModule& layer : model.layers.layers) x = layer(x);
  return flops;
}

}  // namespace percept
