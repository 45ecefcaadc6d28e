// csv.cpp - reading: one pass over a buffer of blocks, in which a record's fields are put together in place.
#include "percept/formats/csv.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "percept/base/error.h"
#include "percept/base/file_names.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/byte_file.h"
#include "percept/formats/utf8.h"

namespace percept {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr const char* kUtf8 =
    "save it as UTF-8 (in Excel: \"CSV UTF-8\"; or: iconv -f latin1 -t utf-8 old.csv > new.csv)";

void check_separator(char separator) {
  const auto byte = static_cast<unsigned char>(separator);
  if (separator == '"' || separator == '\n' || separator == '\r' || byte >= 0x80)
    throw ValueError("CSV: the separator is byte " + number(static_cast<int>(byte)),
                     "use a comma, a semicolon, a tab or '|'; 0 to have it guessed");
}

// What people call CSV and is not.
void refuse_other_formats(std::string_view start, const std::string& name) {
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff"))
    throw IoError(name + ": this text is UTF-16", kUtf8);
  if (start.starts_with("PK\3\4"))
    throw IoError(name + ": this is a zip archive or an Excel workbook, no CSV", "unpack it, or save the sheet as CSV");
}

}  // namespace

char guess_separator(std::string_view start) {
  constexpr std::string_view kCandidates = ",;\t|";
  constexpr std::size_t kTab = 2;
  std::array<std::size_t, kCandidates.size()> counts{};
  std::size_t decimal_commas = 0;
  bool quoted = false;
  start = start.substr(std::min(start.find_first_not_of("\r\n"), start.size()));
  const auto is_digit = [&](std::size_t i) { return i < start.size() && start[i] >= '0' && start[i] <= '9'; };
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (start[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (start[i] == '\n' || start[i] == '\r') break;
    const std::size_t candidate = kCandidates.find(start[i]);
    if (candidate == std::string_view::npos) continue;
    ++counts[candidate];
    decimal_commas += start[i] == ',' && i > 0 && is_digit(i - 1) && is_digit(i + 1);
  }
  if (std::any_of(counts.begin() + 1, counts.end(), [](std::size_t count) { return count > 0; }))
    counts[0] -= decimal_commas;
  const auto most = std::max_element(counts.begin(), counts.end());
  if (counts[kTab] > 0 && counts[kTab] == *most) return '\t';  // hardly anything but a separator
  return kCandidates[static_cast<std::size_t>(most - counts.begin())];
}

namespace {

// A file called .tsv whose first record has a tab is parted by tabs, however many commas stand there.
char separator_of(const std::string& name, std::string_view start) {
  const std::size_t first = std::min(start.find_first_not_of("\r\n"), start.size());
  const std::string_view line = start.substr(first, start.find_first_of("\r\n", first) - first);
  return ending_of(name) == ".tsv" && line.find('\t') != std::string_view::npos ? '\t' : guess_separator(start);
}

}  // namespace

CsvReader::CsvReader(const Path& path, char separator)
    : name_(path.string()),
      source_(std::make_unique<ByteStream>(ByteFile(path), ByteStream::Unpacks::bounded)),
      separator_(separator) {
  start();
}

CsvReader::CsvReader(std::span<const std::byte> bytes, std::string_view name, char separator)
    : name_(name),
      source_(std::make_unique<ByteStream>(ByteFile(bytes, name), ByteStream::Unpacks::bounded)),
      separator_(separator) {
  start();
}

CsvReader::~CsvReader() = default;
CsvReader::CsvReader(CsvReader&&) noexcept = default;

void CsvReader::start() {
  check_separator(separator_);
  fill();
  const std::string_view text(buffer_.data(), end_);
  refuse_other_formats(text, name_);
  if (text.starts_with("\xef\xbb\xbf")) at_ = 3;
  if (separator_ == 0) separator_ = separator_of(name_, text.substr(at_));
  for (const char stop : {separator_, '\n', '\r', '\0'}) stops_[static_cast<unsigned char>(stop)] = true;
}

void CsvReader::refuse_at(std::int64_t line, const std::string& problem, const std::string& fix) const {
  throw IoError(name_ + ", line " + number(line) + ": " + problem, fix);
}

void CsvReader::refuse(const std::string& problem, const std::string& fix) const {
  refuse_at(first_line_, problem, fix);
}

void CsvReader::expect_columns(std::size_t count, std::string_view whose) {
  columns_ = count;
  whose_columns_ = whose;
}

// More bytes behind those from begin_ on, which move to the buffer's front; false at the end of the file.
bool CsvReader::fill() {
  const std::size_t held = end_ - begin_;
  // Doubled quotes take two bytes each; the exact limit is end_field's.
  if (held > field_ + 2 * kMaxCsvField + 2)
    refuse_at(
        field_line_, "a field begins there that has more than 1 MiB",
        "is its closing quote missing, or is the separator '" + printable({&separator_, 1}) + "' not the right one?");
  if (held > kMaxCsvRecord)
    refuse("the record has more than " + with_thousands(static_cast<std::int64_t>(kMaxCsvRecord)) + " bytes",
           "is a line end missing? Split the table into smaller rows");
  if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, held);
  at_ -= begin_;
  begin_ = 0;
  end_ = held;
  const auto block = static_cast<std::size_t>(std::min<std::int64_t>(kBlock, source_->most()));
  if (buffer_.size() < held + block + 1) buffer_.resize(2 * held + block + 1);
  const std::size_t got = source_->read(reinterpret_cast<std::byte*>(buffer_.data()) + end_, buffer_.size() - 1 - end_);
  end_ += got;
  buffer_[end_] = '\0';
  return got != 0;
}

