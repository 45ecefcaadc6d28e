// table_cells.cpp - numbers and missing values out of text.
#include "percept/data/table_cells.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace percept {
namespace {

constexpr std::string_view kMissing[] = {"",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
                                         "-nan", "1.#IND", "1.#QNAN",  "<NA>", "?",       "N/A",      "NA",
                                         "NULL", "NaN",    "None",     "n/a",  "nan",     "none",     "null"};

}  // namespace

CellNumber read_cell_number(std::string_view cell) {
  using Kind = CellNumber::Kind;
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc::invalid_argument || end != cell.data() + cell.size() || std::isnan(value)) return {};
  if (error == std::errc{}) return {std::isinf(value) ? Kind::out_of_range : Kind::number, value};
  // Too large or too small: from_chars does not say which.
  const std::size_t exponent = cell.find_first_of("eE");
  const std::string_view digits = cell.substr(cell.starts_with('-') ? 1 : 0);
  const bool small = exponent != std::string_view::npos ? cell.substr(exponent + 1).starts_with('-')
                                                        : digits.starts_with("0.") || digits.starts_with('.');
  return {small ? Kind::number : Kind::out_of_range, 0};
}

bool is_missing_cell(std::string_view cell) {
  return std::find(std::begin(kMissing), std::end(kMissing), cell) != std::end(kMissing);
}

}  // namespace percept
