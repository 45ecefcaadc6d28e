// explain.cpp - the verbs explain and check-op: what is compiled in, and whether it is right on this machine.
#include <iostream>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/models/architecture.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/losses.h"
#include "percept/ops/check_op.h"
#include "percept/ops/op.h"
#include "percept/optim/optimizer_record.h"
#include "percept/data/augment/augment_record.h"
#include "percept/metrics/metric_record.h"
#include "percept/optim/schedule_record.h"
#include "percept/train/callback_record.h"
#include "percept/train/constraints.h"
#include "percept/train/regularizers.h"
#include "verbs.h"

namespace percept::cli {
namespace {

struct Entry {
  std::string kind, name, doc;
  Value options;  // with their defaults; null for ops
};

std::vector<Entry> entries() {
  std::vector<Entry> all;
  for (const Op* op : all_ops()) all.push_back({"op", std::string(op->name), std::string(op->doc), {}});
  for (const LayerRecord& r : all_layers())
    all.push_back({"layer", std::string(r.type), std::string(r.doc), r.default_options()});
  for (const Loss& loss : all_losses())
    all.push_back({"loss", std::string(loss.name), std::string(loss.doc), loss.default_options()});
  for (const OptimizerRecord& r : all_optimizers())
    all.push_back({"optimizer", std::string(r.type), std::string(r.doc), r.default_options()});
  for (const ScheduleRecord& r : all_schedules())
    all.push_back({"schedule", std::string(r.type), std::string(r.doc), r.default_options()});
  for (const MetricRecord& r : all_metrics())
    all.push_back({"metric", std::string(r.type), std::string(r.doc), r.default_options()});
  for (const AugmentRecord& r : all_augments())
    all.push_back({"augmentation", std::string(r.type), std::string(r.doc), r.default_options()});
  for (const CallbackRecord& r : all_callbacks())
    all.push_back({"callback", std::string(r.type), std::string(r.doc), r.default_options()});
  for (const RegularizerRecord& r : all_regularizers())
    all.push_back({"regularizer", std::string(r.type), std::string(r.doc), r.default_options()});
  for (const ConstraintRecord& r : all_constraints())
    all.push_back({"constraint", std::string(r.type), std::string(r.doc), r.default_options()});
  for (const Architecture& one : all_architectures())
    all.push_back({"architecture", std::string(one.name), std::string(one.doc), {}});
  return all;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// The names under a heading, broken before column 100.
void print_names(const std::string& plural, const Value::Array& names) {
  std::cout << plural << " (" << names.size() << ")\n";
  std::string line = " ";
  for (const Value& name : names) {
    if (line.size() + 1 + name.as_string().size() >= 100) {
      std::cout << line << "\n";
      line = " ";
    }
    line += " " + name.as_string();
  }
  std::cout << line << "\n\n";
}

void print_list(const std::vector<Entry>& all, bool json) {
  Value value = Value::object();
  for (const Entry& entry : all) {
    const std::string plural = entry.kind == "loss" ? "losses" : entry.kind + "s";
    if (value.find(plural) == nullptr) value.set(plural, Value::array());
    value.find(plural)->push_back(entry.name);
  }
  if (json) {
    Value names = Value::object();
    names.set("names", value);
    std::cout << to_json(names) << "\n";
    return;
  }
  for (const auto& [plural, names] : value.as_object()) print_names(plural, names.as_array());
  std::cout << "`percept explain NAME` says more.\n";
}

// -1 stands for a size that is open, or for one that must be given; elsewhere (axes) it is a number as others.
std::string shown(const std::string& key, const Value& value) {
  if (!value.is_int() || value.as_int() != -1) return to_text(value);
  if (key.starts_with("in") || key.starts_with("num_")) return "(from the input)";
  return key.starts_with("out_") ? "(to be given)" : "-1";
}

}  // namespace

int explain(Args& args) {
  args.expect_words(0, 1, "percept explain [NAME]");
  args.finish({});
  const auto all = entries();
  if (args.words.empty()) {
    print_list(all, args.json);
    return 0;
  }
  std::vector<std::string> names;
  bool found = false;
  Value list = Value::array();
  for (const Entry& entry : all) {
    names.push_back(entry.name);
    if (lower(entry.name) != lower(args.words[0])) continue;
    found = true;
    if (!args.json) {
      std::cout << entry.name << " (" << entry.kind << ")\n" << entry.doc << "\n";
      if (!entry.options.is_null()) std::cout << "options:\n";
      for (const auto& [key, value] : entry.options.is_null() ? Value::Object{} : entry.options.as_object())
        std::cout << "  " << key << " = " << shown(key, value) << "\n";
    }
    Value one = Value::object();
    one.set("kind", entry.kind);
    one.set("name", entry.name);
    one.set("doc", entry.doc);
    one.set("options", entry.options);
    list.push_back(one);
  }
  if (!found) {
    const std::string close = nearest(args.words[0], names);
    throw UsageError("nothing is named '" + args.words[0] + "'",
                     (close.empty() ? "`percept explain` lists the names" : "did you mean '" + close + "'?") +
                         std::string(" (other functions, as save or fit, are documented in the headers)"));
  }
  Value value = Value::object();
  value.set("names", list);
  if (args.json) std::cout << to_json(value) << "\n";
  return 0;
}

int check_op(Args& args) {
  args.expect_words(0, 1, "percept check-op [OP]");
  args.finish({});
  std::vector<const Op*> ops = all_ops();
  if (!args.words.empty()) {
    const Op* op = find_op(args.words[0]);
    std::vector<std::string> names;
    for (const Op* known : ops) names.emplace_back(known->name);
    const std::string close = nearest(args.words[0], names);
    if (op == nullptr)
      throw UsageError("unknown op '" + args.words[0] + "'",
                       close.empty() ? "`percept explain` lists the ops" : "did you mean '" + close + "'?");
    ops = {op};
  }
  int failures = 0;
  Value list = Value::array();
  for (const Op* op : ops) {
    const OpCheck check = check_kernels(*op);
    failures += check.failures.empty() ? 0 : 1;
    if (!args.json) {
      std::cout << op->name << std::string(op->name.size() < 26 ? 26 - op->name.size() : 1, ' ') << check.cases
                << " cases, kernels: " << join(check.kernels, ", ") << "\n";
      for (const std::string& failure : check.failures) std::cout << "  FAILED " << failure << "\n";
    }
    Value one = Value::object(), kernels = Value::array(), failed = Value::array();
    for (const std::string& kernel : check.kernels) kernels.push_back(kernel);
    for (const std::string& failure : check.failures) failed.push_back(failure);
    one.set("op", op->name);
    one.set("cases", check.cases);
    one.set("kernels", kernels);
    one.set("failures", failed);
    list.push_back(one);
  }
  Value value = Value::object();
  value.set("names", list);
  if (args.json)
    std::cout << to_json(value) << "\n";
  else
    std::cout << ops.size() << " ops, " << failures << " with failures\n";
  return failures == 0 ? 0 : 1;
}

}  // namespace percept::cli
