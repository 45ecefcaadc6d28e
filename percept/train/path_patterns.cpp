// path_patterns.cpp - finding parameters and layers by patterns of their paths.
#include "percept/train/path_patterns.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/optim/param_groups.h"

namespace percept {
namespace {

[[noreturn]] void refuse(std::string_view who, const char* what, const PathPatterns& paths,
                         const std::vector<std::string>& known) {
  constexpr std::size_t kShown = 8;
  const std::vector<std::string> some(known.begin(),
                                      known.begin() + static_cast<std::ptrdiff_t>(std::min(known.size(), kShown)));
  throw ValueError(std::string(who) + ": no " + what + " matches " + join(paths.patterns),
                   "patterns match whole paths, '*' any characters; the paths are " + join(some) +
                       (known.size() > kShown ? ", ..." : ""));
}

}  // namespace

bool PathPatterns::match(std::string_view path) const {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_path(pattern, path); });
}

Value to_value(const PathPatterns& paths) {
  if (paths.patterns.size() == 1) return paths.patterns[0];
  return to_value(paths.patterns);
}

void from_value(const Value& value, PathPatterns& out, std::string_view context) {
  if (value.is_string())
    out.patterns = {value.as_string()};
  else
    from_value(value, out.patterns, context);
}

std::vector<State*> parameters_at(ModuleRef model, const PathPatterns& paths, std::string_view who) {
  std::vector<State*> found;
  std::vector<std::string> known;
  for (State* parameter : parameters(model)) {
    if (paths.match(parameter->path())) found.push_back(parameter);
    known.push_back(parameter->path());
  }
  if (found.empty()) refuse(who, "trained parameter", paths, known);
  return found;
}

std::vector<ModuleRef> layers_at(ModuleRef model, const PathPatterns& paths, std::string_view who) {
  std::vector<ModuleRef> found;
  std::vector<std::string> known;
  for (const NamedModule& named : modules(model)) {
    if (paths.match(named.path)) found.push_back(named.module);
    known.push_back(named.path);
  }
  if (found.empty()) refuse(who, "layer", paths, known);
  return found;
}

}  // namespace percept
