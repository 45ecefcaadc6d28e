// evaluate.h - how good a model is on data: the loss and the metrics, the same numbers from `train` and `evaluate`.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "percept/metrics/confusion_matrix.h"
#include "percept/recipes/model.h"
#include "percept/train/fit.h"

namespace percept {

struct Evaluation {
  Logs values;                               // "loss" and each metric of the model's recipe
  std::optional<ConfusionMatrix> confusion;  // where there are classes, up to 1000
};

// `capture`: the same bits either way.
Evaluation evaluate_model(const RecipeModel& model, const ModelInfo& info, const Dataset& data, bool capture = true);

struct EnsembleOptions {
  // Above 1: so many views of each sample are averaged, the first as it is, the others changed as the models' training
  // pictures were ([augment] of their recipes).
  std::int64_t tta = 1;
  int num_workers = 1;
};
// Several models as one (recipes/ensemble.h, its errors): the mean of their probabilities, or of their numbers. A
// single one with tta = 1 is evaluate_model. UsageError for tta of a model without augmentation.
Evaluation evaluate_models(const std::vector<LoadedModel>& models, const Dataset& data,
                           const EnsembleOptions& options = {});

// What a recipe's list of metrics says, or what is usual for the data: accuracy for classes; r2 and mae for numbers.
std::vector<Value> usual_metrics(bool classifies);

}  // namespace percept
