// model.h - the model a recipe describes: preprocessing and layers, and its self-describing file.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "percept/base/path.h"
#include "percept/nn/flops.h"
#include "percept/nn/sequential.h"
#include "percept/recipes/recipe.h"

namespace percept {

// x / scale, then (x - mean) / std per channel, as f32: what training did is part of the model. Files become tensors by
// its `picture` and `table` (recipes/read_input.h).
struct Preprocess {
  PreprocessSection settings;
  // x [B, C, ...] of any dtype -> f32 of the same shape. ShapeError when there are not as many means as channels.
  Tensor operator()(const Arg& x) const;
  PERCEPT_FIELDS();  // it holds nothing that is trained
};

struct RecipeModel {
  Preprocess preprocess;
  Sequential layers;
  Tensor operator()(const Arg& x) const;  // [B, ...] -> [B, K]; of a scaled target the numbers it stands for
  PERCEPT_FIELDS(preprocess, layers);
};

// Seeds the default generator with train.seed and constructs the layers in order; sizes left open stay open.
RecipeModel make_model(const Recipe& recipe);
// build(model, sample_shape); a shape that does not fit names the layer, the recipe's line and the chain of shapes.
void build_recipe_model(RecipeModel& model, const Recipe& recipe, const Shape& sample_shape);

// What a model file holds besides the weights.
struct ModelInfo {
  std::string name;
  Value architecture;  // [preprocess] and [model]
  std::vector<std::string> class_names;
  Shape sample_shape;  // of one input, without the batch axis
  std::string data_fingerprint;     // of the training part
  DataSection data = {};            // what it was trained on, by name or path, and how that was cut
  PreprocessSection preprocess = {};
  AugmentSection augment = {};      // for tta
  std::vector<Value> metrics = {Value("accuracy")};
  std::string loss = "cross_entropy";
  std::optional<DType> sample_dtype = {};  // of the inputs it was trained on; known of models from files
};

// Writes weights, description and a sample input with its output, at once or not at all.
void save_model(const RecipeModel& model, const ModelInfo& info, const Tensor& sample, const Path& path);

struct LoadedModel {
  RecipeModel model;
  ModelInfo info;
};
// The model's file that a path stands for: itself, or of a run folder (runs/NAME-1) its model.safetensors. IoError for
// a folder without one.
Path model_path(const Path& path);
// Whether a path surely stands for a model: a file ending in .safetensors, or a run folder that holds one.
bool is_model_path(const Path& path);

// `path` as model_path takes it. Checks the file, builds the model it describes, and verifies that the sample still
// gives its output. IoError names the file and what is wrong with it.
LoadedModel load_model(const Path& path);

// nn/flops.h, for one sample of that shape.
Flops count_flops(const RecipeModel& model, const Shape& sample_shape);

}  // namespace percept
