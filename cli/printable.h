// printable.h - text of files and recipes on its way to a terminal, which must not obey it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace percept::cli {

// Control characters (C0, DEL, C1) and those that turn the direction of text as "\x1b"; line ends too unless `lines`.
// What is longer than `most` bytes is cut, with "..." and its length.
std::string printable(std::string_view text, std::size_t most = 120, bool lines = false);

}  // namespace percept::cli
