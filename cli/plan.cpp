// plan.cpp - the verbs plan and profile: what a step will do, and where its time goes.
#include <algorithm>
#include <iostream>
#include <map>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/recipes/machine.h"
#include "percept/recipes/profile.h"
#include "percept/recipes/step.h"
#include "verbs.h"

namespace percept::cli {
namespace {

std::string cell(std::string text, std::size_t width, bool right = false) {
  if (text.size() > width && right) return " " + text;  // a number is never cut
  if (text.size() > width) text = text.substr(0, width - 2) + "..";
  const std::string room(width - text.size(), ' ');
  return right ? room + text : text + room;
}

std::string shape_of(const PlannedCall& call) { return call.results.empty() ? "" : call.results[0].shape; }

// The time of a call whose values come from memory, at the machine's measured best, in milliseconds. Small ones stay in
// the caches and may be faster.
double bound_ms(const PlannedCall& call, const MachineSpeed& machine) {
  return std::max(call.flops / machine.gflops * 1e-6, call.bytes / machine.gib_per_second / (1 << 30) * 1e3);
}

double bound_ms(const PlanReport& plan, const MachineSpeed& machine) {
  double total = 0;
  for (const PlannedCall& call : plan.calls) total += bound_ms(call, machine);
  return total;
}

double mib(double bytes) { return bytes / (1 << 20); }

void print_memory(const PlanMemory& memory) {
  std::cout << "memory: " << fixed(mib(static_cast<double>(memory.states)), 1) << " MiB of weights and slots, "
            << fixed(mib(static_cast<double>(memory.arena)), 1) << " MiB in one arena, "
            << fixed(mib(static_cast<double>(memory.settled)), 1) << " MiB worked out beforehand"
            << (memory.replaced > 0
                    ? " in place of " + fixed(mib(static_cast<double>(memory.replaced)), 1) + " MiB of the weights, "
                    : ", ")
            << fixed(mib(static_cast<double>(memory.results)), 1) << " MiB of results, "
            << fixed(mib(static_cast<double>(memory.kernels)), 1) << " MiB of kernels' code and tables\n";
}

void print_plan(const PlanReport& plan, const MachineSpeed& machine) {
  const double total = bound_ms(plan, machine);
  std::cout << cell("#", 4, true) << "  " << cell("layer", 24) << cell("call", 30) << cell("result", 22)
            << cell("layout", 14) << cell("kernel", 28) << cell("MFLOP", 9, true) << cell("MiB", 9, true)
            << cell("bound", 8, true) << "\n";
  std::int64_t count = 0;
  for (const PlannedCall& call : plan.calls) {
    if (call.kernel.empty()) continue;  // numbers that C++ works out
    const double share = total > 0 ? bound_ms(call, machine) / total * 100 : 0;
    std::cout << cell(number(count++), 4, true) << "  " << cell(call.layer, 23) << " " << cell(call.title(), 29) << " "
              << cell(shape_of(call), 21) << " " << cell(call.results.empty() ? "" : call.results[0].layout, 14)
              << cell(call.kernel, 28) << cell(call.flops > 0 ? fixed(call.flops * 1e-6, 1) : "", 9, true)
              << cell(fixed(mib(call.bytes), 2), 9, true) << cell(fixed(share, 1) + " %", 8, true) << "\n";
  }
  std::cout << "\n"
            << count << " calls, " << fixed(plan.flops() * 1e-9, 3) << " GFLOP, " << fixed(mib(plan.bytes()), 1)
            << " MiB read and written: " << fixed(total, 3) << " ms if nothing stayed in caches, at "
            << fixed(machine.gflops, 0) << " GFLOP/s and " << fixed(machine.gib_per_second, 1)
            << " GiB/s (measured now, " << num_threads() << " threads)\n";
  print_memory(plan.memory);
}

Value plan_value(const BenchItem& item, const std::string& mode, const PlanReport& plan, const MachineSpeed& machine) {
  Value value = Value::object();
  value.set("item", item.recipe.name);
  value.set("mode", mode);
  value.set("precision", enum_name(item.recipe.train.precision));
  value.set("batch_size", item.recipe.train.batch_size);
  value.set("threads", num_threads());
  value.set("machine_gflops", machine.gflops);
  value.set("machine_gib_per_second", machine.gib_per_second);
  value.set("bound_ms", bound_ms(plan, machine));
  const Value parts = to_value(plan);
  for (const auto& [key, part] : parts.as_object()) value.set(key, part);
  Value* calls = value.find("calls");
  for (std::size_t i = 0; i < plan.calls.size(); ++i)
    calls->as_array()[i].set("bound_ms", bound_ms(plan.calls[i], machine));
  return value;
}

// Times of one line of the profile: the same call of the same layer, over all steps.
struct Line {
  PlannedCall call;  // with the sums of FLOPs and bytes
  double ms = 0;
  int count = 0;
};

// Calls of one kind in one layer, the longest first.
std::vector<Line> lines_of(const Profile& profile) {
  std::map<std::string, Line> by_name;
  for (const ProfiledCall& one : profile.calls) {
    Line& line = by_name[one.call.layer + "|" + one.call.title() + "|" + shape_of(one.call) + "|" + one.call.kernel];
    const double flops = line.call.flops + one.call.flops, bytes = line.call.bytes + one.call.bytes;
    line.call = one.call;
    line.call.flops = flops;
    line.call.bytes = bytes;
    line.ms += one.median_ms;
    ++line.count;
  }
  std::vector<Line> lines;
  for (auto& [name, line] : by_name) lines.push_back(std::move(line));
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.ms > b.ms; });
  return lines;
}

