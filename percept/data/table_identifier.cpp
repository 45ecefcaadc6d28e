// table_identifier.cpp - by names and by what stands in the cells.
#include "percept/data/table_identifier.h"

#include <cctype>
#include <cmath>
#include <unordered_set>

#include "percept/data/table_cells.h"

namespace percept {
namespace {

constexpr std::size_t kLongestIdentifier = 100;  // bytes; longer cells are text

bool whole_numbers(const DataTable& table, std::int64_t column) {
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const CellNumber read = read_cell_number(table.cell(row, column));
    if (read.kind != CellNumber::Kind::number || read.value != std::floor(read.value)) return false;
  }
  return true;
}

}  // namespace

bool sounds_like_identifier(std::string_view name) {
  if (name.size() < 2) return false;
  const std::string_view end = name.substr(name.size() - 2), before = name.substr(0, name.size() - 2);
  if (end != "id" && end != "Id" && end != "ID") return false;
  if (before.empty()) return true;
  const auto last = static_cast<unsigned char>(before.back());
  return !std::isalnum(last) || (end != "id" && !std::isupper(last));
}

bool tells_rows_apart(const DataTable& table, std::int64_t column) {
  std::unordered_set<std::string_view> met;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const std::string_view cell = table.cell(row, column);
    if (is_missing_cell(cell) || cell.size() > kLongestIdentifier || !met.insert(cell).second) return false;
  }
  return true;
}

std::string why_identifier(const DataTable& table, std::int64_t column) {
  const std::string& name = table.header()[static_cast<std::size_t>(column)];
  const bool index = column == 0 && table.named() && (name == "column 1" || name == "Unnamed: 0" || name == "index");
  if (!index && !sounds_like_identifier(name)) return "";
  if (!whole_numbers(table, column) || !tells_rows_apart(table, column)) return "";
  return "its whole numbers, each there once, tell the rows apart; with another name it is a feature";
}

}  // namespace percept
