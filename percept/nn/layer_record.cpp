// layer_record.cpp - the list of layers.
#include "percept/nn/layer_record.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/nn/record_list.h"

namespace percept {

Value without_type(const Value& options) {
  if (!options.is_object()) return options;
  Value rest = Value::object();
  for (const auto& [key, value] : options.as_object())
    if (key != "type") rest.as_object().emplace_back(key, value);  // repeated keys stay, to be refused by the reader
  return rest;
}

const std::vector<LayerRecord>& all_layers() {
  static const std::vector<LayerRecord> all = joined_records(generated_layer_lists());
  return all;
}

const LayerRecord* find_layer(std::string_view type) { return record_named(all_layers(), type); }

AnyModule make_layer(const Value& table, std::string_view context) {
  const Value* type = table.is_string() ? &table : table.is_object() ? table.find("type") : nullptr;
  if (type == nullptr || !type->is_string())
    throw UsageError(std::string(context) + " has no type: " + to_text(table),
                     "write a layer as { type = \"Linear\", out_features = 10 }, or \"ReLU\"");
  if (const LayerRecord* record = find_layer(type->as_string()))
    return record->make(table.is_string() ? Value::object() : table, context);
  std::vector<std::string_view> names;
  for (const LayerRecord& record : all_layers()) names.push_back(record.type);
  const std::string close = nearest(type->as_string(), names);
  throw UsageError("unknown layer '" + type->as_string() + "' in " + std::string(context),
                   (close.empty() ? "" : "did you mean '" + close + "'? ") + std::string("known: ") + join(names));
}

}  // namespace percept
