// profile.h - where the time of a step goes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "percept/base/value.h"
#include "percept/graph/plan_report.h"

namespace percept {

class RecipeStep;

struct ProfiledCall {
  PlannedCall call;
  double median_ms = 0;
};

// When a call ran, in microseconds from the first.
struct TracedCall {
  std::size_t call;  // of Profile::calls
  double begin_us = 0, end_us = 0;
};

struct Profile {
  double step_ms = 0;     // median
  double between_ms = 0;  // of a step outside its calls, median
  std::int64_t steps = 0;
  std::vector<ProfiledCall> calls = {};  // in the order in which they run
  std::vector<TracedCall> trace = {};    // of all steps
  std::vector<double> step_begins_us = {}, step_ends_us = {};
};

// Runs three steps that do not count, then `steps` that do. The clock's own cost is about 0.05 us a call.
Profile profile_steps(RecipeStep& step, std::int64_t steps);

Value to_value(const Profile& profile);
// For chrome://tracing and ui.perfetto.dev: steps and, below them, calls named by op, with layer, kernel and shapes.
std::string chrome_trace(const Profile& profile);

}  // namespace percept
