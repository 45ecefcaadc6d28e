// table_schema.cpp - one row at a time: numbers standardised, categories as one-hot places.
#include "percept/data/table_schema.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/data/table_cells.h"

namespace percept {
namespace {

using Places = std::unordered_map<std::string_view, std::int64_t>;  // views of the schema's words

Places places_of(const std::vector<std::string>& words, const std::string& column) {
  Places places;
  for (const std::string& word : words)
    if (!places.emplace(word, static_cast<std::int64_t>(places.size())).second)
      throw UsageError("the table schema has " + quote(word) + " twice in column " + quote(column),
                       "each value stands there once");
  return places;
}

// 1.0 is the word 1, and -0 is 0.
Places::const_iterator found_in(const Places& places, std::string_view cell) {
  if (const auto place = places.find(cell); place != places.end()) return place;
  const CellNumber read = read_cell_number(cell);
  return read.kind == CellNumber::Kind::number ? places.find(number(read.value + 0.0)) : places.end();
}

void check_scale(const std::string& column, double mean, double std) {
  if (!std::isfinite(mean) || !std::isfinite(std) || std <= 0)
    throw UsageError(
        "the table schema has mean " + number(mean) + " and std " + number(std) + " for column " + quote(column),
        "both are finite, and std is above 0");
}

std::int64_t width_of(const TableColumn& column) {
  if (column.type == ColumnType::ignore) return 0;
  const auto values = column.type == ColumnType::number ? 1 : static_cast<std::int64_t>(column.values.size());
  return values + (column.missing == MissingCells::indicator ? 1 : 0);
}

}  // namespace

struct TableEncoder::Lookup {
  TableSchema words;  // what the places view
  std::vector<Places> of_column;
  Places of_target;
};

std::vector<std::string> feature_names(const TableSchema& schema) {
  std::vector<std::string> names;
  for (const TableColumn& column : schema.columns) {
    if (column.type == ColumnType::ignore) continue;
    if (column.type == ColumnType::number) names.push_back(column.name);
    if (column.type == ColumnType::category)
      for (const std::string& value : column.values) names.push_back(column.name + "=" + value);
    if (column.missing == MissingCells::indicator) names.push_back(column.name + " is missing");
  }
  return names;
}

TableEncoder::TableEncoder(TableSchema schema, const std::vector<std::string>& header, std::string name)
    : schema_(std::move(schema)), name_(std::move(name)) {
  auto lookup = std::make_shared<Lookup>();
  lookup->words = schema_;
  std::unordered_map<std::string_view, std::int64_t> at;
  for (std::size_t i = 0; i < header.size(); ++i) at.emplace(header[i], static_cast<std::int64_t>(i));
  std::unordered_set<std::string_view> met{schema_.target.name};
  for (const TableColumn& column : lookup->words.columns) {
    if (!met.insert(column.name).second)
      throw UsageError("the table schema has two columns " + quote(column.name), "each column stands there once");
    if (column.type == ColumnType::number) check_scale(column.name, column.mean, column.std);
    const auto place = at.find(column.name);
    if (place == at.end() && column.type != ColumnType::ignore) {
      const std::string close = nearest(column.name, header);
      throw UsageError(name_ + " has no column " + quote(column.name) + ", which the model needs",
                       close.empty() ? "name the columns as in the training data"
                                     : "the nearest is " + quote(close) + "; name the columns as in the training data");
    }
    places_.push_back(column.type == ColumnType::ignore ? -1 : place->second);
    lookup->of_column.push_back(places_of(column.values, column.name));
    features_ = checked_add(features_, width_of(column));
  }
  if (schema_.target.classes.empty()) check_scale(schema_.target.name, schema_.target.mean, schema_.target.std);
  lookup->of_target = places_of(lookup->words.target.classes, schema_.target.name);
  if (const auto place = at.find(schema_.target.name); place != at.end()) target_ = place->second;
  lookup_ = std::move(lookup);
}

void TableEncoder::refuse(std::int64_t line, const std::string& problem, const std::string& fix) const {
  throw IoError(name_ + ", line " + percept::number(line) + ": " + problem, fix);
}

double TableEncoder::number_in(const std::string& column, std::string_view cell, std::int64_t line) const {
  const CellNumber read = read_cell_number(cell);
  if (read.kind == CellNumber::Kind::none)
    refuse(line, quote(cell) + " in column " + quote(column) + " is no number",
           "write a number, or leave the cell empty where the value is not known");
  if (read.kind == CellNumber::Kind::out_of_range)
    refuse(line, quote(cell) + " in column " + quote(column) + " is out of range", "numbers go up to 1.8e308");
  return read.value;
}

void TableEncoder::encode(std::span<const std::string_view> cells, std::int64_t line, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0F);
  std::size_t at = 0;
  for (std::size_t i = 0; i < schema_.columns.size(); ++i) {
    const TableColumn& column = schema_.columns[i];
    const auto width = static_cast<std::size_t>(width_of(column));
    if (width == 0) continue;
    const std::string_view cell = trim(cells[static_cast<std::size_t>(places_[i])]);
    if (is_missing_cell(cell)) {
      if (column.missing == MissingCells::refuse)
        refuse(line, "no value in column " + quote(column.name), "the model was made to need one: fill it in");
      if (column.missing == MissingCells::indicator) out[at + width - 1] = 1;
    } else if (column.type == ColumnType::number) {
      out[at] = static_cast<float>((number_in(column.name, cell, line) - column.mean) / column.std);
      if (!std::isfinite(out[at]))
        refuse(line, quote(cell) + " in column " + quote(column.name) + " is too far from what was met in training",
               "values there were from " + number(column.min) + " to " + number(column.max));
    } else if (const auto place = found_in(lookup_->of_column[i], cell); place != lookup_->of_column[i].end()) {
      out[at + static_cast<std::size_t>(place->second)] = 1;
    }
    at += width;
  }
}

