// model_file.cpp - the self-describing model file: a recipe's architecture beside the weights.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/io/model_file.h"
#include "percept/io/save.h"
#include "percept/ops/ops.h"
#include "percept/recipes/model.h"
#include "percept/version.h"

namespace percept {
namespace {

constexpr std::string_view kSampleInput = "sample.input", kSampleOutput = "sample.output";

// What the sample's output may differ by on another machine or class of instructions: f32 sums in another order.
constexpr double kSampleTolerance = 1e-3;

Tensor run(const RecipeModel& model, const Tensor& input) {
  const NoGrad off;
  return contiguous(model(input));
}

const std::string* find(const TensorFile& file, std::string_view key) {
  for (const auto& [name, text] : file.metadata)
    if (name == key) return &text;
  return nullptr;
}

const Tensor* find_tensor(const TensorFile& file, std::string_view key) {
  for (const auto& [name, tensor] : file.tensors)
    if (name == key) return &tensor;
  return nullptr;
}

const std::string& required(const TensorFile& file, std::string_view key, const Path& path) {
  if (const std::string* text = find(file, key)) return *text;
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

template <class T>
std::vector<T> json_list(const std::string& text, std::string_view key, const Path& path) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  try {
    // nlohmann would turn 1.5 into 1 and 2^64 - 1 into -1.
    const bool exact = !std::is_integral_v<T> || std::all_of(json.begin(), json.end(), [](const auto& one) {
      return one.is_number_integer() && (!one.is_number_unsigned() || one.template get<std::uint64_t>() >> 63 == 0);
    });
    if (json.is_array() && exact) return json.get<std::vector<T>>();
  } catch (const nlohmann::json::exception&) {
    // refused below
  }
  throw IoError(path.string() + ": metadata '" + std::string(key) + "' is no list: " + text.substr(0, 80),
                "save the model again");
}

void verify_sample(const RecipeModel& model, const TensorFile& file, const Path& path) {
  const Tensor* input = find_tensor(file, kSampleInput);
  const Tensor* wanted = find_tensor(file, kSampleOutput);
  if (input == nullptr || wanted == nullptr)
    throw IoError(path.string() + ": the sample input or output is missing",
                  "save the model again with `percept train`");
  const auto got = run(model, *input).to_vector<double>(), expected = wanted->to_vector<double>();
  for (std::size_t i = 0; i < std::max(got.size(), expected.size()); ++i)
    if (got.size() != expected.size() ||
        !(std::abs(got[i] - expected[i]) <= kSampleTolerance * std::max(1.0, std::abs(expected[i]))))
      throw IoError(path.string() + ": the model does not give what it gave when it was saved (sample output " +
                        std::to_string(i) + ")",
                    "the file and this version of Percept disagree: train again, or use the version that saved it (" +
                        required(file, "percept.version", path) + ")");
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
                    {"percept.data", info.data_source},
                    {"percept.data_fingerprint", info.data_fingerprint},
                    {"percept.loss", info.loss}};
  save(const_cast<RecipeModel&>(model), path, extra);
}

LoadedModel load_model(const Path& path) {
  const TensorFile file = load_states(path);
  LoadedModel loaded;
  loaded.info.name = required(file, "percept.name", path);
  loaded.info.class_names =
      json_list<std::string>(required(file, "percept.class_names", path), "percept.class_names", path);
  for (std::int64_t size :
       json_list<std::int64_t>(required(file, "percept.sample_shape", path), "percept.sample_shape", path))
    loaded.info.sample_shape.push_back(size);
  check_sample_shape(loaded.info.sample_shape, path);
  loaded.info.data_source = required(file, "percept.data", path);
  loaded.info.data_fingerprint = required(file, "percept.data_fingerprint", path);
  loaded.info.loss = required(file, "percept.loss", path);
  try {
    // The architecture is part of a recipe: read by the same reader, with its data left open, under the same limit.
    const std::string& architecture = required(file, "percept.architecture", path);
    if (architecture.size() > kMaxRecipeBytes)
      throw IoError(path.string() + ": percept.architecture has " + std::to_string(architecture.size()) + " bytes",
                    "up to " + std::to_string(kMaxRecipeBytes) + " are read, as of a recipe");
    const std::string text = "name = \"model\"\n" + architecture + "\n[data]\nsource = \"none\"\n";
    const Recipe recipe = parse_recipe(text, path.string());
    loaded.info.architecture = architecture_of(recipe);
    const Rng before = default_rng();  // loading a model must not move the program's random streams
    loaded.model = make_model(recipe);
    build_recipe_model(loaded.model, recipe, loaded.info.sample_shape);
    default_rng() = before;
  } catch (const UsageError& error) {
    throw IoError(path.string() + ": " + error.problem(), error.fix());
  }
  load(loaded.model, file, path.string());
  verify_sample(loaded.model, file, path);
  return loaded;
}

}  // namespace percept
