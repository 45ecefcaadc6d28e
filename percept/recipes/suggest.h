// suggest.h - a recipe for data that came without one: what a look at them suggests, and why.
#pragma once
#include <string>
#include <vector>

#include "percept/recipes/recipe.h"

namespace percept {

struct Suggestion {
  Recipe recipe;                     // named after the path; its comments are the reasons
  std::string toml;                  // its text in short, without the defaults
  std::vector<std::string> reasons;  // one sentence per choice
};

// `source` as data.source. `settings`, key=value as on the command line: those of [data] and [preprocess] are heeded
// while looking (target=price, data.test=FILE), and all of them stand in the text; what they say is not chosen again.
// Pictures get a convolutional network whose depth follows from their size, and are mirrored where they are in colour
// (data/colorful.h); tables a network of linear layers, small ones an early end; text a network of n-grams; without a
// test part a fifth is held out, of text the last tenth. Errors as open_source and parse_recipe.
Suggestion suggest_recipe(const std::string& source, const std::vector<std::string>& settings = {});

}  // namespace percept
