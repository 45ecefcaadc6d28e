// toml.h - TOML text to a tree of values and back, with the line of every key for messages.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/value.h"

namespace percept {

struct TomlDocument {
  Value tree;
  // Paths as options.h writes them ("train.epochs", "model.layers[2].type") with their lines, in the order of the text.
  std::vector<std::pair<std::string, int>> lines;
  int line_of(std::string_view path) const;  // 0 when there is none
};

// UsageError with `name`, line and column for text that is no TOML; dates and times are refused.
TomlDocument parse_toml(std::string_view text, std::string_view name);

// "# text": a comment on a line of its own, whatever the text holds; control characters and bytes that are no UTF-8 are
// written as "\x0a".
std::string toml_comment(std::string_view text);

// Tables of the top level become [sections], everything deeper stays inline; long arrays are broken into lines.
std::string to_toml(const Value& tree);

}  // namespace percept
