// optimizer_record.cpp - the list of optimizers.
#include "percept/optim/optimizer_record.h"

#include "percept/nn/record_list.h"

namespace percept {

Value without_groups(const Value& optimizer) {
  Value rest = Value::object();
  if (!optimizer.is_object()) return optimizer;
  for (const auto& [key, value] : optimizer.as_object())
    if (key != "groups") rest.set(key, value);
  return rest;
}

std::vector<GroupTable> group_tables(const Value& optimizer, std::string_view context) {
  std::vector<GroupTable> tables;
  const Value* groups = optimizer.find("groups");
  if (groups == nullptr) return tables;
  const Value::Array& list = options_detail::read_array(*groups, options_detail::inside(context, "groups"));
  for (const Value& entry : list) {
    GroupTable table;
    table.context = options_detail::inside(options_detail::inside(context, "groups"), tables.size());
    for (const auto& [key, value] : options_detail::read_object(entry, table.context)) {
      const std::string where = options_detail::inside(table.context, key);
      if (key == "paths" && value.is_string())
        table.paths = {value.as_string()};
      else if (key == "paths")
        from_value(value, table.paths, where);
      else if (key == "learning_rate")
        from_value(value, table.options.learning_rate, where);
      else if (key == "learning_rate_scale")
        from_value(value, table.options.learning_rate_scale, where);
      else
        table.options.options.set(key, value);
    }
    if (table.paths.empty())
      throw UsageError(table.context + " has no paths", "name parameters: paths = [\"layers.0.*\", \"*.bias\"]");
    tables.push_back(std::move(table));
  }
  return tables;
}

const std::vector<OptimizerRecord>& all_optimizers() {
  static const std::vector<OptimizerRecord> all = joined_records(generated_optimizer_lists());
  return all;
}

const OptimizerRecord* find_optimizer(std::string_view type) { return record_named(all_optimizers(), type); }

}  // namespace percept
