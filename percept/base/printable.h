// printable.h - text of files and recipes on its way to a message or a terminal, which must not obey it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace percept {

// Control characters (C0, DEL, C1) and those that turn the direction of text as "\x1b"; line ends too unless `lines`.
// What is longer than `most` bytes is cut, with "..." and its length.
std::string printable(std::string_view text, std::size_t most = 120, bool lines = false);

// The same in single quotes, up to 200 bytes: names out of files in messages.
std::string quote(std::string_view text);

}  // namespace percept
