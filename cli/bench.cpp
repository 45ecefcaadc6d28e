// bench.cpp - the verbs bench and doctor.
#include <iostream>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/core/device.h"
#include "percept/ops/check_op.h"
#include "percept/ops/products.h"
#include "percept/recipes/bench.h"
#include "percept/recipes/check_data.h"
#include "percept/version.h"
#include "verbs.h"

namespace percept::cli {

int bench(Args& args) {
  args.expect_words(1, 1, "percept bench ITEM|RECIPE [seconds=3]");
  apply_threads(args);
  BenchOptions options{.mode = args.take("mode", "train")};
  options.capture = args.take_bool("capture", true);
  options.seconds = args.take_number("seconds", 3, 0.01, 3600);
  options.steps = args.take_int("steps", 0, 0, 1'000'000);
  const BenchItem item = find_bench_item(args.words[0], args.rest());
  const BenchResult r = percept::bench(item, options);
  if (args.json) {
    std::cout << to_json(r.to_value()) << "\n";
    return 0;
  }
  std::cout << r.item << ", " << r.mode
            << (r.precision == ProductPrecision::f32 ? "" : ", " + std::string(enum_name(r.precision)))
            << (r.capture ? "" : ", eager") << ": " << fixed(r.median_ms, 3) << " ms per step (p10 "
            << fixed(r.p10_ms, 3) << ", p90 " << fixed(r.p90_ms, 3) << "), " << r.steps << " steps of " << r.batch_size
            << ", " << r.threads << " threads, " << fixed(r.images_per_second, 0) << " images/s, " << fixed(r.gflops, 1)
            << " GFLOP/s\n  peak " << fixed(r.peak_rss_mib, 0) << " MiB";
  if (r.capture)
    std::cout << "; planned " << fixed(r.planned_mib, 1) << " MiB beside weights and inputs, grew by "
              << fixed(r.grown_mib, 1) << "; the plan and its kernels were made in " << fixed(r.plan_ms, 1) << " ms";
  std::cout << "\n  after three steps " << r.system_allocations << " blocks and " << r.system_bytes
            << " bytes asked of the system\n";
  return 0;
}

namespace {

std::string instruction_sets() {
  std::string sets;
  auto add = [&](bool has, const char* name) { sets += has ? (sets.empty() ? "" : " ") + std::string(name) : ""; };
  add(__builtin_cpu_supports("sse4.2"), "sse4.2");
  add(__builtin_cpu_supports("avx2"), "avx2");
  add(__builtin_cpu_supports("fma"), "fma");
  add(__builtin_cpu_supports("avx512f"), "avx512f");
  add(__builtin_cpu_supports("avx512bw"), "avx512bw");
  add(__builtin_cpu_supports("avx512vnni"), "avx512vnni");
  add(__builtin_cpu_supports("avx512bf16"), "avx512bf16");
  return sets;
}

// Those that a recipe's `precision` may name here.
std::vector<std::string_view> precisions() {
  std::vector<std::string_view> names;
  for (const auto& [precision, name] : enum_names(ProductPrecision{}))
    if (precision != ProductPrecision::bf16 || has_bf16_products()) names.push_back(name);
  return names;
}

}  // namespace

int doctor(Args& args) {
  args.expect_words(0, 1, "percept doctor [DATA [key=value]...]");
  if (!args.words.empty()) return print_findings(args, check_data(args.words[0], args.rest()));
  args.finish({});
  Value findings = Value::object(), kernels = Value::object(), names = Value::array(), usable = Value::array();
  for (std::string_view name : backends()) names.push_back(name);
  for (std::string_view name : precisions()) usable.push_back(name);
  findings.set("version", kVersion);
  findings.set("device", "cpu");
  findings.set("threads", num_threads());
  findings.set("instruction_sets", instruction_sets());
  findings.set("precisions", usable);
  findings.set("backends", names);
  for (const Op* op : all_ops()) {
    const OpCheck served = kernels_serving(*op);
    Value list = Value::array();
    for (const std::string& kernel : served.kernels) list.push_back(kernel);
    kernels.set(op->name, list);
  }
  findings.set("kernels", kernels);
  Value value = Value::object();
  value.set("findings", findings);
  if (args.json) {
    std::cout << to_json(value) << "\n";
    return 0;
  }
  std::cout << "percept " << kVersion << "\ndevice            cpu, " << num_threads() << " threads\ninstruction sets  "
            << instruction_sets() << "\nprecisions        ";
  for (std::string_view name : precisions()) std::cout << name << " ";
  std::cout << "\nbackends          ";
  for (std::string_view name : backends()) std::cout << name << " ";
  if (backends().size() < 2) std::cout << "(oneDNN is off: convolutions and products run on our own, slower kernels)";
  std::cout << "\n\nkernels by op (f32):\n";
  for (const auto& [op, list] : kernels.as_object()) {
    std::cout << "  " << op << std::string(op.size() < 26 ? 26 - op.size() : 1, ' ');
    for (const Value& kernel : list.as_array()) std::cout << kernel.as_string() << " ";
    std::cout << "\n";
  }
  return 0;
}

}  // namespace percept::cli
