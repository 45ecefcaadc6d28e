// csv_test.cpp - CSV: what RFC 4180 says, what files are like, every refusal with its line, limits, and what is written
// comes back.
#include "percept/formats/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <string>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/formats/utf8.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Record = std::vector<std::string>;

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

std::vector<Record> all(CsvReader reader) {
  std::vector<Record> records;
  while (reader.next()) records.emplace_back(reader.fields().begin(), reader.fields().end());
  return records;
}
std::vector<Record> parse(const std::string& text, char separator = 0) {
  return all(CsvReader(bytes(text), "t.csv", separator));
}

// The text of the refusal, which must be an IoError that names the file and a remedy; "" if there was none.
std::string refusal(const std::string& text, char separator = ',') {
  try {
    parse(text, separator);
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("t.csv"));
    EXPECT_NE(error.fix(), "");
    return error.what();
  }
  return "";
}

std::string gz(const std::string& data) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, data.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

TEST(Csv, Rfc4180) {
  EXPECT_EQ(parse("a,b\r\n1,2\r\n"), (std::vector<Record>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(parse("a,b\n1,2"), (std::vector<Record>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(parse("a,b\r1,2\r"), (std::vector<Record>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(parse("\"a,\",\"b\"\"c\",\"\"\n"), (std::vector<Record>{{"a,", "b\"c", ""}}));
  EXPECT_EQ(parse("\"x\r\ny\",\"\n\",\"\r\"\nz,,\n"), (std::vector<Record>{{"x\r\ny", "\n", "\r"}, {"z", "", ""}}));
  EXPECT_EQ(parse("\"\"\"\"\"\",\"a\"\"\""), (std::vector<Record>{{"\"\"", "a\""}}));
}

TEST(Csv, FilesAsTheyAre) {
  EXPECT_TRUE(parse("").empty());
  EXPECT_TRUE(parse("\n\r\n\r\r").empty());
  EXPECT_TRUE(parse("\xef\xbb\xbf").empty());
  EXPECT_EQ(parse("\xef\xbb\xbf\"a\",b\n"), (std::vector<Record>{{"a", "b"}}));
  EXPECT_EQ(parse("a\n\n\nb\n\"\"\n"), (std::vector<Record>{{"a"}, {"b"}, {""}}));  // "" is a field, an empty line none
  EXPECT_EQ(parse(" a , \"b\" ,5\" pipe\n"), (std::vector<Record>{{" a ", " \"b\" ", "5\" pipe"}}));
  EXPECT_EQ(parse("a,\n,"), (std::vector<Record>{{"a", ""}, {"", ""}}));
  EXPECT_EQ(parse("caf\xc3\xa9,\xe4\xb8\xad\n"), (std::vector<Record>{{"caf\xc3\xa9", "\xe4\xb8\xad"}}));
  EXPECT_EQ(parse("a b;c", ' '), (std::vector<Record>{{"a", "b;c"}}));
}

TEST(Csv, TheSeparatorIsGuessed) {
  EXPECT_EQ(guess_separator("a,b;c,d\n"), ',');
  EXPECT_EQ(guess_separator("a;b\nc,d,e,f"), ';');
  EXPECT_EQ(guess_separator("\n\r\na\tb\n"), '\t');
  EXPECT_EQ(guess_separator("a|b|c,d"), '|');
  EXPECT_EQ(guess_separator("\"a;b;\n;;\",c"), ',');
  EXPECT_EQ(guess_separator("1,5;2,5;3,5\n"), ';');
  EXPECT_EQ(guess_separator("5,0,0,255\n"), ',');
  EXPECT_EQ(guess_separator("word"), ',');
  EXPECT_EQ(guess_separator(""), ',');
  EXPECT_EQ(guess_separator("a,b;c"), ',');
  EXPECT_EQ(guess_separator("a, b\tc"), '\t');
  EXPECT_EQ(guess_separator("a, b, c\td"), ',');
  CsvReader reader(bytes("\xef\xbb\xbfx;y\n"), "t.csv");
  EXPECT_EQ(reader.separator(), ';');
  for (const char bad : {'"', '\n', '\r', '\x80'}) EXPECT_THROW(CsvReader(bytes("a"), "t.csv", bad), ValueError);
}

TEST(Csv, LinesAreCounted) {
  CsvReader reader(bytes("a,b\r\n\r\n\"x\r\ny\",\"p\rq\nr\"\rc,d\n\ne,f"), "t.csv");
  std::vector<std::int64_t> lines;
  while (reader.next()) lines.push_back(reader.line());
  EXPECT_THAT(lines, ElementsAre(1, 3, 7, 9));
}

TEST(Csv, RefusalsNameTheLine) {
  EXPECT_THAT(refusal("a\nb,\"c\nd\ne"), HasSubstr("t.csv, line 2: a quote opens field 2 and is never closed"));
  EXPECT_THAT(refusal("\""), HasSubstr("t.csv, line 1: a quote opens field 1"));
  EXPECT_THAT(refusal("\"a\"\""), HasSubstr("line 1: a quote opens field 1"));
  EXPECT_THAT(refusal("a\n\n\"b\nc\"d,e"),
              HasSubstr("t.csv, line 4: text follows the closing quote of field 1: 'd,e'"));
  EXPECT_THAT(refusal("\"a\" ,b"), HasSubstr("text follows the closing quote"));
  EXPECT_THAT(refusal(std::string("a\nb\0c", 5)), HasSubstr("t.csv, line 2: a NUL byte"));
  EXPECT_THAT(refusal(std::string("a\n\"b\n\0c\"", 8)), HasSubstr("t.csv, line 3: a NUL byte"));
  EXPECT_THAT(refusal("a,b\nc,caf\xe9\n"), HasSubstr("t.csv, line 2: field 2 is no UTF-8: 'caf\xe9'"));
  for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe4\xb8", "\x80", "\xff"})
    EXPECT_THAT(refusal(bad), HasSubstr("line 1: field 1 is no UTF-8"));
  EXPECT_THAT(refusal("\xff\xfe"
                      "a"),
              HasSubstr("t.csv: this text is UTF-16"));
  EXPECT_THAT(refusal("PK\3\4..."), HasSubstr("an Excel workbook"));
}

TEST(Csv, ColumnsAreHeldToTheHeader) {
  CsvReader reader(bytes("a,b,c\n1,2,3\n\n4,5\n"), "t.csv");
  ASSERT_TRUE(reader.next());
  reader.expect_columns(reader.fields().size());
  ASSERT_TRUE(reader.next());
  try {
    reader.next();
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.problem(), "t.csv, line 4: 2 fields, the header has 3");
  }
}

TEST(Csv, Limits) {
  const std::string field(kMaxCsvField, 'x'), quotes(2 * kMaxCsvField, '"');
  EXPECT_EQ(parse(field + "\r\n" + field).size(), 2u);
  EXPECT_EQ(parse("\"" + field + "\"")[0][0].size(), kMaxCsvField);
  EXPECT_EQ(parse("\"" + quotes + "\"")[0][0].size(), kMaxCsvField);
  EXPECT_THAT(refusal("a\nb," + field + "x"), HasSubstr("t.csv, line 2: field 2 has more than 1 MiB"));
  EXPECT_THAT(refusal("\"" + field + "x\""), HasSubstr("more than 1 MiB"));
  EXPECT_THAT(refusal("\"" + quotes + "\"\"\""), HasSubstr("more than 1 MiB"));
  EXPECT_THAT(refusal("a\n\"b" + std::string(5 << 20, '\n')), HasSubstr("t.csv, line 2: a field begins there"));
  const std::string columns(kMaxCsvColumns - 1, ',');
  EXPECT_EQ(parse(columns)[0].size(), kMaxCsvColumns);
  EXPECT_THAT(refusal("a\n" + columns + ","), HasSubstr("line 2: more than 1,000,000 fields"));
  std::string wide;
  for (std::size_t i = 0; i < 65; ++i) wide += field + ',';
  EXPECT_THAT(refusal(wide), HasSubstr("the record has more than 67,108,864 bytes"));
}

// Records lie across the ends of blocks at every place.
TEST(Csv, BlocksDoNotShow) {
  const std::string record = "ab,\"c\"\"d\r\n,\",\xc3\xa9\r\n";
  for (std::size_t shift = 0; shift < 2 * record.size(); ++shift) {
    std::string text = std::string(shift, 'x') + "\n";
    while (text.size() < 300'000) text += record;
    const std::vector<Record> records = parse(text, ',');
    ASSERT_GT(records.size(), 10'000u);
    for (std::size_t i = 1; i < records.size(); ++i) ASSERT_EQ(records[i], (Record{"ab", "c\"d\r\n,", "\xc3\xa9"}));
    EXPECT_EQ(parse(gz(text), ','), records);
  }
}

TEST(Csv, FilesAndGzip) {
  const std::filesystem::path folder = testing::TempDir();
  const std::string text = "a,b\n1,2\n", packed = gz(text);
  write_file_atomic(folder / "t.csv", text);
  EXPECT_EQ(all(CsvReader(folder / "t.csv")), parse(text));
  write_file_atomic(folder / "t.csv.gz", packed);
  EXPECT_EQ(all(CsvReader(folder / "t.csv.gz")), parse(text));
  EXPECT_EQ(parse(gz("a,b\n1") + gz(",2\n")), parse(text));
  EXPECT_THAT(refusal(packed.substr(0, packed.size() - 3)), HasSubstr("the gzip data ends too early"));
  EXPECT_THAT(refusal(packed + "more"), HasSubstr("bytes follow the gzip data"));
  EXPECT_THAT(refusal(gz(packed)), HasSubstr("t.csv, line 1: "));
  EXPECT_THROW(CsvReader("no/such.csv"), IoError);
  EXPECT_THROW(CsvReader{Path(folder)}, IoError);
}

TEST(Csv, WhatIsWrittenComesBack) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"a",
                                           "b",
                                           ",",
                                           ";",
                                           "\"",
                                           "\n",
                                           "\r",
                                           "\t",
                                           " ",
                                           "\xc3\xa9",
                                           "\xef\xbb\xbf",
                                           "PK\3\4",
                                           "1.5",
                                           "|",
                                           "'",
                                           "\xf0\x9f\x90\xa3"};
  for (int round = 0; round < 2000; ++round) {
    const char separator = ",;\t|"[random() % 4];
    CsvWriter writer(separator);
    std::vector<Record> records(random() % 4);
    for (Record& record : records) {
      record.resize(1 + random() % 4);
      for (std::string& field : record)
        for (std::size_t i = random() % 5; i > 0; --i) field += pieces[random() % pieces.size()];
      writer.write(record);
    }
    ASSERT_EQ(parse(writer.text(), separator), records) << writer.text();
  }
}

TEST(Csv, QuotesOnlyWhereNeeded) {
  CsvWriter writer;
  writer.write({"a", "b c", "d,e", "f\"g", "h\ni", ""});
  writer.write({""});
  EXPECT_EQ(writer.text(), "a,b c,\"d,e\",\"f\"\"g\",\"h\ni\",\n\"\"\n");
  EXPECT_THROW(writer.write(std::vector<std::string>{}), ValueError);
  EXPECT_THROW(writer.write({"a", std::string_view("\0", 1)}), ValueError);
  EXPECT_THROW(writer.write({"a", "\xff"}), ValueError);
  EXPECT_THROW(writer.write({std::string(kMaxCsvField + 1, 'x')}), ValueError);
  EXPECT_THAT(writer.text(), testing::EndsWith("\n\"\"\n"));  // what was refused left nothing
  EXPECT_THROW(CsvWriter('"'), ValueError);
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "w.csv";
  writer.save(path);
  EXPECT_EQ(all(CsvReader(path)), parse(writer.text(), ','));
}

TEST(Csv, Numbers) {
  for (const auto& [text, value] :
       std::vector<std::pair<const char*, double>>{{"0", 0.0},
                                                   {"255", 255},
                                                   {" 12\t", 12},
                                                   {"+1e-3", 1e-3},
                                                   {"-0.1", -0.1},
                                                   {".5", 0.5},
                                                   {"5.", 5},
                                                   {"-7", -7},
                                                   {"1e308", 1e308},
                                                   {"007", 7},
                                                   {"123456789012345", 123456789012345.},
                                                   {"9007199254740993", 9007199254740992.},
                                                   {"1e-999", 0},
                                                   {"0e999999999999", 0},
                                                   {"5e-324", 5e-324},
                                                   {"inf", INFINITY},
                                                   {"-Infinity", -INFINITY},
                                                   {"0.3", 0.3},
                                                   {"1E5", 1e5},
                                                   {"0.000000000000000000000001e-305", 0}}) {
    const std::optional<double> number = parse_number(text);
    ASSERT_TRUE(number.has_value()) << text;
    EXPECT_EQ(*number, value) << text;
  }
  EXPECT_TRUE(std::signbit(parse_number("-0").value()));
  EXPECT_TRUE(std::signbit(parse_number("-1e-400").value()));
  for (const char* text : {"",
                           " ",
                           "x",
                           "1x",
                           "1 2",
                           "--1",
                           "+-1",
                           "-+1",
                           "++1",
                           "1,5",
                           "0x10",
                           "nan",
                           "-nan",
                           "nan(1)",
                           "e5",
                           "1e",
                           ".",
                           "-",
                           "+",
                           "1e5.5",
                           "\xc2\xa0"
                           "1",
                           "1_000",
                           "infinit"})
    EXPECT_EQ(read_number(text).kind, CsvNumber::Kind::none) << text;
  for (const char* text : {"1e999", "-1e309", "1e99999999999999999999", "179769313486231590000000000000e280"}) {
    EXPECT_EQ(read_number(text).kind, CsvNumber::Kind::too_large) << text;
    EXPECT_EQ(parse_number(text), std::nullopt);
  }
  EXPECT_EQ(read_number(std::string(400, '9')).kind, CsvNumber::Kind::too_large);
  EXPECT_EQ(parse_number("0." + std::string(400, '0') + "1"), 0.0);
}

TEST(Csv, NumbersComeBack) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (std::isnan(value)) continue;
    EXPECT_EQ(parse_number(number(value)), value);
    const auto integer = static_cast<std::int64_t>(random() >> (random() % 64));
    EXPECT_EQ(parse_number(number(integer)), static_cast<double>(integer));
  }
}

TEST(Csv, MissingValues) {
  for (const char* text :
       {"", " ", "?", " ?", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "<NA>", "#N/A N/A"})
    EXPECT_TRUE(is_missing(text)) << text;
  for (const char* text : {"0", "-", "none", "na", "Nan", "NULLs", "a ?"}) EXPECT_FALSE(is_missing(text)) << text;
}

TEST(Csv, RealTables) {
  const char* data = std::getenv("PERCEPT_DATA");
  const std::filesystem::path folder = std::filesystem::path(data ? data : "/nowhere") / "tabular";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "PERCEPT_DATA has no tabular/";
  const auto count = [&](const char* name, std::size_t rows, std::size_t missing) {
    CsvReader table(folder / name);
    ASSERT_TRUE(table.next());
    table.expect_columns(table.fields().size());
    std::size_t found = 0, unknown = 0;
    for (; table.next(); ++found)
      unknown += static_cast<std::size_t>(std::count_if(table.fields().begin(), table.fields().end(), is_missing));
    EXPECT_EQ(found, rows) << name;
    EXPECT_EQ(unknown, missing) << name;
  };
  count("iris.csv", 150, 0);
  count("auto-mpg.csv", 398, 6);
  count("california_housing.csv", 20'640, 207);
}

}  // namespace
}  // namespace percept
