// overrides.h - key=value settings of the command line put into a recipe's tree.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/value.h"
#include "percept/recipes/recipe.h"

namespace percept {

// "epochs=3" (short for train.epochs), "learning_rate=0.1" (optimizer.), "data=mnist" (data.source),
// "model.layers[0].out_channels=8". The value is read as TOML; a bare word is a string.
// UsageError for a key that no recipe has, with the nearest known one.
void apply_override(Value& tree, const std::string& setting);
// One after the other. Epochs alone outdo the steps that the recipe counts by, which would make them mean nothing.
void apply_overrides(Value& tree, const std::vector<std::string>& settings);
// What a tree says of the data, its [data] and [preprocess]. UsageError for unknown keys and values out of range.
struct DataSettings {
  DataSection data;
  PreprocessSection preprocess;
};
DataSettings data_settings(const Value& tree);
// Where the setting goes: "train.epochs" for "epochs=3".
std::string setting_path(const std::string& setting);

}  // namespace percept
