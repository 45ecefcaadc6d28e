// models.h - the models that a command line names: files, and run folders for the model in them.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "percept/recipes/model.h"

namespace percept::cli {

// How many of the first words name models: the first one always does.
std::size_t count_models(const std::vector<std::string>& words);

// IoError or ShapeError for files that cannot be loaded and for models that do not answer the same question
// (recipes/ensemble.h).
std::vector<LoadedModel> load_models(std::span<const std::string> words);

}  // namespace percept::cli
