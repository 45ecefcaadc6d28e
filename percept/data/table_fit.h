// table_fit.h - a schema from a table: what each column is, and statistics of the training rows alone.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "percept/base/enum_names.h"
#include "percept/data/table.h"
#include "percept/data/table_schema.h"

namespace percept {

enum class TableTask { automatic, classify, regress };
constexpr auto enum_names(TableTask) {
  return std::to_array<EnumName<TableTask>>(
      {{TableTask::automatic, "auto"}, {TableTask::classify, "classify"}, {TableTask::regress, "regress"}});
}

struct TableOptions {
  std::string target = {};  // the column to be told; none: the last one
  TableTask task = TableTask::automatic;
  std::vector<std::string> ignore = {};      // columns that are left out
  std::vector<std::string> categories = {};  // columns that are categories though they hold numbers
  std::int64_t most_values = 50;             // of a category with more the most frequent ones are kept
  bool standardise_target = true;            // of a number; false: mean 0, std 1
};

// What is to be told. Words are classes. Numbers are classes when they are whole and there are two different ones, or
// at most 20 that come five times each on average; else a number. `task` overrides it. Reads all rows, since a class
// that only the test part has is one all the same; mean and std are still to be found. UsageError for an unknown
// column; IoError with the line for a missing value, a number out of range, and a word where task says regress;
// ValueError for one class only and for words that are mostly different.
TableTarget find_target(const DataTable& table, const TableOptions& options = {});

// The class of each row, for stratified splits. ValueError where the target is a number.
std::vector<std::int64_t> target_labels(const DataTable& table, const TableTarget& target);

struct FittedSchema {
  TableSchema schema;
  std::vector<std::string> notes;  // columns left out or cut and why, for the user to read
};

// A column is a number when all its cells are numbers or missing (table_cells.h), else a category; that much is read
// off all rows. Everything else comes from `training_rows`, in their order: mean and std of numbers (two passes, in
// double), the values of categories, and whether cells are missing, which gives the column an indicator. Left out with
// a note: columns without values or with a single one, and words that are mostly different (more than most_values, and
// in over half of the cells; or more than 100,000), such as names and free text. Memory beside the table: one count per
// different word of a column, at most 100,000. Errors: find_target's; ValueError for no rows or a row outside; IoError
// with the line for a number out of range, and for a word among numbers (nine in ten cells, and too many different ones
// for a category).
FittedSchema fit_schema(const DataTable& table, const std::vector<std::int64_t>& training_rows,
                        const TableOptions& options = {});

}  // namespace percept
