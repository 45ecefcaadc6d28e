// model.cpp - building what a recipe describes.
#include "percept/recipes/model.h"

#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/shapes_only.h"
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
  const Tensor output = layers(ready);
  const auto& target = preprocess.settings.target;
  return target ? output * target->std + target->mean : output;
}

namespace {

// Where a layer stands: in messages ("layers.3.body.0") and in the recipe ("model.layers[3].layers[0]").
struct LayerPlace {
  std::string path, key;
};

void places_of(const Value& layer, const LayerPlace& at, std::vector<LayerPlace>& out);

// Of a list of layers, or of a list of such lists (branches), or of one layer.
void places_in(const Value& value, const LayerPlace& at, std::vector<LayerPlace>& out) {
  if (value.is_object()) places_of(value, at, out);
  if (!value.is_array()) return;
  for (std::size_t i = 0; i < value.as_array().size(); ++i)
    places_in(value.as_array()[i], {at.path + "." + number(i), at.key + "[" + number(i) + "]"}, out);
}

void places_of(const Value& layer, const LayerPlace& at, std::vector<LayerPlace>& out) {
  const Value* type = layer.find("type");
  if (type == nullptr || !type->is_string()) return;
  out.push_back(at);
  for (const auto& [key, value] : layer.as_object()) {
    if (!value.is_array() && !value.is_object()) continue;
    // A block's list is its field `body`; a Sequential's entries are its fields.
    const bool own = key == "layers", unnamed = own && type->as_string() == "Sequential";
    LayerPlace inside{at.path + (unnamed ? "" : own ? ".body" : "." + key), at.key + "." + key};
    if (value.is_object()) inside.path += ".0";  // one layer in place of a list
    places_in(value, inside, out);
  }
}

// Whether the text names the path itself and not a longer number ("layers.1" in "layers.12").
bool names(std::string_view text, std::string_view path) {
  for (std::size_t at = text.find(path); at != std::string_view::npos; at = text.find(path, at + 1)) {
    const std::size_t end = at + path.size();
    if (end == text.size() || text[end] < '0' || text[end] > '9') return true;
  }
  return false;
}

}  // namespace

RecipeModel make_model(const Recipe& recipe) {
  seed(recipe.train.seed);
  RecipeModel model{.preprocess = {recipe.preprocess}, .layers = {}};
  const std::vector<Value> layers = layers_of(recipe);
  for (std::size_t i = 0; i < layers.size(); ++i)
    model.layers.push_back(make_layer(layers[i], "model.layers[" + std::to_string(i) + "]"));
  return model;
}

void build_recipe_model(RecipeModel& model, const Recipe& recipe, const Shape& sample_shape) {
  try {
    build(model, sample_shape);
  } catch (Error& error) {
    // The longest path of a layer in the message leads back to the recipe's line.
    std::vector<LayerPlace> places;
    places_in(Value(recipe.layers), {"layers", "model.layers"}, places);
    const LayerPlace* best = nullptr;
    for (const LayerPlace& place : places)
      if (names(error.what(), place.path) && (best == nullptr || place.path.size() > best->path.size())) best = &place;
    if (best != nullptr) {
      const int line = recipe.source.line_of(best->key);
      error.add_note(
          "in", "recipe " + recipe.name + ", " + best->key + (line ? ", line " + std::to_string(line) : std::string()));
    }
    throw;
  }
}

Flops count_flops(const RecipeModel& model, const Shape& sample_shape) {
  Shape batch = sample_shape;
  batch.insert(0, 1);
  Flops flops;
  call_by_shapes(batch, [&](const Tensor& x) { flops = count_flops(ModuleRef(model), x); });
  return flops;
}

}  // namespace percept
