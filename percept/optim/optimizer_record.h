// optimizer_record.h - every optimizer by name, for recipes and `percept explain`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/nn/layer_record.h"
#include "percept/optim/optimizer.h"

namespace percept {

struct OptimizerRecord {
  std::string_view type;  // "Adam"
  std::string_view doc;
  Value (*default_options)() = nullptr;
  // As LayerRecord::make.
  Optimizer (*make)(const Value& options, std::string_view context) = nullptr;
  std::vector<std::string> (*option_names)() = nullptr;
};

template <class O>
OptimizerRecord optimizer_record(std::string_view type, std::string_view doc) {
  return {type, doc, [] { return to_value(typename O::Options{}); },
          [](const Value& options, std::string_view context) { return Optimizer(O(options_of<O>(options, context))); },
          option_names_of<O>};
}

// One per file of percept/optim/optimizers, `std::vector<OptimizerRecord> optimizers_<stem>()`; generated.
const std::vector<std::vector<OptimizerRecord> (*)()>& generated_optimizer_lists();

const std::vector<OptimizerRecord>& all_optimizers();          // by name
const OptimizerRecord* find_optimizer(std::string_view type);  // null when there is none

}  // namespace percept
