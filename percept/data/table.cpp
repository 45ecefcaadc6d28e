// table.cpp - cells put one behind the other.
#include "percept/data/table.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/table_header.h"

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

namespace {

std::string name_of(std::string_view field, std::size_t place) {
  return field.empty() ? "column " + number(place + 1) : std::string(field);
}

}  // namespace

TableBuilder::TableBuilder(std::string name, TableHeader header, std::vector<std::string> wanted)
    : header_(header), wanted_(std::move(wanted)) {
  table_.name_ = std::move(name);
}

bool TableBuilder::has_wanted(std::span<const std::string_view> fields) const {
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < fields.size(); ++i) names.insert(name_of(trim(fields[i]), i));
  return !wanted_.empty() &&
         std::all_of(wanted_.begin(), wanted_.end(), [&](const std::string& name) { return names.contains(name); });
}

// Years are names of columns, too: most fields decide. Names that count wait for the record below them.
void TableBuilder::take_first(std::span<const std::string_view> fields, std::int64_t line) {
  if (header_ != TableHeader::guess) return take_header(fields, line, header_ == TableHeader::yes);
  if (!mostly_numbers(fields) || has_wanted(fields)) return take_header(fields, line, true);
  if (!counts_columns(fields)) return take_header(fields, line, false);
  waiting_.assign(fields.begin(), fields.end());
  waiting_line_ = line;
}

void TableBuilder::take_waiting(std::span<const std::string_view> next) {
  const std::vector<std::string> waiting = std::exchange(waiting_, {});
  const std::vector<std::string_view> fields(waiting.begin(), waiting.end());
  take_header(fields, waiting_line_, !next.empty() && !goes_on(next, fields));
}

void TableBuilder::take_header(std::span<const std::string_view> fields, std::int64_t line, bool named) {
  table_.named_ = named;
  std::unordered_set<std::string> met;
  for (const std::string_view field : fields) {
    std::string name = name_of(named ? trim(field) : std::string_view(), table_.header_.size());
    if (!met.insert(name).second)
      throw IoError(table_.name_ + ", line " + number(line) + ": two columns are called " + quote(name),
                    "give each column a name of its own");
    table_.header_.push_back(std::move(name));
  }
  if (!named) add(fields, line);
}

void TableBuilder::add(std::span<const std::string_view> fields, std::int64_t line) {
  if (!waiting_.empty()) take_waiting(fields);
  if (table_.header_.empty() && !fields.empty()) return take_first(fields, line);
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
  if (!waiting_.empty()) take_waiting({});
  if (table_.lines_.empty())
    throw IoError(table_.name_ + (table_.header_.empty() ? " is empty" : " has no rows below its header"),
                  "a table has a line with the columns' names, then one per sample");
  return std::move(table_);
}

}  // namespace percept
