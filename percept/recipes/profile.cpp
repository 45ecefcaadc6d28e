// profile.cpp - where the time of a step goes.
#include "percept/recipes/profile.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/graph/graph.h"
#include "percept/ops/step_observer.h"
#include "percept/recipes/step.h"

namespace percept {
namespace {

std::vector<Spec> specs_of(const std::vector<Tensor>& tensors) {
  std::vector<Spec> specs;
  for (const Tensor& tensor : tensors) specs.push_back(tensor.spec());
  return specs;
}

// Keeps what the calls of the first step are, and when those of all steps ran.
class Watch final : public StepObserver {
 public:
  struct Ran {
    StepClock::time_point begin, end;
  };
  void ran(const Step& step, const Attrs& attrs, const std::string* path, StepClock::time_point begin,
           StepClock::time_point end) override {
    times.push_back({begin, end});
    if (!first) return;
    PlannedCall call = describe(*step.op, attrs, specs_of(step.inputs), specs_of(step.results), step.site, path,
                                 step.prepared->in_front ? &*step.prepared->in_front : nullptr);
    call.kernel = step.prepared->kernel;
    call.epilogue = step.prepared->epilogue;
    call.workspace = step.prepared->workspace_bytes;
    calls.push_back({std::move(call), 0});
  }
  bool first = true;
  std::vector<Ran> times;
  std::vector<ProfiledCall> calls;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace

Profile profile_steps(RecipeStep& step, std::int64_t steps) {
  for (int i = 0; i < 3; ++i) step.run();
  Watch watch;
  Profile profile{.steps = steps};
  std::vector<double> step_ms;
  const StepClock::time_point start = StepClock::now();
  const auto us = [&](StepClock::time_point t) { return std::chrono::duration<double, std::micro>(t - start).count(); };
  for (std::int64_t i = 0; i < steps; ++i) {
    const ObserveSteps scope(watch);
    const StepClock::time_point begin = StepClock::now();
    step.run();
    const StepClock::time_point end = StepClock::now();
    profile.step_begins_us.push_back(us(begin));
    profile.step_ends_us.push_back(us(end));
    step_ms.push_back((us(end) - us(begin)) * 1e-3);
    watch.first = false;
  }
  const std::size_t count = watch.calls.size();
  if (watch.times.size() != count * static_cast<std::size_t>(steps))
    throw ValueError("profile: steps make different numbers of calls: " + std::to_string(count) + " in the first, " +
                         std::to_string(watch.times.size()) + " in all of " + std::to_string(steps),
                     "profile a step that does the same each time");
  for (std::size_t i = 0; i < watch.times.size(); ++i)
    profile.trace.push_back({i % count, us(watch.times[i].begin), us(watch.times[i].end)});
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> ms;
    for (std::size_t i = k; i < profile.trace.size(); i += count)
      ms.push_back((profile.trace[i].end_us - profile.trace[i].begin_us) * 1e-3);
    watch.calls[k].median_ms = median(std::move(ms));
  }
  std::vector<double> between;
  for (std::size_t i = 0; i < step_ms.size(); ++i) {
    double rest = step_ms[i];
    for (std::size_t k = i * count; k < (i + 1) * count; ++k)
      rest -= (profile.trace[k].end_us - profile.trace[k].begin_us) * 1e-3;
    between.push_back(rest);
  }
  profile.between_ms = median(std::move(between));
  profile.calls = std::move(watch.calls);
  profile.step_ms = median(std::move(step_ms));
  return profile;
}

Value to_value(const Profile& profile) {
  Value calls = Value::array();
  for (const ProfiledCall& one : profile.calls) {
    Value call = to_value(PlanReport{.calls = {one.call}, .memory = {}}).find("calls")->as_array()[0];
    call.set("median_ms", one.median_ms);
    calls.push_back(call);
  }
  Value value = Value::object();
  value.set("step_ms", profile.step_ms);
  value.set("between_ms", profile.between_ms);
  value.set("steps", profile.steps);
  value.set("calls", calls);
  return value;
}

std::string chrome_trace(const Profile& profile) {
  Value events = Value::array();
  const auto add = [&](const std::string& name, double begin, double end, Value details) {
    Value event = Value::object();
    event.set("name", name);
    event.set("ph", "X");  // a complete event: begin and duration
    event.set("ts", begin);
    event.set("dur", end - begin);
    event.set("pid", 1);
    event.set("tid", 1);
    if (!details.is_null()) event.set("args", std::move(details));
    events.push_back(event);
  };
  for (std::size_t i = 0; i < profile.step_begins_us.size(); ++i)
    add("step " + std::to_string(i), profile.step_begins_us[i], profile.step_ends_us[i], {});
  for (const TracedCall& traced : profile.trace) {
    const PlannedCall& call = profile.calls[traced.call].call;
    Value details = Value::object();
    details.set("layer", call.layer);
    details.set("kernel", call.kernel);
    details.set("result", call.results.empty() ? "" : call.results[0].shape);
    details.set("site", call.site);
    add(call.title(), traced.begin_us, traced.end_us, std::move(details));
  }
  Value trace = Value::object();
  trace.set("traceEvents", events);
  trace.set("displayTimeUnit", "ms");
  return to_json(trace);
}

}  // namespace percept