// Whether the file ends at at_.
bool CsvReader::ends_here() { return at_ == end_ && !fill(); }

bool CsvReader::skip_empty_lines() {
  for (;;) {
    begin_ = at_;
    field_ = 0;
    if (ends_here()) return false;
    if (here() != '\n' && here() != '\r') return true;
    take_line_end();
  }
}

void CsvReader::take_line_end() {
  const bool is_return = buffer_[at_++] == '\r';
  ++line_;
  if (is_return && !ends_here() && here() == '\n') ++at_;
}

// Whether another field follows in this record.
bool CsvReader::end_field(std::size_t begin, std::size_t end) {
  if (end - begin > kMaxCsvField)
    refuse("field " + number(places_.size() + 1) + " has more than 1 MiB", "is a quote or a line end missing?");
  if (places_.size() == kMaxCsvColumns)
    refuse("more than " + with_thousands(static_cast<std::int64_t>(kMaxCsvColumns)) + " fields",
           "is a line end missing? Split the table into narrower ones");
  places_.emplace_back(begin, end);
  if (ends_here()) return false;
  if (here() == separator_) {
    ++at_;
    return true;
  }
  take_line_end();
  return false;
}

bool CsvReader::read_plain() {
  for (;;) {
    const char* p = buffer_.data() + at_;
    while (!stops_[static_cast<unsigned char>(*p)]) ++p;
    at_ = static_cast<std::size_t>(p - buffer_.data());
    if (*p != '\0' || ends_here()) return end_field(field_, at_ - begin_);
    if (here() == '\0') refuse_at(line_, "a NUL byte", kUtf8);
  }
}

// The contents move to the left over doubled quotes.
bool CsvReader::read_quoted() {
  std::size_t to = ++field_;  // counted from begin_, as field_ is
  ++at_;
  for (;;) {
    const char* const run = buffer_.data() + at_;
    const char* p = run;
    while (*p != '"' && *p != '\n' && *p != '\r' && *p != '\0') ++p;
    const auto length = static_cast<std::size_t>(p - run);
    if (begin_ + to != at_) std::memmove(buffer_.data() + begin_ + to, run, length);
    to += length;
    at_ += length;
    if (at_ == end_) {
      if (fill()) continue;
      refuse_at(field_line_, "a quote opens field " + number(places_.size() + 1) + " and is never closed",
                "close it, or write it twice (\"\") if it is part of the text");
    }
    const char c = here();
    if (c == '\0') refuse_at(line_, "a NUL byte", kUtf8);
    ++at_;
    if (c == '"') {
      if (ends_here() || here() != '"') break;
      ++at_;
    } else if (c == '\n' || ends_here() || here() != '\n') {
      ++line_;  // "\r\n" counts with its second byte
    }
    buffer_[begin_ + to++] = c;
  }
  if (!ends_here() && here() != separator_ && here() != '\n' && here() != '\r')
    refuse_at(line_,
              "text follows the closing quote of field " + number(places_.size() + 1) + ": " +
                  quote({buffer_.data() + at_, std::min<std::size_t>(end_ - at_, 20)}),
              "a quote within quotes is written twice (\"\")");
  return end_field(field_, to);
}

bool CsvReader::read_field() {
  field_ = at_ - begin_;
  field_line_ = line_;
  return !ends_here() && here() == '"' ? read_quoted() : read_plain();
}

void CsvReader::make_fields() {
  const char* const record = buffer_.data() + begin_;
  for (const auto& [begin, end] : places_) fields_.emplace_back(record + begin, end - begin);
  if (is_ascii({record, at_ - begin_})) return;
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (!is_utf8(fields_[i]))
      refuse("field " + number(i + 1) + " is no UTF-8: " + quote(fields_[i].substr(0, 40)), kUtf8);
}

bool CsvReader::next() {
  fields_.clear();
  places_.clear();
  if (!skip_empty_lines()) return false;
  first_line_ = line_;
  while (read_field()) {
  }
  make_fields();
  if (columns_ && fields_.size() != *columns_)
    refuse(number(fields_.size()) + " fields, " + whose_columns_ + " has " + number(*columns_),
           "every record needs the same number; quotes around a field allow a '" + printable({&separator_, 1}) +
               "' within it");
  return true;
}

}  // namespace percept
