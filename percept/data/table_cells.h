// table_cells.h - what one cell of a table says: a number, nothing, or a word.
#pragma once
#include <string_view>

namespace percept {

struct CellNumber {
  enum class Kind { number, none, out_of_range } kind = Kind::none;
  double value = 0;
};

// Decimal numbers as 12, -0.5, +1e-3, .5, by no locale, rounded to the nearest double; the whole cell must be one. What
// is nearer to 0 than any double is 0; infinity and what is beyond 1.8e308 is out of range. NaN is none:
// is_missing_cell.
CellNumber read_cell_number(std::string_view cell);

// Empty, "?", or one of the words that stand for an unknown value in practice (those that pandas takes).
bool is_missing_cell(std::string_view cell);

}  // namespace percept
