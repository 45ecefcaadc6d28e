// utf8.h - whether bytes out of a file are text.
#pragma once
#include <string_view>

namespace percept {

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
bool is_ascii(std::string_view text);

}  // namespace percept
