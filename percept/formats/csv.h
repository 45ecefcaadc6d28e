// csv.h - tables as text: CSV by RFC 4180, read record by record, and written.
//
//   CsvReader table("train.csv");
//   table.next();                              // the header
//   table.expect_columns(table.fields().size());
//   while (table.next())
//     for (std::string_view field : table.fields()) ...
//
// UTF-8, with or without a byte order mark; plain or gzipped (told by the first bytes); lines end with CRLF, LF or CR,
// the last one with or without. A field in quotes may hold separators, line ends (kept as they are) and quotes
// (doubled); a quote within a field that does not begin with one is a character like others; blanks are kept. Empty
// lines are passed over. Memory is bounded by the longest record; what is gzipped unpacks to no more than
// most_unpacked (formats/byte_file.h) says.
// IoError "FILE, line N: ..." for a quote that is never closed, text after a closing quote, NUL bytes, what is no
// UTF-8 (UTF-16 among it), and beyond the limits; lines count from 1, those within quotes too.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/path.h"

namespace percept {

class ByteStream;

inline constexpr std::size_t kMaxCsvField = std::size_t{1} << 20;  // bytes
inline constexpr std::size_t kMaxCsvColumns = 1'000'000;
inline constexpr std::size_t kMaxCsvRecord = std::size_t{64} << 20;  // bytes

// The separator of the record that `start` begins with: of comma, semicolon, tab and '|' the one that is there most
// often outside quotes (a tab where two are level, else the first of them; a comma if there is none). Commas between
// two digits count only where nothing else is there: "1,5;2,5;3,5" are three numbers.
char guess_separator(std::string_view start);

class CsvReader {
 public:
  // separator: any ASCII character but a quote, a line end and NUL; 0: guessed from the first record, a
  // tab where there is one and the file is called .tsv or .tsv.gz. ValueError.
  explicit CsvReader(const Path& path, char separator = 0);
  // The same from memory, which must outlive this; `name` stands for the file in messages.
  CsvReader(std::span<const std::byte> bytes, std::string_view name, char separator = 0);
  ~CsvReader();
  CsvReader(CsvReader&&) noexcept;

  // Reads the next record; false at the end of the file.
  bool next();
  // Its fields, without their quotes; valid until the next call of next().
  const std::vector<std::string_view>& fields() const { return fields_; }
  // The line it begins at.
  std::int64_t line() const { return first_line_; }
  char separator() const { return separator_; }
  const std::string& name() const { return name_; }

  // From the next record on another number of fields is refused: "table.csv, line 7: 3 fields, the header has 4".
  void expect_columns(std::size_t count, std::string_view whose = "the header");
  // IoError "FILE, line N: problem" about the record at hand, for those who make something of its fields.
  [[noreturn]] void refuse(const std::string& problem, const std::string& fix) const;

 private:
  void start();
  bool fill();
  bool skip_empty_lines();
  bool read_field();
  bool read_plain();
  bool read_quoted();
  bool end_field(std::size_t begin, std::size_t end);
  void take_line_end();
  void make_fields();
  char here() const { return buffer_[at_]; }
  bool ends_here();
  [[noreturn]] void refuse_at(std::int64_t line, const std::string& problem, const std::string& fix) const;

  std::string name_;
  std::unique_ptr<ByteStream> source_;
  char separator_ = 0;
  std::array<bool, 256> stops_{};  // bytes that end a run of a plain field

  // [begin_, end_) of the buffer is what was read and not yet given away, at_ within it comes next; a NUL follows.
  std::vector<char> buffer_;
  std::size_t begin_ = 0, at_ = 0, end_ = 0;
  std::size_t field_ = 0;                                    // the field at hand begins there, counted from begin_
  std::vector<std::pair<std::size_t, std::size_t>> places_;  // begin and end of each field, counted from begin_
  std::vector<std::string_view> fields_;
  std::int64_t line_ = 1, first_line_ = 1, field_line_ = 1;  // at at_, of the record's begin, of the field's
  std::optional<std::size_t> columns_;
  std::string whose_columns_;
};

// Appends the field as it stands in a file: in quotes only where it must be. ValueError for NUL bytes, what is no
// UTF-8, and more than 1 MiB.
void write_csv_field(std::string& out, std::string_view field, char separator = ',');

// Records one after the other; what CsvReader reads of it, told the separator, is what was written.
class CsvWriter {
 public:
  explicit CsvWriter(char separator = ',');
  // One record, which ends with a line feed. ValueError for one without fields, and as write_csv_field.
  void write(std::span<const std::string_view> fields);
  void write(std::initializer_list<std::string_view> fields) { write(std::span(fields.begin(), fields.size())); }
  void write(std::span<const std::string> fields);

  const std::string& text() const { return text_; }
  // Replaces the file as a whole or not at all. IoError.
  void save(const Path& path) const;

 private:
  char separator_;
  std::string text_;
};

// What the text of a field says as a number.
struct CsvNumber {
  enum class Kind { number, none, too_large } kind = Kind::none;
  double value = 0;
};
// Decimal numbers as 12, -0.5, +1e-3, .5, inf, with blanks (spaces and tabs) around, rounded to the nearest double
// whatever the locale; nothing may follow. NaN is none (is_missing knows it); what is beyond 1.8e308 is too_large, what
// is nearer to 0 than any double is 0.
CsvNumber read_number(std::string_view text);
// The same where only a number will do: nothing for the other kinds.
std::optional<double> parse_number(std::string_view text);

// Whether a field says that its value is not known. Without blanks around it is empty, "?", or one of what pandas
// takes for missing: #N/A, #N/A N/A, #NA, -1.#IND, -1.#QNAN, -NaN, -nan, 1.#IND, 1.#QNAN, <NA>, N/A, NA, NULL, NaN,
// None, n/a, nan, null.
bool is_missing(std::string_view text);

}  // namespace percept
