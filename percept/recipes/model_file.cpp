// model_file.cpp - the self-describing model file: a recipe's architecture beside the weights.
#include <cmath>
#include <filesystem>

#include "percept/base/checked.h"
#include "percept/base/options.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/allocation_budget.h"
#include "percept/core/mode.h"
#include "percept/formats/json_list.h"
#include "percept/io/model_file.h"
#include "percept/io/save.h"
#include "percept/metrics/metric_record.h"
#include "percept/nn/shapes_only.h"
#include "percept/ops/ops.h"
#include "percept/recipes/model.h"
#include "percept/version.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileOfRun = "model.safetensors";
constexpr std::string_view kSampleInput = "sample.input", kSampleOutput = "sample.output";

// What the sample's output may differ by on another machine or class of instructions: f32 sums in another order.
constexpr double kSampleTolerance = 1e-3;

// Bytes that layers may take for constants of their own while only shapes are settled.
constexpr std::size_t kMostForConstants = std::size_t{256} << 20;

Tensor run(const RecipeModel& model, const Tensor& input) {
  const PrecisionScope exact(ProductPrecision::f32);  // files are alike, whatever precision is asked for
  const NoGrad off;
  return contiguous(model(input));
}

const std::string& required(const TensorFile& file, std::string_view key, const Path& path) {
  if (const std::string* text = file.find_metadata(key)) return *text;
  throw IoError(
      path.string() + ": the metadata lack '" + std::string(key) + "': this is no model saved by `percept train`",
      "load a program's own weights into its struct with load(model, path); `percept summary` lists their names");
}

// The model is tried on zeros of this shape: it must be one that a program can hold many times over.
void check_sample_shape(const Shape& shape, const Path& path) {
  constexpr std::int64_t kMost = std::int64_t{1} << 26;  // elements: an image of 3 x 4700 x 4700
  std::int64_t elements = 1;
  bool good = true;
  for (const std::int64_t size : shape) {
    good = good && size >= 1 && size <= kMost / elements;
    if (good) elements *= size;
  }
  if (!good)
    throw IoError(path.string() + ": percept.sample_shape is " + str(shape) + ", no shape of one sample with up to " +
                      std::to_string(kMost) + " elements",
                  "save the model again");
}

// The list under `key`, read by json_strings or json_integers.
template <class Read>
auto required_list(const TensorFile& file, std::string_view key, const Path& path, std::size_t most, Read read) {
  const std::string& text = required(file, key, path);
  auto list = read(text, most);
  if (!list)
    throw IoError(path.string() + ": metadata '" + std::string(key) + "' is no list of at most " +
                      std::to_string(most) + " entries: " + quote(text),
                  "save the model again");
  return std::move(*list);
}

// What running the model on one sample may allocate in all, freed memory too: a small file must not cost memory or
// time out of proportion. 1 GiB is free, for activations outweigh small networks; the rest grows with the sample (a
// hundred layers of 64 channels) and the weights.
std::size_t trial_budget(const TensorFile& file, const Tensor& sample) {
  constexpr std::size_t kFree = std::size_t{1} << 30, kTimesSample = 16384, kTimesFile = 64;
  const auto bytes_of = [](const Tensor& tensor) {
    return static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype());
  };
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : file.tensors) bytes += bytes_of(tensor);
  return kFree + kTimesSample * bytes_of(sample) + kTimesFile * bytes;  // files have up to 2^36 bytes
}

struct Sample {
  Tensor input, output;
};

// The first sample of the file, [1, ...] of the model's sample shape, and what the model gave for it, [1, K].
Sample sample_of(const TensorFile& file, const Shape& sample_shape, const Path& path) {
  const Tensor* input = file.find(kSampleInput);
  const Tensor* output = file.find(kSampleOutput);
  if (input == nullptr || output == nullptr)
    throw IoError(path.string() + ": the sample input or output is missing",
                  "save the model again with `percept train`");
  Shape wanted = sample_shape;
  wanted.insert(0, input->rank() > 0 ? input->size(0) : 0);
  if (input->shape() != wanted || input->size(0) < 1)
    throw IoError(path.string() + ": sample.input has shape " + str(input->shape()) + ", percept.sample_shape is " +
                      str(sample_shape),
                  "save the model again with `percept train`");
  if (output->rank() != 2 || output->size(0) != input->size(0) || output->size(1) < 1)
    throw IoError(path.string() + ": sample.output has shape " + str(output->shape()) + " for " +
                      std::to_string(input->size(0)) + " samples",
                  "a model gives [B, K]; save it again with `percept train`");
  const NoGrad off;
  return {slice(*input, 0, 0, 1), slice(*output, 0, 0, 1)};
}

