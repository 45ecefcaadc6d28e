// table_fit.cpp - types, values, means: what a table says about its columns.
#include "percept/data/table_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_map>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/table_cells.h"
#include "percept/data/table_identifier.h"
#include "percept/metrics/metric.h"

namespace percept {
namespace {

constexpr std::size_t kMostWords = 100'000;
constexpr std::size_t kMostNumberClasses = 20;
constexpr std::int64_t kRowsPerNumberClass = 5;

// What the cells of a column are, over all rows; -1 for a row that there is not.
struct Contents {
  std::int64_t values = 0, numbers = 0;  // not missing; of these numbers
  std::int64_t first_missing = -1, first_word = -1, first_out_of_range = -1;
};

Contents contents_of(const DataTable& table, std::int64_t column) {
  Contents found;
  const auto note = [](std::int64_t& first, std::int64_t row) {
    if (first < 0) first = row;
  };
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const std::string_view cell = table.cell(row, column);
    if (is_missing_cell(cell)) {
      note(found.first_missing, row);
      continue;
    }
    ++found.values;
    const CellNumber::Kind kind = read_cell_number(cell).kind;
    if (kind != CellNumber::Kind::none) ++found.numbers;
    if (kind == CellNumber::Kind::none) note(found.first_word, row);
    if (kind == CellNumber::Kind::out_of_range) note(found.first_out_of_range, row);
  }
  return found;
}

std::string named(const DataTable& table, std::int64_t column) {
  return quote(table.header()[static_cast<std::size_t>(column)]);
}

[[noreturn]] void refuse(const DataTable& table, std::int64_t row, const std::string& problem, const std::string& fix) {
  throw IoError(table.name() + ", line " + number(table.line(row)) + ": " + problem, fix);
}

void check_range(const DataTable& table, std::int64_t column, const Contents& found) {
  if (found.first_word < 0 && found.first_out_of_range >= 0)
    refuse(
        table, found.first_out_of_range,
        quote(table.cell(found.first_out_of_range, column)) + " in column " + named(table, column) + " is out of range",
        "numbers go up to 1.8e308; leave the cell empty where the value is not known");
}

// How often each word occurs; views of the table. At most kMostWords, whatever more there is.
using Counts = std::unordered_map<std::string_view, std::int64_t>;

Counts count_words(const DataTable& table, std::int64_t column, const std::vector<std::int64_t>& rows) {
  Counts counts;
  for (const std::int64_t row : rows) {
    const std::string_view cell = table.cell(row, column);
    if (is_missing_cell(cell)) continue;
    ++counts[cell];
    if (counts.size() > kMostWords) break;
  }
  return counts;
}

std::vector<std::int64_t> all_rows(const DataTable& table) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(table.rows()));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  return rows;
}

// Names, identifiers, free text: words that say little about other rows. A few words are never that, however few rows.
bool mostly_different(std::size_t different, std::int64_t cells, std::int64_t most_values) {
  constexpr std::int64_t kFew = 10;
  return different > kMostWords || (static_cast<std::int64_t>(different) > std::min(most_values, kFew) &&
                                    2 * static_cast<std::int64_t>(different) > cells);
}

std::string many(std::size_t different, std::int64_t cells) {
  return (different > kMostWords ? "more than " + with_thousands(static_cast<std::int64_t>(kMostWords))
                                 : with_thousands(static_cast<std::int64_t>(different))) +
         " different words in " + with_thousands(cells) + " cells";
}

// The different numbers of a column, by size; nothing when there are more than `most`, or some are not whole and
// `whole` asks for it.
std::vector<double> different_numbers(const DataTable& table, std::int64_t column, std::size_t most, bool whole) {
  std::set<double> found;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const double value = read_cell_number(table.cell(row, column)).value;
    if (whole && value != std::trunc(value)) return {};
    found.insert(value + 0.0);  // -0 is 0
    if (found.size() > most) return {};
  }
  return {found.begin(), found.end()};
}

