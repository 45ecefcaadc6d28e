// csv_fuzz.cpp - any bytes as a table, plain or gzipped: records that are written and read again as they were, or an
// Error.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/formats/csv.h"

namespace {

using namespace percept;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Table {
  std::vector<std::vector<std::string>> records;
  char separator = 0;
};

Table read(std::span<const std::byte> bytes, char separator) {
  CsvReader reader(bytes, "input", separator);
  Table table{.records = {}, .separator = reader.separator()};
  std::int64_t line = 0;
  while (reader.next()) {
    require(reader.line() > line && !reader.fields().empty());
    line = reader.line();
    table.records.emplace_back(reader.fields().begin(), reader.fields().end());
  }
  return table;
}

// A number that is written comes back; a field that says none is missing or something else, but nothing in between.
void check_value(const std::string& field) {
  const CsvNumber value = read_number(field);
  if (value.kind == CsvNumber::Kind::number) {
    require(!is_missing(field) && parse_number(number(value.value)) == value.value);
    require(parse_number(" " + field + "\t") == value.value);
  } else {
    require(!parse_number(field));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Table table = read(std::as_bytes(std::span(data, size)), 0);
    CsvWriter writer(table.separator);
    for (const auto& record : table.records) {
      writer.write(record);
      for (const std::string& field : record) check_value(field);
    }
    require(read(std::as_bytes(std::span(writer.text())), table.separator).records == table.records);
  } catch (const Error&) {
  }
  return 0;
}