void verify_sample(const RecipeModel& model, const Sample& sample, const TensorFile& file, const Path& path) {
  const Tensor output = run(model, sample.input);
  if (output.shape() != sample.output.shape())
    throw IoError(path.string() + ": the model gives " + str(output.shape()) + " for its sample, it gave " +
                      str(sample.output.shape()) + " when it was saved",
                  "train again, or use the version that saved it (" + required(file, "percept.version", path) + ")");
  const auto got = output.to_vector<double>(), expected = sample.output.to_vector<double>();
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!std::isfinite(got[i]))
      throw IoError(path.string() + ": sample output " + std::to_string(i) + " is " + number(got[i]) +
                        (std::isfinite(expected[i]) ? "" : ", as when the model was saved"),
                    "its weights are no finite numbers: train again, e.g. with a smaller learning rate");
    if (!(std::abs(got[i] - expected[i]) <= kSampleTolerance * std::max(1.0, std::abs(expected[i]))))
      throw IoError(path.string() + ": the model does not give what it gave when it was saved (sample output " +
                        std::to_string(i) + ": " + number(got[i]) + ", was " + number(expected[i]) + ")",
                    "the file and this version of Percept disagree: train again, or use the version that saved it (" +
                        required(file, "percept.version", path) + ")");
  }
}

// The architecture is part of a recipe: read by the same reader, with its data left open, under the same limit.
Recipe recipe_of(const TensorFile& file, const Path& path) {
  const std::string& architecture = required(file, "percept.architecture", path);
  if (architecture.size() > kMaxRecipeBytes)
    throw IoError(path.string() + ": percept.architecture has " + std::to_string(architecture.size()) + " bytes",
                  "up to " + std::to_string(kMaxRecipeBytes) + " are read, as of a recipe");
  const AllocationBudget constants(kMostForConstants);
  return parse_recipe("name = \"model\"\n" + architecture + "\n[data]\nsource = \"none\"\n", path.string());
}

// `evaluate` computes it.
void check_loss(const std::string& loss, const Path& path) {
  constexpr std::size_t kMostBytes = 10'000;
  try {
    if (loss.size() > kMostBytes) throw UsageError(std::to_string(loss.size()) + " bytes", "a loss is a line");
    loss_of(loss_table(loss));
  } catch (const Error& error) {
    throw IoError(path.string() + ": percept.loss is " + quote(loss) + ": " + error.problem(), "save the model again");
  }
}

// How the data were cut, changed and measured: sections of a recipe, without which a model works as well (files of
// before this was kept).
struct TrainingText {
  DataSection data;
  AugmentSection augment;
  std::vector<Value> metrics;
};

std::string training_text(const ModelInfo& info) {
  return to_toml(to_value(TrainingText{info.data, info.augment, info.metrics}));
}

void read_training(const std::string& text, ModelInfo& info, const Path& path) {
  try {
    TrainingText read{.data = info.data, .augment = {}, .metrics = info.metrics};
    if (text.size() > kMaxRecipeBytes) throw UsageError(number(text.size()) + " bytes", "a recipe has fewer");
    from_value(parse_toml(text, path.string()).tree, read, "percept.training");
    if (read.data.source != info.data.source)
      throw UsageError("another data.source than percept.data", "save it again");
    metrics_of(read.metrics, "metrics");
    value_range_of(read.augment);
    for (const double part : {read.data.validation_split, read.data.test_split})
      if (!(part >= 0 && part < 1)) throw UsageError("a part of " + number(part), "fractions are from 0 up to 1");
    info.data = std::move(read.data);
    info.augment = std::move(read.augment);
    info.metrics = std::move(read.metrics);
  } catch (const Error& error) {
    throw IoError(path.string() + ": percept.training: " + error.problem(), "save the model again");
  }
}

