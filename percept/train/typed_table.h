// typed_table.h - finding the record that a recipe's table { type = "...", ... } names. For the files of records.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/base/value.h"
#include "percept/nn/record_list.h"

namespace percept {

// UsageError, `what` being "callback" and `where` "train.callbacks[0]", for a table without a known type.
template <class Record>
const Record& record_of(const std::vector<Record>& records, const Value& table, std::string_view what,
                        std::string_view where) {
  std::vector<std::string> names;
  for (const Record& record : records) names.emplace_back(record.type);
  const Value* type = table.is_object() ? table.find("type") : nullptr;
  if (type == nullptr || !type->is_string())
    throw UsageError(std::string(where) + " has no type: " + to_text(table),
                     "write { type = \"...\" } with one of: " + join(names));
  if (const Record* record = record_named(records, type->as_string())) return *record;
  const std::string close = nearest(type->as_string(), names);
  throw UsageError("unknown " + std::string(what) + " '" + type->as_string() + "' in " + std::string(where),
                   (close.empty() ? "" : "did you mean '" + close + "'? ") + "known: " + join(names));
}

}  // namespace percept
