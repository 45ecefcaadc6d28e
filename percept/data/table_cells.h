// table_cells.h - what one cell of a table says: a number, nothing, or a word.
#pragma once
#include <cmath>
#include <string_view>

#include "percept/formats/csv.h"

namespace percept {

struct CellNumber {
  enum class Kind { number, none, out_of_range } kind = Kind::none;
  double value = 0;
};

// read_number of formats/csv.h, for features: infinity is out of range as well.
inline CellNumber read_cell_number(std::string_view cell) {
  const CsvNumber number = read_number(cell);
  if (number.kind == CsvNumber::Kind::none) return {};
  const bool finite = number.kind == CsvNumber::Kind::number && std::isfinite(number.value);
  return {finite ? CellNumber::Kind::number : CellNumber::Kind::out_of_range, number.value};
}

inline bool is_missing_cell(std::string_view cell) { return is_missing(cell); }

}  // namespace percept
