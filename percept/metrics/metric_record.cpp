// metric_record.cpp - the list of metrics: each file of the room that has some names them in a function of its own.
#include "percept/metrics/metric_record.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {

std::vector<MetricRecord> metrics_accuracy();
std::vector<MetricRecord> metrics_agreement();
std::vector<MetricRecord> metrics_auc();
std::vector<MetricRecord> metrics_calibration();
std::vector<MetricRecord> metrics_log_loss();
std::vector<MetricRecord> metrics_precision_recall();
std::vector<MetricRecord> metrics_regression();
std::vector<MetricRecord> metrics_top_k();

namespace {

struct Entry {
  const MetricRecord* record;
  Value options;  // as given, with what the defaults add
};

Entry entry_of(const Value& given, std::string_view context, const MetricDefaults& defaults) {
  std::vector<std::string> names;
  for (const MetricRecord& record : all_metrics()) names.emplace_back(record.type);
  const Value* type = given.is_string() ? &given : given.find("type");
  if (type == nullptr || !type->is_string())
    throw UsageError(std::string(context) + " is no metric: " + to_text(given),
                     "write a name or { type = \"...\" } with one of: " + join(names, ", "));
  const MetricRecord* record = find_metric(type->as_string());
  if (record == nullptr) {
    const std::string close = nearest(type->as_string(), names);
    throw UsageError("unknown metric '" + type->as_string() + "' in " + std::string(context),
                     (close.empty() ? "" : "did you mean '" + close + "'? ") + "known: " + join(names, ", "));
  }
  Value options = given.is_string() ? Value::object() : metric_options(given);
  const std::vector<std::string> known = record->option_names();
  const auto take = [&](std::string_view option, const Value& value) {
    if (options.find(option) == nullptr && std::count(known.begin(), known.end(), option) > 0)
      options.set(option, value);
  };
  take("from_logits", defaults.from_logits);
  take("scale", defaults.scale);
  return {record, std::move(options)};
}

}  // namespace

Value metric_options(const Value& table) {
  Value options = Value::object();
  for (const auto& [key, value] : table.as_object())
    if (key != "type") options.as_object().emplace_back(key, value);
  return options;
}

const std::vector<MetricRecord>& all_metrics() {
  static const std::vector<MetricRecord> all = [] {
    std::vector<MetricRecord> joined;
    for (const auto list : {metrics_accuracy, metrics_agreement, metrics_auc, metrics_calibration, metrics_log_loss,
                            metrics_precision_recall, metrics_regression, metrics_top_k})
      for (const MetricRecord& record : list()) joined.push_back(record);
    std::sort(joined.begin(), joined.end(),
              [](const MetricRecord& a, const MetricRecord& b) { return a.type < b.type; });
    return joined;
  }();
  return all;
}

const MetricRecord* find_metric(std::string_view type) {
  for (const MetricRecord& record : all_metrics())
    if (record.type == type) return &record;
  return nullptr;
}

Metric metric_of(const Value& word_or_table, std::string_view context, const MetricDefaults& defaults) {
  const Entry entry = entry_of(word_or_table, context, defaults);
  return entry.record->make(entry.options, context);
}

Value resolved_metric(const Value& word_or_table, std::string_view context, const MetricDefaults& defaults) {
  const Entry entry = entry_of(word_or_table, context, defaults);
  entry.record->make(entry.options, context);  // refuses what is wrong
  Value table = Value::object();
  table.set("type", entry.record->type);
  const Value usual = entry.record->default_options();
  for (const auto& [key, value] : usual.as_object()) {
    const Value* given = entry.options.find(key);
    table.set(key, given != nullptr ? *given : value);
  }
  return table;
}

std::vector<Metric> metrics_of(const std::vector<Value>& list, std::string_view context,
                               const MetricDefaults& defaults) {
  std::vector<Metric> metrics;
  std::vector<std::string> names;
  for (const Value& item : list) {
    metrics.push_back(metric_of(item, options_detail::inside(context, metrics.size()), defaults));
    names.push_back(metrics.back().name());
    if (std::count(names.begin(), names.end(), names.back()) > 1)
      throw UsageError(std::string(context) + " has two metrics called " + names.back(), "leave one of them out");
  }
  return metrics;
}

}  // namespace percept
