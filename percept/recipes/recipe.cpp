// recipe.cpp - from a tree of values to a checked recipe, and back.
#include "percept/recipes/recipe.h"

#include <algorithm>
#include <filesystem>

#include "percept/base/files.h"
#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/metrics/metric_record.h"
#include "percept/models/architecture.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/losses.h"
#include "percept/nn/shapes_only.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/schedule_record.h"
#include "percept/recipes/_recipe_file.h"
#include "percept/recipes/embedded.h"
#include "percept/recipes/overrides.h"
#include "percept/train/callback_record.h"
#include "percept/train/constraints.h"
#include "percept/train/regularizers.h"

namespace percept {
namespace {

struct ModelSection {
  std::vector<Value> layers;
  std::string architecture = {};
  std::int64_t num_classes = -1;  // -1: the architecture's own
};

template <class Record>
std::string_view name_of_record(const Record& record) {
  if constexpr (requires { record.type; })
    return record.type;
  else
    return record.name;
}

template <class Record>
std::vector<std::string> names_of(const std::vector<Record>& records) {
  std::vector<std::string> names;
  for (const Record& record : records) names.emplace_back(name_of_record(record));
  return names;
}

// The `type` of an open table, found among the known ones.
template <class Record>
const Record& record_of(const Value& table, const std::vector<Record>& known, const std::string& where,
                        const char* kind) {
  const Value* type = table.is_object() ? table.find("type") : nullptr;
  const auto names = names_of(known);
  if (type == nullptr || !type->is_string())
    throw UsageError(where + " has no type: " + to_text(table),
                     std::string("write { type = \"...\" } with one of: ") + join(names, ", "));
  for (std::size_t i = 0; i < known.size(); ++i)
    if (names[i] == type->as_string()) return known[i];
  const std::string close = nearest(type->as_string(), names);
  throw UsageError(
      "unknown " + std::string(kind) + " '" + type->as_string() + "' in " + where,
      (close.empty() ? "" : "did you mean '" + close + "'? ") + std::string("known: ") + join(names, ", "));
}

template <class Record>
Value resolved(const Value& table, const Record& record, const std::string& where);

// What a block holds: tables of layers, lists of them, lists of lists. Anything else stays as it is.
Value resolved_inside(const Value& value, const std::string& where) {
  if (value.is_array()) {
    Value list = Value::array();
    for (std::size_t i = 0; i < value.as_array().size(); ++i)
      list.push_back(resolved_inside(value.as_array()[i], where + "[" + number(i) + "]"));
    return list;
  }
  const Value* type = value.find("type");
  const LayerRecord* record = type != nullptr && type->is_string() ? find_layer(type->as_string()) : nullptr;
  return record != nullptr ? resolved(value, *record, where) : value;
}

// `make` checks the values; what a constructor refuses gets its place in the recipe.
template <class Record>
void check_values(const Value& table, const Record& record, const std::string& where) {
  try {
    if constexpr (requires { record.make(table, where); })
      record.make(table, where);
    else
      record.make(table, where, {});  // callbacks, which learn later where they are
  } catch (ValueError& error) {
    error.add_context(where);
    throw;
  }
}

// An open table with every default written out. What it holds comes first: errors then name the innermost place.
template <class Record>
Value resolved(const Value& table, const Record& record, const std::string& where) {
  Value full = Value::object();
  full.set("type", name_of_record(record));
  const Value defaults = record.default_options();
  for (const auto& [key, value] : defaults.as_object()) {
    const Value* given = table.find(key);
    const bool open = value.is_int() && value.as_int() == -1 && (given == nullptr || *given == value);  // by `build`
    if (given != nullptr && !open)
      full.set(key, resolved_inside(*given, where + "." + key));
    else if (!open)
      full.set(key, value);
  }
  if (const Value* groups = table.find("groups")) full.set("groups", *groups);  // of optimizers
  check_values(table, record, where);
  return full;
}

// The section `where`, an open table, with its defaults; `usual` is its type where the section is missing.
template <class Record>
Value settled(Value table, std::string_view usual, const std::vector<Record>& known, const char* where) {
  if (table.is_null()) table.set("type", usual);
  return resolved(table, record_of(table, known, where, where), where);
}

RecipeFile read_file_sections(const Value& tree, std::string_view name) {
  RecipeFile file;
  from_value(tree, file, name);
  check_sections(file);
  return file;
}

// [model] with its layers, those of a named architecture written out.
ModelSection model_section(const Value& table) {
  ModelSection model;
  from_value(table.is_null() ? Value::object() : table, model, "model");
  if (model.architecture.empty()) {
    check_range(!model.layers.empty(), "model.layers is missing",
                "list the layers: layers = [{ type = \"Flatten\" }, ...], or name an architecture: architecture = "
                "\"resnet20\"");
    check_range(model.num_classes == -1, "model.num_classes is " + number(model.num_classes) + " beside model.layers",
                "remove it: the last layer says how many");
    return model;
  }
  check_range(model.layers.empty(), "model.layers and model.architecture are both given", "leave one of them out");
  check_range(model.num_classes == -1 || (model.num_classes >= 1 && model.num_classes <= 1'000'000),
              "model.num_classes is " + number(model.num_classes), "use a number from 1 to 1000000");
  try {
    const Architecture& known = find_architecture(model.architecture);
    const Sequential layers = known.make(model.num_classes != -1 ? model.num_classes : known.num_classes);
    model.layers = to_value(layers).as_array();
  } catch (UsageError& error) {
    error.add_context("model.architecture");
    throw;
  }
  return model;
}

// The layers with every default written out. They are made to check their options, without memory for weights.
std::vector<Value> settled_layers(const Value& table) {
  const ShapesOnly sizes;
  const KeepRng keep;
  const ModelSection model = model_section(table);
  std::vector<Value> layers;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const std::string where = "model.layers[" + std::to_string(i) + "]";
    layers.push_back(resolved(model.layers[i], record_of(model.layers[i], all_layers(), where, "layer"), where));
  }
  return layers;
}

// What the lists of [train] say, with every default, each checked where it stands.
void settle_lists(Recipe& recipe) {
  const auto place = [](const char* list, std::size_t i) { return list + std::string("[") + number(i) + "]"; };
  const auto settle_list = [&](std::vector<Value>& tables, const char* list, const auto& known, const char* kind) {
    for (std::size_t i = 0; i < tables.size(); ++i)
      tables[i] = resolved(tables[i], record_of(tables[i], known, place(list, i), kind), place(list, i));
  };
  settle_list(recipe.train.callbacks, "train.callbacks", all_callbacks(), "callback");
  settle_list(recipe.train.regularizers, "train.regularizers", all_regularizers(), "regularizer");
  settle_list(recipe.train.constraints, "train.constraints", all_constraints(), "constraint");
}

Recipe settle(RecipeFile file) {
  Recipe recipe{.name = file.name,
                .description = file.description,
                .data = file.data,
                .preprocess = file.preprocess,
                .augment = file.augment,
                .train = file.train};
  settle_lists(recipe);
  recipe.layers = settled_layers(file.model);
  if (file.loss.is_object() && file.loss.find("type") == nullptr) file.loss.set("type", "cross_entropy");
  recipe.loss = settled(file.loss, "cross_entropy", all_losses(), "loss");
  if (const Value* reduction = recipe.loss.find("reduction"))
    check_range(*reduction != Value("none"), "loss.reduction is \"none\"",
                "training goes down one number: use \"mean\" or \"sum\"");
  for (std::size_t i = 0; i < recipe.train.metrics.size(); ++i)
    recipe.train.metrics[i] =
        resolved_metric(recipe.train.metrics[i], "train.metrics[" + number(i) + "]", metric_defaults(recipe.loss));
  metrics_of(recipe.train.metrics, "train.metrics");
  recipe.optimizer = settled(file.optimizer, "Adam", all_optimizers(), "optimizer");
  if (!file.schedule.is_null()) recipe.schedule = settled(file.schedule, "", all_schedules(), "schedule");
  return recipe;
}

// What a setting key=value says, as messages quote it.
std::string value_of(const std::string& setting) { return "'" + setting.substr(setting.find('=') + 1) + "'"; }

// Adds the line of the key that a message names: train.batch_size, 'kernel_sizes', or the option of a table that it
// names ("model.layers[2]: Linear: out_features is -3").
void add_line(Error& error, const TomlDocument& document, std::string_view name,
              const std::vector<std::string>& overrides) {
  const std::string problem = error.problem().substr(0, 1000);  // what it quotes may be long, and the lines many
  const auto said = [&](const std::string& text) { return problem.find(text) != std::string::npos; };
  int best = 0;
  std::size_t most = 0;
  for (const auto& [path, line] : document.lines) {
    const std::size_t dot = path.find_last_of('.');
    const std::string key = dot == std::string::npos ? path : path.substr(dot + 1);
    const std::string table = dot == std::string::npos ? "" : path.substr(0, dot);
    const std::size_t place = said(path) ? path.size() : !table.empty() && said(table + ": ") ? table.size() : 0;
    const bool option = said("'" + key + "'") || (place > 0 && said(": " + key + " is "));
    const std::size_t weight = place + (option ? 1000 : 0);
    if (weight > most) {
      most = weight;
      best = line;
    }
  }
  // A setting of the command line has no line; it is named itself.
  for (const std::string& setting : overrides) {
    const std::string path = setting_path(setting), key = path.substr(path.find_last_of('.') + 1);
    if (!said(path) && !said(": " + key + " is ") && !said("'" + key + "'") && !said(value_of(setting))) continue;
    error.add_note("in", "the setting " + setting);
    return;
  }
  if (best != 0) error.add_note("in", std::string(name) + ":" + std::to_string(best));
}

// The recipe's algorithm for every layer, however deep, that has one of its own at "auto".
Value with_algorithm(Value value, const std::string& algorithm) {
  if (value.is_array())
    for (Value& item : value.as_array()) item = with_algorithm(item, algorithm);
  if (!value.is_object()) return value;
  for (auto& [key, item] : value.as_object()) {
    if (key == "algorithm" && item == Value("auto")) item = Value(algorithm);
    if (item.is_array() || item.is_object()) item = with_algorithm(item, algorithm);
  }
  return value;
}

Value model_table(const std::vector<Value>& layers) {
  Value model = Value::object();
  model.set("layers", Value(layers));
  return model;
}

}  // namespace

