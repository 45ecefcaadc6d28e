// csv_write.cpp - writing CSV: quotes only where the reader needs them.
#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/csv.h"
#include "percept/formats/utf8.h"

namespace percept {
namespace {

// Control characters too: what other programs take for a line end, and what makes a file look like another format.
bool needs_quotes(std::string_view field, char separator) {
  return field.starts_with("\xef\xbb\xbf") || std::any_of(field.begin(), field.end(), [&](char c) {
           return c == separator || c == '"' || static_cast<unsigned char>(c) < 0x20;
         });
}

}  // namespace

void write_csv_field(std::string& out, std::string_view field, char separator) {
  if (field.size() > kMaxCsvField)
    throw ValueError("CSV: a field has " + with_thousands(static_cast<std::int64_t>(field.size())) + " bytes",
                     "1 MiB at most");
  if (field.find('\0') != std::string_view::npos || (!is_ascii(field) && !is_utf8(field)))
    throw ValueError("CSV: the field " + quote(field.substr(0, 40)) + " is no UTF-8 text",
                     "write text, without NUL bytes");
  if (!needs_quotes(field, separator)) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

CsvWriter::CsvWriter(char separator) : separator_(separator) {
  if (separator == '"' || separator == '\n' || separator == '\r' || separator == '\0' ||
      static_cast<unsigned char>(separator) >= 0x80)
    throw ValueError("CSV: the separator is byte " + number(static_cast<int>(static_cast<unsigned char>(separator))),
                     "use a comma, a semicolon, a tab or '|'");
}

void CsvWriter::write(std::span<const std::string_view> fields) {
  if (fields.empty()) throw ValueError("CSV: a record without fields", "write at least one, it may be empty");
  const std::size_t before = text_.size();
  try {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) text_ += separator_;
      write_csv_field(text_, fields[i], separator_);
    }
  } catch (...) {
    text_.resize(before);
    throw;
  }
  if (text_.size() == before) text_ += "\"\"";  // an empty line would be passed over
  text_ += '\n';
}

void CsvWriter::write(std::span<const std::string> fields) {
  write(std::vector<std::string_view>(fields.begin(), fields.end()));
}

void CsvWriter::save(const Path& path) const { write_file_atomic(path, text_); }

}  // namespace percept
