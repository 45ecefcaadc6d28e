// printable.cpp - text of files and recipes on its way to a message or a terminal, which must not obey it.
#include "percept/base/printable.h"

#include <algorithm>

namespace percept {
namespace {

// The bytes of the character at the front that a terminal would obey; 0 for any other.
std::size_t obeyed(std::string_view text, bool lines) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0), second = byte(1), third = byte(2);
  if (first == '\n' && lines) return 0;
  if (first < 0x20 || first == 0x7f) return 1;
  if (first == 0xc2 && second >= 0x80 && second < 0xa0) return 2;  // U+0080 to U+009F
  if (first == 0xd8 && second == 0x9c) return 2;                   // U+061C
  // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069
  if (first == 0xe2 && second == 0x80 && (third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae))) return 3;
  if (first == 0xe2 && second == 0x81 && third >= 0xa6 && third <= 0xa9) return 3;
  return 0;
}

}  // namespace

std::string printable(std::string_view text, std::size_t most, bool lines) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  std::size_t end = std::min(text.size(), most);
  const auto continues = [&](std::size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
  };
  for (int back = 0; back < 3 && end > 0 && continues(end); ++back) --end;  // no half of a character
  for (std::size_t i = 0; i < end;) {
    const std::size_t bytes = obeyed(text.substr(i), lines);
    if (bytes == 0) {
      out += text[i++];
      continue;
    }
    for (const std::size_t stop = i + bytes; i < stop; ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      out += {'\\', 'x', kDigits[c >> 4], kDigits[c & 15]};
    }
  }
  return text.size() > most ? out + "... (" + std::to_string(text.size()) + " bytes)" : out;
}

std::string quote(std::string_view text) { return "'" + printable(text, 200) + "'"; }

}  // namespace percept
