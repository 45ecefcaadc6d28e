// csv_values.cpp - what the text of a field says: a number, or that there is none.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "percept/formats/csv.h"

namespace percept {
namespace {

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Most fields of most tables: up to 15 digits, each number of which is a double.
bool read_short_integer(std::string_view digits, double& value) {
  if (digits.empty() || digits.size() > 15) return false;
  std::int64_t sum = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return false;
    sum = 10 * sum + (c - '0');
  }
  value = static_cast<double>(sum);
  return true;
}

// A decimal number whose value is no double: whether it is near 0 rather than far away.
bool is_tiny(std::string_view digits) {
  const std::size_t e = std::min(digits.find_first_of("eE"), digits.size());
  std::int64_t exponent = 0;
  if (e < digits.size()) {
    const bool negative = digits[e + 1] == '-';
    for (std::size_t i = e + 1; i < digits.size(); ++i)
      if (is_digit(digits[i])) exponent = std::min<std::int64_t>(10 * exponent + (digits[i] - '0'), 1'000'000'000);
    if (negative) exponent = -exponent;
  }
  const std::string_view mantissa = digits.substr(0, e);
  const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  return point - static_cast<std::int64_t>(first) + exponent < 0;
}

}  // namespace

CsvNumber read_number(std::string_view text) {
  std::string_view digits = without_blanks(text);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  if (!read_short_integer(digits, value)) {
    if (digits.starts_with('-')) return {};  // from_chars would take it
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (stop != end || error == std::errc::invalid_argument || std::isnan(value)) return {};
    if (error == std::errc::result_out_of_range) {
      if (!is_tiny(digits)) return {.kind = CsvNumber::Kind::too_large};
      value = 0;
    }
  }
  return {.kind = CsvNumber::Kind::number, .value = negative ? -value : value};
}

std::optional<double> parse_number(std::string_view text) {
  const CsvNumber number = read_number(text);
  if (number.kind != CsvNumber::Kind::number) return std::nullopt;
  return number.value;
}

bool is_missing(std::string_view text) {
  constexpr std::array<std::string_view, 20> kMissing = {
      "",        "?",    "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND",
      "1.#QNAN", "<NA>", "N/A",  "NA",       "NULL", "NaN",     "None",     "n/a",  "nan",  "null"};
  const std::string_view word = without_blanks(text);
  return word.size() <= 8 && std::find(kMissing.begin(), kMissing.end(), word) != kMissing.end();
}

}  // namespace percept