// "114,4" or "1.234,5" or "1,234": a number to a person.
bool is_number_with_comma(std::string_view cell) {
  bool comma = false, digit = false;
  for (const char c : cell.substr(cell.starts_with('-') || cell.starts_with('+') ? 1 : 0)) {
    if (c != ',' && c != '.' && (c < '0' || c > '9')) return false;
    comma = comma || c == ',';
    digit = digit || (c >= '0' && c <= '9');
  }
  return comma && digit;
}

// A column of such would pass for words, and be left out or learned one by one.
void refuse_commas(const DataTable& table, std::int64_t column, const Contents& found) {
  std::int64_t commas = 0, numbers = 0, first = -1;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const std::string_view cell = table.cell(row, column);
    const bool with_comma = is_number_with_comma(cell);
    if (with_comma && first < 0) first = row;
    commas += with_comma ? 1 : 0;
    numbers += with_comma || read_cell_number(cell).kind == CellNumber::Kind::number ? 1 : 0;
  }
  if (commas == 0 || 10 * numbers < 9 * found.values) return;
  refuse(table, first,
         quote(table.cell(first, column)) + " in column " + named(table, column) + ": numbers with a comma in them",
         "write numbers with a point and without marks between thousands (114.4, 1234)");
}

std::vector<std::string> word_classes(const DataTable& table, std::int64_t column) {
  const Counts counts = count_words(table, column, all_rows(table));
  if (mostly_different(counts.size(), table.rows(), TableOptions{}.most_values))
    throw ValueError(
        table.name() + ": the target " + named(table, column) + " has " + many(counts.size(), table.rows()),
        "name the column of classes as target, or one of numbers");
  std::vector<std::string> words;
  for (const auto& [word, count] : counts) words.emplace_back(word);
  std::sort(words.begin(), words.end());
  return words;
}

std::vector<std::string> number_classes(const DataTable& table, std::int64_t column, TableTask task) {
  const bool asked = task == TableTask::classify;
  const std::vector<double> values = different_numbers(table, column, asked ? kMostWords : kMostNumberClasses, !asked);
  if (asked && values.empty())
    throw ValueError(table.name() + ": the target " + named(table, column) + " has more than " +
                         with_thousands(static_cast<std::int64_t>(kMostWords)) + " different numbers",
                     "set task = \"regress\"");
  const auto different = static_cast<std::int64_t>(values.size());
  if (!asked && different != 2 && different * kRowsPerNumberClass > table.rows()) return {};
  if (!asked && different < 2) return {};
  std::vector<std::string> names;
  for (const double value : values) names.push_back(number(value));
  return names;
}

struct Statistics {
  std::int64_t count = 0;
  double min = std::numeric_limits<double>::infinity(), max = -min, mean = 0, std = 0;
};

// Two passes: the second one's distances cancel nothing.
Statistics statistics_of(const DataTable& table, std::int64_t column, const std::vector<std::int64_t>& rows) {
  Statistics found;
  std::vector<double> values;
  for (const std::int64_t row : rows) {
    const std::string_view cell = table.cell(row, column);
    if (!is_missing_cell(cell)) values.push_back(read_cell_number(cell).value);
  }
  ExactSum sum, squares;
  for (const double value : values) {
    sum.add(value);
    found.min = std::min(found.min, value);
    found.max = std::max(found.max, value);
  }
  found.count = static_cast<std::int64_t>(values.size());
  if (found.count == 0) return found;
  found.mean = sum.value() / static_cast<double>(found.count);
  for (const double value : values) squares.add((value - found.mean) * (value - found.mean));
  found.std = std::sqrt(squares.value() / static_cast<double>(found.count));
  if (!std::isfinite(found.mean) || !std::isfinite(found.std))
    throw ValueError(table.name() + ": column " + named(table, column) + " goes from " + number(found.min) + " to " +
                         number(found.max) + ", too far for a standard deviation",
                     "scale the column, or ignore it");
  return found;
}

