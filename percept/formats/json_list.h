// json_list.h - flat JSON lists out of files, read without a tree: what is no such list ends the reading at once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace percept {

// ["a", "b"] or [1, -2], with at most `most` entries; nothing for any other text (also 1.5, or beyond 64 bits).
std::optional<std::vector<std::string>> json_strings(std::string_view text, std::size_t most);
std::optional<std::vector<std::int64_t>> json_integers(std::string_view text, std::size_t most);

}  // namespace percept
