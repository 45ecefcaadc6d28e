// table.cpp - cells put one behind the other.
#include "percept/data/table.h"

#include <algorithm>
#include <unordered_set>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/table_cells.h"

namespace percept {

std::int64_t DataTable::column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found != header_.end()) return found - header_.begin();
  const std::string close = nearest(name, header_);
  throw UsageError(
      name_ + " has no column " + quote(name),
      (close.empty() ? "" : "did you mean " + quote(close) + "? ") + "columns: " + printable(join(header_, ", "), 400));
}

std::string_view DataTable::cell(std::int64_t row, std::int64_t column) const {
  const auto at = static_cast<std::size_t>(row * columns() + column);
  const std::uint64_t begin = at == 0 ? 0 : ends_[at - 1];
  return std::string_view(text_).substr(begin, ends_[at] - begin);
}

TableBuilder::TableBuilder(std::string name, TableHeader header) : header_(header) { table_.name_ = std::move(name); }

void TableBuilder::take_header(std::span<const std::string_view> fields, std::int64_t line) {
  // Years are names of columns, too: most fields decide.
  const auto count = std::count_if(fields.begin(), fields.end(), [](std::string_view field) {
    return read_cell_number(trim(field)).kind != CellNumber::Kind::none;
  });
  const bool numbers = 2 * count > static_cast<std::ptrdiff_t>(fields.size());
  const bool named = header_ == TableHeader::yes || (header_ == TableHeader::guess && !numbers);
  std::unordered_set<std::string> met;
  for (const std::string_view field : fields) {
    std::string name(named ? trim(field) : std::string_view());
    if (name.empty()) name = "column " + number(table_.header_.size() + 1);
    if (!met.insert(name).second)
      throw IoError(table_.name_ + ", line " + number(line) + ": two columns are called " + quote(name),
                    "give each column a name of its own");
    table_.header_.push_back(std::move(name));
  }
  if (!named) add(fields, line);
}

void TableBuilder::add(std::span<const std::string_view> fields, std::int64_t line) {
  if (table_.header_.empty() && !fields.empty()) return take_header(fields, line);
  if (fields.size() != table_.header_.size())
    throw IoError(table_.name_ + ", line " + number(line) + ": " + number(fields.size()) +
                      " fields, the first record has " + number(table_.header_.size()),
                  "give every record the same number of fields; fields that hold the separator stand in quotes");
  for (const std::string_view field : fields) {
    table_.text_ += trim(field);
    table_.ends_.push_back(table_.text_.size());
  }
  table_.lines_.push_back(line);
}

DataTable TableBuilder::finish() {
  if (table_.lines_.empty())
    throw IoError(table_.name_ + (table_.header_.empty() ? " is empty" : " has no rows below its header"),
                  "a table has a line with the columns' names, then one per sample");
  return std::move(table_);
}

}  // namespace percept
