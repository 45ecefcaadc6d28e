// text_tokens.cpp - files of text, and text cut into tokens.
#include "percept/data/text_tokens.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/formats/byte_file.h"
#include "percept/formats/utf8.h"

namespace percept {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kBlock = std::size_t{1} << 20;

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // in bytes
};

// Of UTF-8. A byte that begins none stands for itself.
CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 1;
  if (length == 1 || text.size() - at < length) return {first, 1};
  char32_t value = first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fu);
  return {value, length};
}

bool is_blank(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool in_word(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'';
  const auto within = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
  if (c == 0x2019) return true;  // the printer's apostrophe
  return c >= 0xc0 && c != 0xd7 && c != 0xf7 && !within(0x2000, 0x2bff) && !within(0x3000, 0x303f) &&
         !within(0xfe30, 0xfe6f) && !within(0xff00, 0xff0f) && !within(0x1f000, 0x1faff);
}

// The next token of words from `at` on, empty at the end; moves `at` behind it.
std::string_view next_word(std::string_view text, std::size_t& at) {
  std::size_t begin = at;
  for (; at < text.size(); begin = at) {
    const CodePoint c = code_point_at(text, at);
    at += c.length;
    if (is_blank(c.value)) continue;
    if (!in_word(c.value)) break;
    while (at < text.size()) {
      const CodePoint more = code_point_at(text, at);
      if (!in_word(more.value)) break;
      at += more.length;
    }
    break;
  }
  return text.substr(begin, at - begin);
}

}  // namespace

void check_utf8(std::string_view text, const std::string& name) {
  if (is_utf8(text)) return;
  std::int64_t line = 1;
  for (std::size_t at = 0; at <= text.size(); ++line) {  // a line end is never a part of another character
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (!is_utf8(text.substr(at, end - at))) break;
    at = end + 1;
  }
  throw IoError(name + ", line " + number(line) + ": the bytes are no UTF-8",
                "text is read as UTF-8: turn it into that first, e.g. with iconv -f LATIN1 -t UTF-8");
}

std::string read_text(const Path& path) {
  ByteStream stream(ByteFile(path), ByteStream::Unpacks::bounded);
  std::string text;
  for (std::size_t got = kBlock; got == kBlock;) {
    const std::size_t before = text.size();
    text.resize(before + kBlock);
    got = stream.read(reinterpret_cast<std::byte*>(text.data() + before), kBlock);
    text.resize(before + got);
  }
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (text.empty()) throw IoError(path.string() + ": the file holds no text", "name a text file with text in it");
  check_utf8(text, path.string());
  return text;
}

void for_each_token(std::string_view text, TextLevel level, FunctionRef<bool(std::string_view token)> use) {
  for (std::size_t at = 0; at < text.size();) {
    std::string_view token;
    if (level == TextLevel::word) {
      token = next_word(text, at);
      if (token.empty()) return;
    } else {
      token = text.substr(at, code_point_at(text, at).length);
      at += token.size();
    }
    if (!use(token)) return;
  }
}

std::int64_t count_tokens(std::string_view text, TextLevel level) {
  std::int64_t count = 0;
  for_each_token(text, level, [&](std::string_view) {
    ++count;
    return true;
  });
  return count;
}

std::string_view text_before(std::string_view text, TextLevel level, std::int64_t index) {
  std::int64_t at = 0;
  std::string_view before = text;
  for_each_token(text, level, [&](std::string_view token) {
    if (at++ < index) return true;
    before = text.substr(0, static_cast<std::size_t>(token.data() - text.data()));
    return false;
  });
  return before;
}

}  // namespace percept
