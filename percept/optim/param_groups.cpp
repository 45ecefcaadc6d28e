// param_groups.cpp - which parameter belongs to which group.
#include "percept/optim/param_groups.h"

#include <algorithm>
#include <cmath>

#include "percept/ops/ops.h"
#include "percept/ops/updates.h"

namespace percept {

bool matches_path(std::string_view pattern, std::string_view path) {
  // Greedy with one way back: to the last '*', which then takes one character more.
  std::size_t p = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == path[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool ParamGroups::Group::holds(const State& parameter) const {
  return std::find(ids.begin(), ids.end(), parameter.id()) != ids.end() ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_path(pattern, parameter.path()); });
}

void ParamGroups::add(std::vector<std::string> patterns, std::vector<std::uint64_t> ids) {
  groups_.push_back({std::move(patterns), std::move(ids)});
  known_.clear();
  checked_ = false;
}

int ParamGroups::of(const State& parameter) const {
  const auto [at, fresh] = known_.try_emplace(parameter.id(), -1);
  for (std::size_t i = 0; fresh && i < groups_.size() && at->second < 0; ++i)
    if (groups_[i].holds(parameter)) at->second = static_cast<int>(i);
  return at->second;
}

void ParamGroups::check_all_met(std::string_view who, const std::vector<State*>& parameters) {
  if (checked_) return;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    // A list names its parameters surely; those that are frozen now may be met later.
    if (group.patterns.empty() ||
        std::any_of(parameters.begin(), parameters.end(), [&](const State* one) { return group.holds(*one); }))
      continue;
    std::vector<std::string> paths;
    for (std::size_t k = 0; k < parameters.size() && k < 8; ++k) paths.push_back(parameters[k]->path());
    throw ValueError(
        std::string(who) + ": no parameter belongs to group " + number(i) + " (" + join(group.patterns, ", ") + ")",
        "patterns match whole paths, '*' any characters; the paths are " + join(paths, ", ") +
            (parameters.size() > 8 ? ", ..." : "") +
            "; frozen parameters are not among them: give those as a list, taken before they are frozen");
  }
  checked_ = true;
}

Value group_overrides(const GroupOptions& group) {
  Value all = group.options.is_null() ? Value::object() : group.options;
  if (all.find("learning_rate") != nullptr)
    throw ValueError("group: learning_rate is among the other options", "give it as the group's own learning_rate");
  if (group.weight_decay) all.set("weight_decay", *group.weight_decay);
  return all;
}

double group_scale(std::string_view who, const GroupOptions& group, double learning_rate) {
  const std::string name = std::string(who) + ".group";
  check_not_negative(name, "learning_rate_scale", group.learning_rate_scale);
  if (!group.learning_rate) return group.learning_rate_scale;
  check_learning_rate(name, *group.learning_rate);
  check_number(name, "learning_rate_scale beside learning_rate", group.learning_rate_scale,
               group.learning_rate_scale == 1, "give one of both");
  if (*group.learning_rate == learning_rate) return 1;
  check_number(name, "the optimizer's own learning_rate", learning_rate, learning_rate > 0,
               "a group's rate is kept in proportion to it: give one above 0");
  return *group.learning_rate / learning_rate;
}

void decay(State& parameter, std::function<double()> share) {
  decay_update(parameter, scalar_for(parameter, [share = std::move(share)] { return 1 - share(); }));
}

Tensor negated(const Tensor& grad) { return -grad; }

}  // namespace percept