ModelInfo info_of(const TensorFile& file, const Path& path) {
  constexpr std::size_t kMostClasses = 1'000'000;
  ModelInfo info;
  info.name = required(file, "percept.name", path);
  info.class_names = required_list(file, "percept.class_names", path, kMostClasses, json_strings);
  for (std::int64_t size : required_list(file, "percept.sample_shape", path, kMaxRank - 1, json_integers))
    info.sample_shape.push_back(size);
  check_sample_shape(info.sample_shape, path);
  info.data.source = required(file, "percept.data", path);
  if (const std::string* training = file.find_metadata("percept.training")) read_training(*training, info, path);
  info.data_fingerprint = required(file, "percept.data_fingerprint", path);
  info.loss = required(file, "percept.loss", path);
  check_loss(info.loss, path);
  return info;
}

}  // namespace

void save_model(const RecipeModel& model, const ModelInfo& info, const Tensor& sample, const Path& path) {
  TensorFile extra;
  extra.tensors = {{std::string(kSampleInput), contiguous(sample)}, {std::string(kSampleOutput), run(model, sample)}};
  Value names = Value::array(), shape = Value::array();
  for (const std::string& name : info.class_names) names.push_back(name);
  for (std::int64_t size : info.sample_shape) shape.push_back(size);
  extra.metadata = {{"format", "pt"},
                    {"percept.version", std::string(kVersion)},
                    {"percept.name", info.name},
                    {"percept.architecture", to_toml(info.architecture)},
                    {"percept.class_names", to_json(names)},
                    {"percept.sample_shape", to_json(shape)},
                    {"percept.data", info.data.source},
                    {"percept.training", training_text(info)},
                    {"percept.data_fingerprint", info.data_fingerprint},
                    {"percept.loss", info.loss}};
  save(const_cast<RecipeModel&>(model), path, extra);
}

// Makes the layers without values, and without memory for what they would compute.
void build_by_shapes(LoadedModel& loaded, const Recipe& recipe, std::size_t budget, const Path& path) {
  const auto refuse = [&](const std::string& what) {
    throw IoError(path.string() + ": the model it describes takes memory out of proportion to the file: " + what,
                  "load only models whose weights are in the file; or save the model again");
  };
  const KeepRng keep;  // loading a model must not move the program's random streams
  const AllocationBudget constants(kMostForConstants);
  const ShapesOnly shapes;
  try {
    loaded.model = make_model(recipe);
    build_recipe_model(loaded.model, recipe, loaded.info.sample_shape);
  } catch (const OutOfMemoryError& error) {
    if (!constants.spent()) throw;
    refuse(error.problem());
  }
  if (shapes.result_bytes() > budget)
    refuse(std::to_string(shapes.result_bytes()) + " bytes for one sample, " + std::to_string(budget) + " are granted");
}

bool is_model_path(const Path& path) {
  std::error_code ignored;  // what cannot be looked at is none
  return fs::is_directory(path, ignored) ? fs::exists(fs::path(path) / kFileOfRun, ignored)
                                         : path.string().ends_with(".safetensors");
}

Path model_path(const Path& path) {
  std::error_code ignored;  // reading the file says what is wrong
  if (!fs::is_directory(path, ignored)) return path;
  if (is_model_path(path)) return fs::path(path) / kFileOfRun;
  throw IoError(path.string() + " is a folder without a model: there is no " + kFileOfRun + " in it",
                "name a model's file or a run folder of `percept train`; cross-validation keeps no model");
}

LoadedModel load_model(const Path& given) {
  const Path path = model_path(given);
  const TensorFile file = load_states(path);
  LoadedModel loaded{.model = {}, .info = info_of(file, path)};
  const Sample sample = sample_of(file, loaded.info.sample_shape, path);
  loaded.info.sample_dtype = sample.input.dtype();
  try {
    const Recipe recipe = recipe_of(file, path);
    loaded.info.architecture = architecture_of(recipe);
    loaded.info.preprocess = recipe.preprocess;
    build_by_shapes(loaded, recipe, trial_budget(file, sample.input), path);
    load(loaded.model, file, path.string());
    verify_sample(loaded.model, sample, file, path);
  } catch (const IoError&) {
    throw;
  } catch (const UsageError& error) {  // of the reader of recipes, which names the file, or of a layer's options
    const bool named = error.problem().starts_with(path.string());
    throw IoError((named ? "" : path.string() + ": ") + error.problem(), error.fix());
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const Error& error) {
    const std::string_view text = error.what();
    throw IoError(
        path.string() + ": the model it describes does not work: " + std::string(text.substr(0, text.find('\n'))),
        "save the model again; a model of another origin is loaded into a struct by load(model, path)");
  }
  return loaded;
}

}  // namespace percept
