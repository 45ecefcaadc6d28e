// training_checks.cpp - refusing what cannot be trained, in words of the recipe, before a kernel does it in its own.
#include "percept/recipes/_training_checks.h"

#include <algorithm>
#include <cmath>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/process_memory.h"
#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/core/rng.h"
#include "percept/nn/losses.h"
#include "percept/nn/shapes_only.h"

namespace percept {
namespace {

// "the target 'mpg' is a number", "the target has 10 classes"
std::string target_text(const DataParts& data) {
  const auto& table = data.preprocess.table;
  return "the target " + (table ? quote(table->target.name) + " " : "") +
         (data.classifies() ? "has " + number(data.train.class_names().size()) + " classes" : "is a number");
}

void check_loss(const Recipe& recipe, const DataParts& data) {
  const Loss& loss = *find_loss(recipe.loss.find("type")->as_string());
  if ((loss.target == LossTarget::labels) == data.classifies()) return;
  const bool table = data.preprocess.table.has_value();
  const std::string is = "loss.type is \"" + std::string(loss.name) + "\", which takes ";
  if (data.classifies())
    throw UsageError(is + "numbers, and " + target_text(data),
                     std::string("use loss.type = \"cross_entropy\"") +
                         (table ? "; to tell a target of numbers as numbers, data.task = \"regress\"" : ""));
  throw UsageError(is + "classes, and " + target_text(data),
                   std::string("use loss.type = \"mse\"") +
                       (table ? "; to tell the target's values as classes, data.task = \"classify\"" : ""));
}

// The results of a step's layers are kept for the way back; those that are fused or changed in place, up to half of
// them, are not. Linux gives memory that it does not have, and ends the process when it is used.
void check_memory(const Recipe& recipe, const Dataset& train) {
  const double there = memory_mib();
  if (there == 0) return;
  const KeepRng keep;
  const ShapesOnly shapes;
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, train.sample_shape());
  constexpr double kMib = 1 << 20;
  const std::int64_t batch = std::min(recipe.train.batch_size, train.size());
  const std::int64_t rows = (batch + recipe.train.micro_batches - 1) / recipe.train.micro_batches;
  const double weights = 2 * 4 * static_cast<double>(parameter_count(model)) / kMib;  // and their gradients
  const double results = static_cast<double>(shapes.result_bytes()) * static_cast<double>(rows) / kMib;
  if (weights + results / 2 <= there) return;
  const auto gib = [](double mib) { return fixed(mib / 1024, 1) + " GiB"; };
  throw OutOfMemoryError("a training step of " + number(rows) + " samples " + str(train.sample_shape()) +
                             " takes about " + gib(weights + results) + " of memory, this machine has " + gib(there),
                         "use smaller samples (preprocess.picture), a smaller train.batch_size or larger "
                         "train.micro_batches, or fewer channels and features");
}

void check_outputs(const RecipeModel& model, const Dataset& data) {
  Shape batch = data.sample_shape();
  batch.insert(0, 1);
  const NoGrad off;
  const Tensor output = model(zeros(batch));
  const auto classes = static_cast<std::int64_t>(data.class_names().size());
  if (output.rank() == 2 && (classes > 0 ? output.size(1) >= classes : output.size(1) == 1)) return;
  const std::string wanted = std::to_string(std::max<std::int64_t>(classes, 1));
  throw ShapeError("the model gives " + str(output.shape()) + " for one sample, the data have " +
                       (classes > 0 ? wanted + " classes" : "one number as their target"),
                   "end the layers with { type = \"Linear\", out_features = " + wanted + " }");
}

// What only model and data together can tell of the recipe.
void check_settings(const Recipe& recipe, const RecipeModel& model, const Dataset& data) {
  if (parameter_count(model) == 0)
    throw UsageError("the layers have no parameters: there is nothing to train", "add a layer with weights, as Linear");
  const std::vector<double>& weights = recipe.train.class_weight;
  if (weights.empty()) return;
  const auto good = [](double weight) { return weight >= 0 && std::isfinite(weight); };
  if (weights.size() != data.class_names().size() || !std::all_of(weights.begin(), weights.end(), good))
    throw UsageError("train.class_weight is " + to_text(to_value(weights)) + ", the data have " +
                         number(data.class_names().size()) + " classes",
                     "give one finite number of at least 0 per class");
}

}  // namespace

void check_before_model(const Recipe& recipe, const DataParts& data) {
  check_loss(recipe, data);
  check_memory(recipe, data.train);
}

void check_model(const Recipe& recipe, const RecipeModel& model, const Dataset& train) {
  check_outputs(model, train);
  check_settings(recipe, model, train);
}

}  // namespace percept
