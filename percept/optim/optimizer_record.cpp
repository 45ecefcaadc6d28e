// optimizer_record.cpp - the list of optimizers.
#include "percept/optim/optimizer_record.h"

#include "percept/nn/record_list.h"

namespace percept {

const std::vector<OptimizerRecord>& all_optimizers() {
  static const std::vector<OptimizerRecord> all = joined_records(generated_optimizer_lists());
  return all;
}

const OptimizerRecord* find_optimizer(std::string_view type) { return record_named(all_optimizers(), type); }

}  // namespace percept
