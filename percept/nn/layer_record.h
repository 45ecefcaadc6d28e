// layer_record.h - every layer by name: what recipes, saved models and `percept explain` read.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/options.h"
#include "percept/nn/module.h"

namespace percept {

struct LayerRecord {
  std::string_view type;  // "Conv2d"
  std::string_view doc;   // what it gives, shapes, defaults, source
  Value (*default_options)() = nullptr;
  // From the options given, the others at their defaults; a member `type` is passed over. UsageError with `context` and
  // the nearest known name for an unknown option, ValueError for a bad value.
  AnyModule (*make)(const Value& options, std::string_view context) = nullptr;
  std::vector<std::string> (*option_names)() = nullptr;
};

// The options object without its member `type`, which names the record.
Value without_type(const Value& options);

// Reads `struct Options` of a layer, an optimizer or a schedule from a recipe's table.
template <class T>
typename T::Options options_of(const Value& options, std::string_view context) {
  typename T::Options out{};
  from_value(without_type(options), out, context);
  return out;
}
template <class T>
std::vector<std::string> option_names_of() {
  std::vector<std::string> names;
  for (std::string_view name : field_names<typename T::Options>()) names.emplace_back(name);
  return names;
}

template <class L>
LayerRecord layer_record(std::string_view type, std::string_view doc) {
  return {type, doc, [] { return to_value(typename L::Options{}); },
          [](const Value& options, std::string_view context) { return AnyModule(L(options_of<L>(options, context))); },
          option_names_of<L>};
}

// One per file of percept/nn/layers, `std::vector<LayerRecord> layers_<stem>()`; the list is generated from the names.
const std::vector<std::vector<LayerRecord> (*)()>& generated_layer_lists();

// All layers, by name.
const std::vector<LayerRecord>& all_layers();
const LayerRecord* find_layer(std::string_view type);  // null when there is none

// What a table of a recipe describes: { type = "Linear", out_features = 10 }; a word is a type without options.
// UsageError with `context` for anything else, an unknown type (with the nearest known one) or option.
AnyModule make_layer(const Value& table, std::string_view context);

}  // namespace percept
