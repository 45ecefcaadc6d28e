// models.cpp - words to loaded models.
#include "models.h"

#include "percept/base/error.h"
#include "percept/recipes/ensemble.h"

namespace percept::cli {

std::size_t count_models(const std::vector<std::string>& words) {
  std::size_t count = 1;
  while (count < words.size() && is_model_path(words[count])) ++count;
  return count;
}

std::vector<LoadedModel> load_models(std::span<const std::string> words) {
  std::vector<LoadedModel> models;
  for (const std::string& word : words) models.push_back(load_model(word));
  try {
    const Ensemble refuses_what_does_not_fit(models);
  } catch (const ValueError& error) {  // what the files hold is at fault
    throw IoError(error.problem(), error.fix());
  }
  return models;
}

}  // namespace percept::cli
