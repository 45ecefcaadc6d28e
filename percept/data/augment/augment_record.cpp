// augment_record.cpp - the list of augmentation steps.
#include "percept/data/augment/augment_record.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/nn/record_list.h"

namespace percept {

const std::vector<AugmentRecord>& all_augments() {
  static const std::vector<AugmentRecord> all = joined_records(generated_augment_lists());
  return all;
}

const AugmentRecord* find_augment(std::string_view type) { return record_named(all_augments(), type); }

AugmentStep augment_of(const Value& given, std::string_view context) {
  Value table = given;
  if (given.is_string()) {
    table = Value::object();
    table.set("type", given);
  }
  std::vector<std::string> names;
  for (const AugmentRecord& record : all_augments()) names.emplace_back(record.type);
  const Value* type = table.is_object() ? table.find("type") : nullptr;
  if (type == nullptr || !type->is_string())
    throw UsageError(std::string(context) + " has no type: " + to_text(given),
                     "write { type = \"...\" } with one of: " + join(names, ", "));
  if (const AugmentRecord* record = find_augment(type->as_string())) return record->make(table, context);
  const std::string close = nearest(type->as_string(), names);
  throw UsageError("unknown augmentation '" + type->as_string() + "' in " + std::string(context),
                   (close.empty() ? "" : "did you mean '" + close + "'? ") + "known: " + join(names, ", "));
}

Value to_value(const AugmentStep& step) {
  Value table = Value::object();
  table.set("type", step.type_name());
  const Value options = step.options();
  for (const auto& [key, value] : options.as_object()) table.set(key, value);
  return table;
}

void from_value(const Value& value, std::vector<AugmentStep>& out, std::string_view context) {
  out.clear();
  for (const Value& table : options_detail::read_array(value, context))
    out.push_back(augment_of(table, options_detail::inside(context, out.size())));
}

}  // namespace percept
