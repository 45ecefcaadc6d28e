// _training_checks.h - what only recipe, data and model together can tell: whether the training can work.
#pragma once
#include "percept/recipes/data.h"
#include "percept/recipes/model.h"

namespace percept {

// Before the model is made. UsageError for a loss that takes another kind of target than the data have;
// OutOfMemoryError for a step that this machine's memory cannot hold.
void check_before_model(const Recipe& recipe, const DataParts& data);
// The model is built. ShapeError for outputs that do not fit the target; UsageError for a model without parameters,
// and for weights that are not one per class.
void check_model(const Recipe& recipe, const RecipeModel& model, const Dataset& train);

}  // namespace percept
