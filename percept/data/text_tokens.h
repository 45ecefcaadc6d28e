// text_tokens.h - raw text: files of it, and what its tokens are.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "percept/base/enum_names.h"
#include "percept/base/function_ref.h"
#include "percept/base/path.h"

namespace percept {

// character: every Unicode code point is a token, blanks and line ends too. Text is taken as it is: an "e" with an
// accent of its own (U+0065 U+0301) is two tokens, the composed letter (U+00E9) one; bring text into normal form (NFC)
// beforehand where that matters.
// word: a run of letters, digits and apostrophes (' and U+2019) is a token, every other character that is no blank is
// one by itself, and blanks only part them: "A dog's bark." is "A", "dog's", "bark", ".". Letters are those of ASCII
// and, without tables of Unicode, all code points from U+00C0 on but the multiplication and division signs, the blocks
// of punctuation and symbols (U+2000..U+2BFF, U+3000..U+303F, U+FE30..U+FE6F, U+FF00..U+FF0F) and U+1F000..U+1FAFF.
// Text of scripts without blanks between words (Chinese, Japanese, Thai) is better read by characters.
enum class TextLevel { character, word };
constexpr auto enum_names(TextLevel) {
  return std::to_array<EnumName<TextLevel>>({{TextLevel::character, "character"}, {TextLevel::word, "word"}});
}

// The text of a file, plain or gzipped; a byte order mark is left out, line ends stay as they are. IoError for a file
// that is empty, for one that is no UTF-8, with the line, and for a gzipped one beyond most_unpacked.
std::string read_text(const Path& path);
// IoError "NAME, line 3: ..." unless the text is UTF-8 (RFC 3629).
void check_utf8(std::string_view text, const std::string& name);

// Each token in order, a part of `text`, until `use` returns false. What is no UTF-8 gives tokens too, never an access
// outside the text.
void for_each_token(std::string_view text, TextLevel level, FunctionRef<bool(std::string_view token)> use);
std::int64_t count_tokens(std::string_view text, TextLevel level);
// The text before token `index`, counted from 0, with the blanks before it; all of it where there are fewer tokens.
std::string_view text_before(std::string_view text, TextLevel level, std::int64_t index);

}  // namespace percept