Recipe parse_recipe(std::string_view text, std::string_view name, const std::vector<std::string>& overrides) {
  TomlDocument document = parse_toml(text, name);
  try {
    apply_overrides(document.tree, overrides);
    Recipe recipe = settle(read_file_sections(document.tree, name));
    if (recipe.name.empty()) recipe.name = std::filesystem::path(name).stem().string();
    // The name becomes a folder's name (testing.md S16): letters, digits, '.', '_' and '-' only, no leading dot.
    const bool plain = std::all_of(recipe.name.begin(), recipe.name.end(),
                                   [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; });
    check_range(plain && recipe.name[0] != '.' && recipe.name.size() <= 64, "name is '" + recipe.name + "'",
                "use up to 64 letters, digits, '_', '-' and '.', not beginning with a dot");
    recipe.source = std::move(document);
    return recipe;
  } catch (UsageError& error) {
    add_line(error, document, name, overrides);
    throw;
  } catch (ValueError& error) {  // an option out of range, refused by a layer or an optimizer
    UsageError usage(error.problem(), error.fix());
    add_line(usage, document, name, overrides);
    throw usage;
  }
}

Recipe find_recipe(const std::string& name_or_path, const std::vector<std::string>& overrides) {
  const bool path = name_or_path.ends_with(".toml") || name_or_path.find('/') != std::string::npos;
  if (path) {
    const auto bytes = read_file(name_or_path, kMaxRecipeBytes);
    return parse_recipe({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name_or_path, overrides);
  }
  std::vector<std::string> names;
  for (const auto& [name, text] : embedded_recipes()) {
    if (name == name_or_path) return parse_recipe(text, "recipe " + name_or_path, overrides);
    names.emplace_back(name);
  }
  const std::string close = nearest(name_or_path, names);
  throw UsageError("unknown recipe '" + name_or_path + "'", (close.empty() ? "" : "did you mean '" + close + "'? ") +
                                                                std::string("known: ") + join(names, ", ") +
                                                                ", or the path of a .toml file");
}

bool is_recipe_name(std::string_view name) {
  const auto& all = embedded_recipes();
  return std::any_of(all.begin(), all.end(), [&](const auto& recipe) { return recipe.first == name; });
}

LossFunction loss_of(const Value& table) { return record_of(table, all_losses(), "loss", "loss").make(table, "loss"); }

MetricDefaults metric_defaults(const Value& table) {
  return {.from_logits = record_of(table, all_losses(), "loss", "loss").input != LossInput::probabilities};
}

std::string loss_text(const Value& table) {
  Value usual = Value::object();
  usual.set("type", table.find("type")->as_string());
  return settled(usual, "", all_losses(), "loss") == table ? usual.find("type")->as_string() : to_toml(table);
}

Value loss_table(const std::string& text) {
  Value table = Value::object();
  if (text.find('=') == std::string::npos)
    table.set("type", text);
  else
    table = parse_toml(text, "loss").tree;
  return settled(table, "", all_losses(), "loss");
}

std::vector<Value> layers_of(const Recipe& recipe) {
  std::vector<Value> layers;
  for (const Value& layer : recipe.layers) layers.push_back(with_algorithm(layer, recipe.train.algorithm));
  return layers;
}

Value architecture_of(const Recipe& recipe) {
  Value tree = Value::object();
  tree.set("preprocess", to_value(recipe.preprocess));
  tree.set("model", model_table(layers_of(recipe)));
  return tree;
}

Value to_value(const Recipe& recipe) {
  Value tree = Value::object();
  tree.set("name", recipe.name);
  tree.set("description", recipe.description);
  tree.set("data", to_value(recipe.data));
  tree.set("preprocess", to_value(recipe.preprocess));
  if (!recipe.augment.steps.empty()) tree.set("augment", to_value(recipe.augment));
  tree.set("model", model_table(recipe.layers));
  tree.set("loss", recipe.loss);
  tree.set("optimizer", recipe.optimizer);
  if (!recipe.schedule.is_null()) tree.set("schedule", recipe.schedule);
  tree.set("train", to_value(recipe.train));
  return tree;
}

std::string recipe_text(const Recipe& recipe) {
  std::string text;
  for (const std::string& line : recipe.comments) text += toml_comment(line);
  return text + (text.empty() ? "" : "\n") + to_toml(to_value(recipe));
}

}  // namespace percept
