// table_header.cpp - names of columns that look like samples.
#include "percept/data/table_header.h"

#include <algorithm>
#include <cstdint>

#include "percept/base/text.h"
#include "percept/data/table_cells.h"

namespace percept {
namespace {

constexpr std::int64_t kFewestNames = 3;  // two columns of 0 and 1 are as often a sample's

bool is_number(std::string_view field) { return read_cell_number(trim(field)).kind != CellNumber::Kind::none; }

}  // namespace

bool mostly_numbers(std::span<const std::string_view> fields) {
  return 2 * std::count_if(fields.begin(), fields.end(), is_number) > static_cast<std::ptrdiff_t>(fields.size());
}

bool counts_columns(std::span<const std::string_view> fields) {
  std::int64_t place = 0, met = 0;
  bool by_place[] = {true, true}, among_numbers[] = {true, true};  // from 0, from 1
  for (const std::string_view field : fields) {
    if (const std::string_view word = trim(field); is_number(word)) {
      for (const std::int64_t first : {0, 1}) {
        by_place[first] &= word == number(first + place);
        among_numbers[first] &= word == number(first + met);
      }
      ++met;
    }
    ++place;
  }
  return met >= kFewestNames && (by_place[0] || by_place[1] || among_numbers[0] || among_numbers[1]);
}

bool goes_on(std::span<const std::string_view> fields, std::span<const std::string_view> before) {
  double last = 0;
  std::int64_t met = 0;
  bool rising = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view field = trim(fields[i]);
    if (const CellNumber read = read_cell_number(field); read.kind != CellNumber::Kind::none) {
      rising = rising && (met++ == 0 || read.value == last + 1);
      last = read.value;
    } else if (!is_missing_cell(field) && i < before.size() && field == trim(before[i])) {
      return true;
    }
  }
  return rising && met >= kFewestNames;
}

}  // namespace percept
