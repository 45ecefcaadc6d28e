// layer_record.cpp - the list of layers.
#include "percept/nn/layer_record.h"

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

}  // namespace percept
