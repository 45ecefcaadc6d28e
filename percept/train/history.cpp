// history.cpp - lookup by name.
#include "percept/train/history.h"

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {

const std::vector<double>& History::at(const std::string& name) const {
  const auto found = metrics.find(name);
  if (found != metrics.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, values] : metrics) names.push_back(known);
  const std::string guess = nearest(name, names);
  throw UsageError("History: no metric is called \"" + name + "\"",
                   (guess.empty() ? "" : "did you mean " + guess + "? ") + "recorded: " + join(names));
}

double History::last(const std::string& name) const { return at(name).back(); }

}  // namespace percept