double TableEncoder::target(std::span<const std::string_view> cells, std::int64_t line) const {
  const TableTarget& target = schema_.target;
  const std::string_view cell = trim(cells[static_cast<std::size_t>(target_)]);
  if (is_missing_cell(cell))
    refuse(line, "no value in the target column " + quote(target.name),
           "every row needs one: fill it in or leave the row out");
  if (target.classes.empty()) {
    const double value = (number_in(target.name, cell, line) - target.mean) / target.std;
    if (!std::isfinite(static_cast<float>(value)))
      refuse(line, quote(cell) + " in the target column " + quote(target.name) + " is out of range",
             "targets are f32, up to 3.4e38: use a larger unit");
    return value;
  }
  const auto place = found_in(lookup_->of_target, cell);
  if (place == lookup_->of_target.end())
    refuse(line, quote(cell) + " in the target column " + quote(target.name) + " is no class of the model",
           "classes: " + printable(join(target.classes, ", "), 400));
  return static_cast<double>(place->second);
}

TensorDataset table_data(const DataTable& table, const TableSchema& schema) {
  const TableEncoder encoder(schema, table.header(), table.name());
  if (encoder.features() == 0)
    throw ValueError(table.name() + " has no column to learn from", "every column is ignored or the target");
  const std::int64_t rows = table.rows(), features = encoder.features();
  const std::array<std::int64_t, 2> sizes{rows, features};
  std::vector<float> x(static_cast<std::size_t>(checked_numel(sizes)));
  std::vector<double> y;
  std::vector<std::string_view> cells(static_cast<std::size_t>(table.columns()));
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t k = 0; k < table.columns(); ++k) cells[static_cast<std::size_t>(k)] = table.cell(row, k);
    encoder.encode(cells, table.line(row),
                   std::span(x).subspan(static_cast<std::size_t>(row * features), static_cast<std::size_t>(features)));
    if (encoder.has_target()) y.push_back(encoder.target(cells, table.line(row)));
  }
  const Tensor features_tensor = from_vector(x, {rows, features});
  if (!encoder.has_target()) return TensorDataset(features_tensor);
  if (schema.target.classes.empty())
    return TensorDataset(features_tensor, from_vector(std::vector<float>(y.begin(), y.end()), {rows, 1}));
  return TensorDataset(features_tensor, from_vector(std::vector<std::int64_t>(y.begin(), y.end()), {rows}),
                       schema.target.classes);
}

}  // namespace percept
