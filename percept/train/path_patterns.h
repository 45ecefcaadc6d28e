// path_patterns.h - which parameters or layers something is meant for, by patterns of their paths.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/value.h"
#include "percept/nn/module.h"

namespace percept {

// "*.weight", or a list: {"layers.0.weight", "head.*"}. Patterns match whole paths, '*' any characters, dots too. In
// recipes text or a list of texts.
struct PathPatterns {
  PathPatterns() = default;
  PathPatterns(const char* pattern) : patterns{pattern} {}                  // NOLINT: implicit on purpose
  PathPatterns(std::string pattern) : patterns{std::move(pattern)} {}       // NOLINT
  PathPatterns(std::initializer_list<std::string> all) : patterns(all) {}   // NOLINT
  PathPatterns(std::vector<std::string> all) : patterns(std::move(all)) {}  // NOLINT
  bool empty() const { return patterns.empty(); }
  bool match(std::string_view path) const;
  std::vector<std::string> patterns;
};
Value to_value(const PathPatterns& paths);
void from_value(const Value& value, PathPatterns& out, std::string_view context);

// Those of the model's trained parameters whose paths match, in its order. ValueError, `who` first, where none does.
std::vector<State*> parameters_at(ModuleRef model, const PathPatterns& paths, std::string_view who);
// Likewise the layers and blocks. ValueError for none.
std::vector<ModuleRef> layers_at(ModuleRef model, const PathPatterns& paths, std::string_view who);

}  // namespace percept
