// _trial.h - what a recipe asks of its training, tried before it begins: a refusal then names the section at fault, not
// the op that stumbled in the first step.
#pragma once
#include <string>

#include "percept/recipes/model.h"
#include "percept/recipes/recipe.h"
#include "percept/train/fit.h"

namespace percept {

// Recipes come from others too: callbacks write below the run's folder, and none of the files that the run itself
// writes. UsageError.
void check_callback_files(const Recipe& recipe);

// The loss and the metrics of the first samples, as augmentation mixes their labels, and the constraints of the
// weights. The model is as it was afterwards. UsageError.
void try_training(const Recipe& recipe, RecipeModel& model, const Dataset& data, const FitOptions& options);

// In words, where the weights that a callback keeps as the best are not those that were validated; else "".
std::string average_warning(const Recipe& recipe);

}  // namespace percept
