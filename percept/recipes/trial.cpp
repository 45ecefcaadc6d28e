// trial.cpp - callbacks' files, and the first samples through loss, metrics and constraints.
#include <algorithm>
#include <array>
#include <filesystem>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/recipes/_trial.h"
#include "percept/train/batch_loss.h"
#include "percept/train/saved_states.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kTrialRows = 4;
constexpr std::array<std::string_view, 7> kOwnFiles{
    "folds.csv", "fold_of_sample.csv", "log.txt", "metrics.csv", "recipe.toml", "result.json", "model.safetensors"};

void check_file(const std::string& where, const std::string& name) {
  const fs::path path = fs::path(name).lexically_normal();
  if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end())
    throw UsageError(where + " = " + quote(name) + " leads out of the run's folder",
                     "name a file in it, as \"checkpoints/best.safetensors\"");
  const std::string first = path.empty() ? "" : path.begin()->string();
  if (std::find(kOwnFiles.begin(), kOwnFiles.end(), first) != kOwnFiles.end())
    throw UsageError(where + " = " + quote(name) + ": the run writes " + first + " itself", "use another name");
}

// What `work` does; where it stumbles over shapes or dtypes, a refusal that says what did not go together.
template <class Work>
void refusing(const std::string& what, const std::string& fix, const Work& work) {
  const auto refuse = [&](const Error& error) {
    throw UsageError(what + ": " + error.problem(), fix.empty() ? error.fix() : fix);
  };
  try {
    work();
  } catch (const ShapeError& error) {
    refuse(error);
  } catch (const DTypeError& error) {
    refuse(error);
  } catch (const ValueError& error) {
    refuse(error);
  }
}

std::string described(const Tensor& tensor) {
  return tensor.defined() ? std::string(name_of(tensor.dtype())) + " " + str(tensor.shape()) : "missing";
}

// The first samples; with labels that are mixed, as training will see them.
Batch first_batch(const Recipe& recipe, const Dataset& data, const BatchTransform& augment) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < std::min(kTrialRows, data.size()); ++i) rows.push_back(i);
  Batch batch = data.get(rows);
  const auto& steps = recipe.augment.steps;
  const bool mixes = std::any_of(steps.begin(), steps.end(), [](const AugmentStep& step) { return step.mixes(); });
  return mixes && augment ? augment(std::move(batch), {.seed = recipe.train.seed, .epoch = 0, .samples = rows}) : batch;
}

std::string loss_fix(const Recipe& recipe, const Dataset& data, bool mixed) {
  const std::string classes = number(data.class_names().size());
  if (mixed) return "use cross_entropy, which takes mixed labels, or leave out the [augment] steps that mix samples";
  if (data.class_names().empty() || recipe.loss.find("type")->as_string() == "cross_entropy") return "";
  return "use cross_entropy and " + classes + " outputs, one per class";
}

}  // namespace

void check_callback_files(const Recipe& recipe) {
  for (std::size_t i = 0; i < recipe.train.callbacks.size(); ++i)
    for (const char* key : {"filepath", "filename"})
      if (const Value* name = recipe.train.callbacks[i].find(key); name != nullptr && name->is_string())
        check_file("train.callbacks[" + number(i) + "]." + key, name->as_string());
}

void try_training(const Recipe& recipe, RecipeModel& model, const Dataset& data, const FitOptions& options) {
  const NoGrad off;  // and outside of a TrainingScope: nothing is dropped, no statistics are taken
  const Tensor labels = data.get({0}).y;
  const Batch batch = first_batch(recipe, data, options.augment);
  const Tensor output = model(batch.x);
  const bool mixed = labels.defined() && batch.y.defined() && labels.rank() != batch.y.rank();
  const std::string both = "the model's output " + described(output) + " and the targets " + described(batch.y) +
                           (mixed ? ", which are mixed labels" : "");
  const std::string loss = recipe.loss.find("type")->as_string();
  refusing("[loss] " + loss + " does not take " + both, loss_fix(recipe, data, mixed),
           [&] { BatchLoss(options.loss, options.class_weight)(output, batch); });
  for (Metric metric : options.metrics)
    refusing("train.metrics: " + metric.name() + " does not take " + both, "", [&] { metric.update(output, batch.y); });
  const SavedStates before{ModuleRef(model)};
  for (std::size_t i = 0; i < options.constraints.size(); ++i)
    refusing("train.constraints[" + number(i) + "], " + recipe.train.constraints[i].find("type")->as_string(), "",
             [&] { options.constraints[i].apply(model); });
  if (!options.constraints.empty()) before.put_back(model);
}

std::string average_warning(const Recipe& recipe) {
  bool averages = false, swaps = false;
  const auto set = [](const Value& callback, const char* key) {
    const Value* value = callback.find(key);
    return value != nullptr && *value == Value(true);
  };
  for (const Value& callback : recipe.train.callbacks)
    averages = averages || callback.find("type")->as_string() == "EMAWeights";
  for (const Value& callback : recipe.train.callbacks) {
    swaps = swaps || (callback.find("type")->as_string() == "EMAWeights" && set(callback, "swap_on_epoch"));
    if (averages && !swaps && (set(callback, "restore_best_weights") || set(callback, "save_best_only")))
      return "EMAWeights validates averages of the weights, and " + callback.find("type")->as_string() +
             " keeps the weights themselves: put EMAWeights with swap_on_epoch = true before it";
  }
  return "";
}

}  // namespace percept
