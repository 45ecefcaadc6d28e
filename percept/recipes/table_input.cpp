// table_input.cpp - the rows of a table as what a model is asked about, and what tells them apart.
#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/pixel_table.h"
#include "percept/data/table_cells.h"
#include "percept/data/table_identifier.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

bool looked_at(const TableSchema& schema, const std::string& name) {
  return std::any_of(schema.columns.begin(), schema.columns.end(), [&](const TableColumn& column) {
    return column.name == name && column.type != ColumnType::ignore;
  });
}

// The column whose cells are the rows' identifiers; -1: there is none.
std::int64_t identifier_of(const DataTable& table, const TableSchema& schema) {
  const std::vector<std::string>& header = table.header();
  for (std::size_t i = 0; i < header.size(); ++i)
    if (header[i] != schema.target.name && sounds_like_identifier(header[i]) &&
        tells_rows_apart(table, static_cast<std::int64_t>(i)))
      return static_cast<std::int64_t>(i);
  const bool left_out = header[0] != schema.target.name && !looked_at(schema, header[0]);
  return left_out && tells_rows_apart(table, 0) ? 0 : -1;
}

void number_rows(ModelInput& input) {
  input.key = "row";
  for (std::int64_t row = 1; row <= input.data.size(); ++row) input.keys.push_back(number(row));
}

ModelInput pixel_rows(const ModelInfo& info, const std::string& path, const std::string& identifier) {
  if (!identifier.empty())
    throw UsageError("id is " + quote(identifier) + ", and the columns of " + path + " are pixels", "leave it out");
  std::vector<std::int64_t> lines;
  const TensorDataset data = read_pixel_table(path, info.class_names, &lines);
  ModelInput input{.data = data, .names = {}, .labelled = data.y().defined(), .target = "label"};
  for (const std::int64_t line : lines) input.names.push_back(path + ":" + number(line));
  number_rows(input);
  return input;
}

}  // namespace

ModelInput read_table_input(const ModelInfo& info, const std::string& path, const std::string& identifier) {
  if (!info.preprocess.table) return pixel_rows(info, path, identifier);
  const TableSchema& schema = *info.preprocess.table;
  const DataTable table = table_for(path, info.data, schema);
  const std::int64_t column = identifier.empty() ? identifier_of(table, schema) : table.column(identifier);
  const TensorDataset data = rows_by(schema, table);
  ModelInput input{.data = data, .names = {}, .labelled = data.y().defined(), .target = schema.target.name};
  for (std::int64_t row = 0; row < table.rows(); ++row) input.names.push_back(path + ":" + number(table.line(row)));
  if (column < 0) {
    number_rows(input);
    return input;
  }
  input.key = table.header()[static_cast<std::size_t>(column)];
  for (std::int64_t row = 0; row < table.rows(); ++row) input.keys.emplace_back(table.cell(row, column));
  return input;
}

}  // namespace percept