void print_profile(const Profile& profile, std::size_t most) {
  const std::vector<Line> lines = lines_of(profile);
  std::cout << cell("ms", 9, true) << cell("share", 8, true) << "  " << cell("layer", 24) << cell("call", 34)
            << cell("result", 22) << cell("kernel", 28) << cell("GFLOP/s", 8, true) << cell("GiB/s", 8, true) << "\n";
  double shown = 0, in_kernels = 0;
  for (const Line& line : lines) in_kernels += line.ms;
  for (std::size_t i = 0; i < lines.size() && i < most; ++i) {
    const auto& [call, ms, count] = lines[i];
    shown += ms;
    const std::string times = count > 1 ? number(static_cast<std::int64_t>(count)) + " x " : "";
    std::cout << cell(fixed(ms, 3), 9, true) << cell(fixed(ms / profile.step_ms * 100, 1) + " %", 8, true) << "  "
              << cell(call.layer, 23) << " " << cell(times + call.title(), 33) << " " << cell(shape_of(call), 21) << " "
              << cell(call.kernel, 28) << cell(call.flops > 0 ? fixed(call.flops / ms * 1e-6, 1) : "", 8, true)
              << cell(fixed(call.bytes / ms * 1e3 / (1 << 30), 1), 8, true) << "\n";
  }
  if (lines.size() > most)
    std::cout << cell(fixed(in_kernels - shown, 3), 9, true) << "          in " << lines.size() - most
              << " further lines (top=N shows more)\n";
  std::cout << "\n"
            << fixed(profile.step_ms, 3) << " ms per step (median of " << profile.steps << "), "
            << fixed(profile.between_ms, 3) << " of it between its " << profile.calls.size() << " calls; "
            << num_threads() << " threads\n";
}

}  // namespace

int plan(Args& args) {
  args.expect_words(1, 1, "percept plan ITEM|RECIPE [batch_size=N]");
  apply_threads(args);
  if (args.has("capture")) throw UsageError("`percept plan` with capture=: a plan is of captured steps", "remove it");
  const std::string mode = args.take("mode", "train"), dot = args.take("dot"), svg = args.take("svg");
  const BenchItem item = find_bench_item(args.words[0], args.rest());
  RecipeStep step(item, mode, true);
  const PlanReport report = step.plan();
  const auto write = [&](const std::string& path, const std::string& text) {
    if (!path.empty()) write_file_atomic(path, text);
  };
  write(dot, to_dot(report));
  write(svg, to_svg(report));
  const MachineSpeed machine = measure_machine();
  if (args.json)
    std::cout << to_json(plan_value(item, mode, report, machine)) << "\n";
  else
    print_plan(report, machine);
  return 0;
}

int profile(Args& args) {
  args.expect_words(1, 1, "percept profile ITEM|RECIPE [steps=20] [trace=FILE.json]");
  apply_threads(args);
  const std::string mode = args.take("mode", "train"), trace = args.take("trace");
  const bool capture = args.take_bool("capture", true);
  const std::int64_t steps = args.take_int("steps", 20, 1, 100'000), top = args.take_int("top", 30, 1, 100'000);
  const BenchItem item = find_bench_item(args.words[0], args.rest());
  RecipeStep step(item, mode, capture);
  const Profile profile = profile_steps(step, steps);
  if (!trace.empty()) write_file_atomic(trace, chrome_trace(profile));
  if (args.json) {
    Value value = to_value(profile);
    value.set("precision", enum_name(item.recipe.train.precision));
    std::cout << to_json(value) << "\n";
  } else {
    print_profile(profile, static_cast<std::size_t>(top));
  }
  return 0;
}

}  // namespace percept::cli
