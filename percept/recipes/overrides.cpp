// overrides.cpp - key=value settings put into a recipe's tree.
#include "percept/recipes/overrides.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/recipes/_recipe_file.h"

namespace percept {
namespace {

// The value of a setting: TOML where it is TOML, else the word itself.
Value read_setting(std::string_view text) {
  try {
    const TomlDocument document = parse_toml("value = " + std::string(text) + "\n", "setting");
    if (const Value* value = document.tree.find("value"); value != nullptr && document.tree.as_object().size() == 1)
      return *value;
  } catch (const UsageError&) {
    // a bare word
  }
  return Value(text);
}

std::string long_form(std::string_view key) {
  if (key == "data") return "data.source";
  if (key == "target") return "data.target";
  if (key == "learning_rate") return "optimizer.learning_rate";
  for (std::string_view name : field_names<TrainSection>())
    if (key == name) return "train." + std::string(key);
  return std::string(key);
}

// Other programs' words.
constexpr std::pair<std::string_view, std::string_view> kElsewhere[] = {{"lr", "optimizer.learning_rate"},
                                                                        {"val_split", "data.validation_split"},
                                                                        {"workers", "num_workers"},
                                                                        {"bs", "batch_size"}};

// The key that was meant: what another program calls so, one with this last part, or the nearest; "" if none is close.
std::string meant_by(const std::string& key) {
  for (const auto& [word, here] : kElsewhere)
    if (key == word) return std::string(here);
  const std::vector<std::string> known = recipe_keys();
  for (const std::string& one : known)
    if (one.ends_with("." + key)) return one;
  return nearest(key, known);
}

struct Part {
  std::string key;
  int index = -1;  // of a list, after the key
};

std::vector<Part> parts_of(const std::string& path, const std::string& setting) {
  std::vector<Part> parts;
  for (std::string_view piece : split(path, '.')) {
    Part part{std::string(piece)};
    if (const auto open = piece.find('['); open != std::string_view::npos) {
      const auto index =
          piece.ends_with(']') ? parse_int64(piece.substr(open + 1, piece.size() - open - 2)) : std::nullopt;
      if (!index || *index < 0 || *index > 10000)
        throw UsageError("setting '" + setting + "': '" + std::string(piece) + "' has no usable index",
                         "write e.g. model.layers[0].out_channels=8");
      part.key = std::string(piece.substr(0, open));
      part.index = static_cast<int>(*index);
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

bool is_recipe_key(std::string_view key) {
  const std::string path = long_form(key);
  const std::string section = path.substr(0, path.find_first_of(".["));
  static constexpr std::string_view kSections[] = {"name",  "description", "data",      "preprocess", "augment",
                                                   "model", "loss",        "optimizer", "schedule",   "train"};
  return std::find(std::begin(kSections), std::end(kSections), section) != std::end(kSections);
}

std::vector<std::string> recipe_keys() {
  std::vector<std::string> keys = {
      "data",      "target",        "learning_rate", "optimizer.type",     "optimizer.learning_rate",
      "loss.type", "schedule.type", "model.layers",  "model.architecture", "augment.steps"};
  for (std::string_view name : field_names<TrainSection>()) keys.emplace_back(name);
  for (std::string_view name : field_names<DataSection>()) keys.push_back("data." + std::string(name));
  for (std::string_view name : field_names<PreprocessSection>()) keys.push_back("preprocess." + std::string(name));
  return keys;
}

std::string setting_path(const std::string& setting) { return long_form(setting.substr(0, setting.find('='))); }

void apply_override(Value& tree, const std::string& setting) {
  const auto equals = setting.find('=');
  const std::string key = setting.substr(0, equals);
  if (equals == std::string::npos || !is_recipe_key(key)) {
    const std::string close = meant_by(key);
    throw UsageError("unknown setting '" + setting + "'",
                     (close.empty() ? "" : "did you mean '" + close + "'? ") +
                         std::string("use key=value with a recipe's keys, e.g. epochs=3 or optimizer.type=Adam"));
  }
  Value value = read_setting(std::string_view(setting).substr(equals + 1));
  if (long_form(key) == "data.target" && value.is_number())
    value = Value(setting.substr(equals + 1));  // columns may be called by numbers, and a shell takes quotes away
  if (!value.is_object())
    for (const char* section : {"model", "loss", "optimizer", "schedule"})
      if (key == section)
        throw UsageError(
            "setting '" + setting + "': [" + key + "] is a section of the recipe",
            "name one of its keys, as " + key + (key == "model" ? ".architecture=" : ".type=") + to_text(value));
  Value* at = &tree;
  for (const Part& part : parts_of(long_form(key), setting)) {
    if (at->is_null()) *at = Value::object();
    if (!at->is_object())
      throw UsageError("setting '" + setting + "': '" + part.key + "' is not inside a table",
                       "name a key of the recipe");
    if (at->find(part.key) == nullptr) at->set(part.key, Value());
    at = at->find(part.key);
    if (part.index < 0) continue;
    if (!at->is_array() || static_cast<std::size_t>(part.index) >= at->as_array().size())
      throw UsageError(
          "setting '" + setting + "': " + part.key + " has no entry " + std::to_string(part.index),
          at->is_array() ? "it has " + std::to_string(at->as_array().size()) + " entries" : "it is no list");
    at = &at->as_array()[static_cast<std::size_t>(part.index)];
  }
  *at = std::move(value);
}

void apply_overrides(Value& tree, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) apply_override(tree, setting);
  const auto given = [&](std::string_view path) {
    return std::any_of(settings.begin(), settings.end(),
                       [&](const std::string& one) { return setting_path(one) == path; });
  };
  Value* train = tree.find("train");
  const bool counts = train != nullptr && train->is_object() && train->find("steps") != nullptr;
  if (counts && given("train.epochs") && !given("train.steps")) train->set("steps", 0);
}

DataSettings data_settings(const Value& tree) {
  DataSettings settings;
  if (const Value* data = tree.find("data")) from_value(*data, settings.data, "data");
  if (const Value* preprocess = tree.find("preprocess")) from_value(*preprocess, settings.preprocess, "preprocess");
  check_data_sections(settings.data, settings.preprocess);
  return settings;
}

}  // namespace percept
