// table_schema.h - what turns the rows of a table into features: plain options, saved with the model, and applied as
// they are to any later table with columns of these names.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/enum_names.h"
#include "percept/data/dataset.h"
#include "percept/data/table.h"

namespace percept {

enum class ColumnType { number, category, ignore };
constexpr auto enum_names(ColumnType) {
  return std::to_array<EnumName<ColumnType>>(
      {{ColumnType::number, "number"}, {ColumnType::category, "category"}, {ColumnType::ignore, "ignore"}});
}

// What becomes of a cell without a value. mean: 0 after standardising, no category; indicator: the same, and a feature
// beside that is 1 there and 0 elsewhere; refuse: an error with its line.
enum class MissingCells { mean, indicator, refuse };
constexpr auto enum_names(MissingCells) {
  return std::to_array<EnumName<MissingCells>>(
      {{MissingCells::mean, "mean"}, {MissingCells::indicator, "indicator"}, {MissingCells::refuse, "refuse"}});
}

// A number gives one feature, (x - mean) / std. A category gives one per value: 1 at its own, all 0 for a value that is
// not among them. An ignored column gives none and may be absent later.
struct TableColumn {
  std::string name = {};
  ColumnType type = ColumnType::number;
  MissingCells missing = MissingCells::mean;
  std::vector<std::string> values = {};  // of a category, sorted
  double min = 0, max = 0;               // of a number, met in training
  double mean = 0, std = 1;              // std: sqrt of the mean square distance from the mean
};

// With classes: a category to be told; without: a number, as (y - mean) / std.
struct TableTarget {
  std::string name = {};
  std::vector<std::string> classes = {};  // sorted; numbers by size
  double mean = 0, std = 1;
};

struct TableSchema {
  std::vector<TableColumn> columns = {};  // in the order of the features
  TableTarget target = {};
  bool named = true;  // whether the first record of the table that it was fitted to named the columns
};

// "sepal_length", "origin=usa", "horsepower is missing": one per feature, F in all.
std::vector<std::string> feature_names(const TableSchema& schema);

// Rows of tables with one header to features, by a schema. Thread-safe.
class TableEncoder {
 public:
  // UsageError for a schema that cannot be applied (std not above 0, a name twice), and for a header without a column
  // that is not ignored. `name`: the file, for messages. A missing target is fine: there is then nothing to learn from.
  TableEncoder(TableSchema schema, const std::vector<std::string>& header, std::string name);

  std::int64_t features() const { return features_; }
  const TableSchema& schema() const { return schema_; }
  // One record's cells, in the order of the header, to features [F]. IoError "NAME, line N: ..." for a word where a
  // number belongs, a number that is out of range, and a missing cell where the schema refuses them.
  void encode(std::span<const std::string_view> cells, std::int64_t line, std::span<float> out) const;
  bool has_target() const { return target_ >= 0; }
  // The class's place, or (y - mean) / std. IoError where it is missing or unknown.
  double target(std::span<const std::string_view> cells, std::int64_t line) const;

 private:
  struct Lookup;
  [[noreturn]] void refuse(std::int64_t line, const std::string& problem, const std::string& fix) const;
  double number_in(const std::string& column, std::string_view cell, std::int64_t line) const;
  TableSchema schema_;
  std::string name_;
  std::int64_t features_ = 0, target_ = -1;
  std::vector<std::int64_t> places_;  // of each column in the header; -1: ignored
  std::shared_ptr<const Lookup> lookup_;
};

// All rows: x f32 [N, F]; y i64 [N] with class names, or f32 [N, 1], or undefined where the table has no target.
// ValueError for a schema without features.
TensorDataset table_data(const DataTable& table, const TableSchema& schema);

// A prediction of a number, back in the target's own unit.
inline double unscaled(const TableTarget& target, double prediction) { return prediction * target.std + target.mean; }

}  // namespace percept
