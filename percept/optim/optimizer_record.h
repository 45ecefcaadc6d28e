// optimizer_record.h - every optimizer by name, for recipes and `percept explain`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/nn/layer_record.h"
#include "percept/optim/optimizer.h"
#include "percept/optim/param_groups.h"

namespace percept {

struct OptimizerRecord {
  std::string_view type;  // "Adam"
  std::string_view doc;
  Value (*default_options)() = nullptr;
  // As LayerRecord::make.
  Optimizer (*make)(const Value& options, std::string_view context) = nullptr;
  std::vector<std::string> (*option_names)() = nullptr;
};

// The groups of a recipe's [[optimizer.groups]]: paths (a pattern or a list), learning_rate or learning_rate_scale,
// weight_decay, and any other option of the optimizer.
struct GroupTable {
  std::vector<std::string> paths;
  GroupOptions options;
  std::string context;  // "optimizer.groups[0]"
};
std::vector<GroupTable> group_tables(const Value& optimizer, std::string_view context);
Value without_groups(const Value& optimizer);

template <class O>
Optimizer optimizer_from(const Value& options, std::string_view context) {
  O made(options_of<O>(without_groups(options), context));
  for (const GroupTable& table : group_tables(options, context)) {
    if constexpr (requires { made.add(table.paths, {}, table.options); })
      made.add(table.paths, {}, table.options);
    else
      throw UsageError(table.context + ": this optimizer has no groups", "remove them");
  }
  return Optimizer(std::move(made));
}

template <class O>
OptimizerRecord optimizer_record(std::string_view type, std::string_view doc) {
  return {type, doc, [] { return to_value(typename O::Options{}); }, optimizer_from<O>, option_names_of<O>};
}

// One per file of percept/optim/optimizers, `std::vector<OptimizerRecord> optimizers_<stem>()`; generated.
const std::vector<std::vector<OptimizerRecord> (*)()>& generated_optimizer_lists();

const std::vector<OptimizerRecord>& all_optimizers();          // by name
const OptimizerRecord* find_optimizer(std::string_view type);  // null when there is none

}  // namespace percept
