// _recipe_file.h - a recipe as options.h reads it; [model], [loss], ... hold open tables that their records check.
#pragma once
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/recipes/recipe.h"

namespace percept {

struct RecipeFile {
  std::string name, description;
  DataSection data;
  PreprocessSection preprocess;
  AugmentSection augment;
  Value model, loss, optimizer, schedule;
  TrainSection train;
};

// UsageError unless it holds.
void check_range(bool good, const std::string& what, const std::string& remedy);
// [data] and [preprocess] alone: what is looked at before there is a recipe.
void check_data_sections(const DataSection& data, const PreprocessSection& preprocess);
// Everything that needs no record: values out of range, settings that exclude each other, and by name what later
// versions bring, which is never passed over in silence.
void check_sections(const RecipeFile& file);

}  // namespace percept