// One column on its way into the schema.
class Fit {
 public:
  Fit(const DataTable& table, const std::vector<std::int64_t>& rows, const TableOptions& options)
      : table_(table), rows_(rows), options_(options) {}

  TableColumn column(std::int64_t at) {
    TableColumn column{.name = table_.header()[static_cast<std::size_t>(at)]};
    if (listed(options_.ignore, column.name)) return left_out(std::move(column), "");
    const Contents found = contents_of(table_, at);
    for (const std::int64_t row : rows_)
      if (is_missing_cell(table_.cell(row, at))) column.missing = MissingCells::indicator;
    if (found.values == 0) return left_out(std::move(column), "it has no values");
    if (found.first_word < 0 && !listed(options_.categories, column.name)) {
      check_range(table_, at, found);
      if (const std::string why = why_identifier(table_, at); !why.empty()) return left_out(std::move(column), why);
      return number_column(at, std::move(column));
    }
    return category(at, found, std::move(column));
  }
  std::vector<std::string>& notes() { return notes_; }

 private:
  static bool listed(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  TableColumn left_out(TableColumn column, const std::string& why) {
    if (!why.empty()) notes_.push_back("column " + quote(column.name) + " is left out: " + why);
    return {.name = std::move(column.name), .type = ColumnType::ignore};
  }

  TableColumn number_column(std::int64_t at, TableColumn column) {
    const Statistics found = statistics_of(table_, at, rows_);
    if (found.count == 0) return left_out(std::move(column), "it has no values in the training part");
    if (found.min == found.max || found.std == 0)
      return left_out(std::move(column), "it is " + number(found.min) + " throughout the training part");
    column.min = found.min;
    column.max = found.max;
    column.mean = found.mean;
    column.std = found.std;
    return column;
  }

  TableColumn category(std::int64_t at, const Contents& found, TableColumn column) {
    if (!listed(options_.categories, column.name)) refuse_commas(table_, at, found);
    column.type = ColumnType::category;
    const Counts counts = count_words(table_, at, rows_);
    const auto different = static_cast<std::int64_t>(counts.size());
    const bool asked = listed(options_.categories, column.name);
    if (!asked && different > options_.most_values && found.numbers >= found.values - found.values / 10)
      refuse(table_, found.first_word,
             quote(table_.cell(found.first_word, at)) + " in column " + quote(column.name) + ", where " +
                 number(found.numbers) + " of " + number(found.values) + " values are numbers",
             "mend the cell, leave it empty where the value is not known, or leave the column out: data.ignore = [\"" +
                 column.name + "\"]");
    std::int64_t cells = 0;
    for (const auto& [word, count] : counts) cells += count;
    if (counts.size() > kMostWords || (!asked && mostly_different(counts.size(), cells, options_.most_values)))
      return left_out(std::move(column), many(counts.size(), cells));
    if (counts.empty()) return left_out(std::move(column), "it has no values in the training part");
    if (different == 1 && column.missing != MissingCells::indicator)
      return left_out(std::move(column), "it is " + quote(counts.begin()->first) + " throughout the training part");
    column.values = most_frequent(counts);
    if (different > options_.most_values)
      notes_.push_back("column " + quote(column.name) + " has " + number(different) + " values: the " +
                       number(options_.most_values) + " most frequent are kept, the others count as unknown");
    return column;
  }

  // By frequency, of equals the first word; the kept ones sorted.
  std::vector<std::string> most_frequent(const Counts& counts) const {
    std::vector<std::pair<std::int64_t, std::string_view>> order;
    for (const auto& [word, count] : counts) order.emplace_back(-count, word);
    std::sort(order.begin(), order.end());
    std::vector<std::string> kept;
    for (const auto& [count, word] : order)
      if (static_cast<std::int64_t>(kept.size()) < options_.most_values) kept.emplace_back(word);
    std::sort(kept.begin(), kept.end());
    return kept;
  }

  const DataTable& table_;
  const std::vector<std::int64_t>& rows_;
  const TableOptions& options_;
  std::vector<std::string> notes_;
};

std::int64_t target_column(const DataTable& table, const TableOptions& options) {
  return options.target.empty() ? table.columns() - 1 : table.column(options.target);
}

void check(const DataTable& table, const std::vector<std::int64_t>& rows, const TableOptions& options) {
  if (rows.empty()) throw ValueError(table.name() + ": there are no training rows", "leave some for training");
  for (const std::int64_t row : rows)
    if (row < 0 || row >= table.rows())
      throw ValueError(table.name() + ": training row " + number(row) + " of " + number(table.rows()),
                       "rows are 0.." + number(table.rows() - 1));
  if (options.most_values < 1 || options.most_values > 10'000)
    throw ValueError("most_values is " + number(options.most_values), "from 1 to 10000, as 50");
  for (const auto* list : {&options.ignore, &options.categories})
    for (const std::string& name : *list) table.column(name);  // refuses unknown ones
}

}  // namespace

TableTarget find_target(const DataTable& table, const TableOptions& options) {
  const std::int64_t column = target_column(table, options);
  TableTarget target{.name = table.header()[static_cast<std::size_t>(column)]};
  const Contents found = contents_of(table, column);
  if (found.first_missing >= 0)
    refuse(table, found.first_missing, "no value in the target column " + quote(target.name),
           "every row needs one: fill it in or leave the row out");
  if (found.first_word >= 0 && options.task != TableTask::classify) refuse_commas(table, column, found);
  if (found.first_word >= 0 && options.task == TableTask::regress)
    refuse(table, found.first_word,
           quote(table.cell(found.first_word, column)) + " in the target column " + quote(target.name) +
               " is no number, as task = \"regress\" wants",
           "write a number, or set task = \"classify\"");
  check_range(table, column, found);
  if (found.first_word >= 0)
    target.classes = word_classes(table, column);
  else if (options.task != TableTask::regress)
    target.classes = number_classes(table, column, options.task);
  if (target.classes.size() == 1)
    throw ValueError(
        table.name() + ": the target " + quote(target.name) + " is " + quote(target.classes[0]) + " in every row",
        "there is nothing to learn from one class; name another column as target");
  return target;
}

std::vector<std::int64_t> target_labels(const DataTable& table, const TableTarget& target) {
  if (target.classes.empty())
    throw ValueError(table.name() + ": the target " + quote(target.name) + " is a number and has no classes",
                     "split without stratifying, or set task = \"classify\"");
  const TableEncoder encoder({.target = target}, table.header(), table.name());
  std::vector<std::int64_t> labels;
  std::vector<std::string_view> cells(static_cast<std::size_t>(table.columns()));
  const auto column = static_cast<std::size_t>(table.column(target.name));
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    cells[column] = table.cell(row, static_cast<std::int64_t>(column));
    labels.push_back(static_cast<std::int64_t>(encoder.target(cells, table.line(row))));
  }
  return labels;
}

FittedSchema fit_schema(const DataTable& table, const std::vector<std::int64_t>& training_rows,
                        const TableOptions& options) {
  check(table, training_rows, options);
  FittedSchema fitted;
  fitted.schema.target = find_target(table, options);
  fitted.schema.named = table.named();
  const std::int64_t target = target_column(table, options);
  Fit fit(table, training_rows, options);
  for (std::int64_t column = 0; column < table.columns(); ++column)
    if (column != target) fitted.schema.columns.push_back(fit.column(column));
  fitted.notes = std::move(fit.notes());
  if (fitted.schema.target.classes.empty() && options.standardise_target) {
    const Statistics found = statistics_of(table, target, training_rows);
    fitted.schema.target.mean = found.mean;
    fitted.schema.target.std = found.std > 0 ? found.std : 1;
  }
  return fitted;
}

}  // namespace percept
