// table.h - a table in memory as it stood in its file: named columns, cells as text, and the line of each record.
//
//   CsvReader reader("iris.csv");
//   const DataTable table = read_table(reader);
//   const DataSplit split = split_test(target_labels(table, find_target(table)), {.stratified = true});
//   const TableSchema schema = fit_schema(table, split.train).schema;
//   const Dataset data = table_data(table, schema);      // x f32 [N, F], y labels or numbers
//   const Dataset train = rows_of(data, split.train), test = rows_of(data, split.test);
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/enum_names.h"

namespace percept {

// Whether the first record names the columns. guess: unless most of its fields are numbers (two of
// "name,2019,2020,price" are names nevertheless); and where those count the columns, as pandas names them
// (table_header.h), or names are among them that are looked for.
enum class TableHeader { guess, yes, no };
constexpr auto enum_names(TableHeader) {
  return std::to_array<EnumName<TableHeader>>(
      {{TableHeader::guess, "auto"}, {TableHeader::yes, "yes"}, {TableHeader::no, "no"}});
}

// Memory: the bytes of the cells, and 8 per cell and row; nothing else grows with the file.
class DataTable {
 public:
  std::int64_t rows() const { return static_cast<std::int64_t>(lines_.size()); }
  std::int64_t columns() const { return static_cast<std::int64_t>(header_.size()); }
  const std::string& name() const { return name_; }                    // of the file, for messages
  bool named() const { return named_; }                                // whether the first record names the columns
  const std::vector<std::string>& header() const { return header_; }   // "column 3" where there is no name
  std::int64_t column(std::string_view name) const;                    // UsageError with the nearest name
  std::string_view cell(std::int64_t row, std::int64_t column) const;  // without blanks around it
  std::int64_t line(std::int64_t row) const { return lines_[static_cast<std::size_t>(row)]; }

 private:
  friend class TableBuilder;
  std::string name_, text_;
  bool named_ = false;
  std::vector<std::string> header_;
  std::vector<std::uint64_t> ends_;  // of each cell in text_, row by row
  std::vector<std::int64_t> lines_;
};

// Makes a table of records as they come.
class TableBuilder {
 public:
  // wanted: a first record with all of these names is a header, whatever else one would guess.
  explicit TableBuilder(std::string name, TableHeader header = TableHeader::guess,
                        std::vector<std::string> wanted = {});

  // IoError "NAME, line N: ..." for another number of fields than the first record's and two columns of one name.
  void add(std::span<const std::string_view> fields, std::int64_t line);
  DataTable finish();  // IoError for a table without rows

 private:
  bool has_wanted(std::span<const std::string_view> fields) const;
  void take_first(std::span<const std::string_view> fields, std::int64_t line);
  void take_waiting(std::span<const std::string_view> next);
  void take_header(std::span<const std::string_view> fields, std::int64_t line, bool named);
  TableHeader header_;
  std::vector<std::string> wanted_;
  std::vector<std::string> waiting_;  // the first record, where the next one decides
  std::int64_t waiting_line_ = 0;
  DataTable table_;
};

// From a reader of records: next() goes to the next one and says whether there is one; fields(), line() and name() tell
// what it holds, where it stands and of which file it is. CsvReader is one.
template <class Reader>
DataTable read_table(Reader& reader, TableHeader header = TableHeader::guess, std::vector<std::string> wanted = {}) {
  TableBuilder builder(std::string(reader.name()), header, std::move(wanted));
  while (reader.next()) builder.add(reader.fields(), reader.line());
  return builder.finish();
}

}  // namespace percept
