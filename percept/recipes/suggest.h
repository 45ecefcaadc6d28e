// suggest.h - a recipe for data that came without one: what a look at them suggests, and why.
#pragma once
#include <string>
#include <vector>

namespace percept {

struct Suggestion {
  std::string name;                  // of the recipe, from the path
  std::string toml;                  // its text, with the reasons as comments
  std::vector<std::string> reasons;  // one sentence per choice
};

// `source` as data.source. `settings`, key=value as on the command line: those of [data] and [preprocess] are heeded
// while looking (target=price, data.test=FILE), and all of them stand in the text.
// Pictures get a convolutional network whose depth follows from their size; tables a network of linear layers; text
// a network of n-grams; without a test part a fifth is held out, of text the last tenth. Errors as open_source.
Suggestion suggest_recipe(const std::string& source, const std::vector<std::string>& settings = {});

}  // namespace percept
