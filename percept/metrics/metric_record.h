// metric_record.h - every metric by name, for recipes and `percept explain`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/options.h"
#include "percept/metrics/metric.h"

namespace percept {

struct MetricRecord {
  std::string_view type;  // "top_k"
  std::string_view doc;   // formula, what it takes, source
  Value (*default_options)() = nullptr;
  // From the options given, the others at their defaults; a member `type` is passed over. UsageError with `context` and
  // the nearest known name for an unknown option, ValueError for a bad value.
  Metric (*make)(const Value& options, std::string_view context) = nullptr;
  std::vector<std::string> (*option_names)() = nullptr;
};

// The options object without its member `type`, which names the record.
Value metric_options(const Value& table);

template <class M>
MetricRecord metric_record(std::string_view type, std::string_view doc) {
  return {type, doc, [] { return to_value(typename M::Options{}); },
          [](const Value& options, std::string_view context) {
            typename M::Options out{};
            from_value(metric_options(options), out, context);
            return Metric(M(out));
          },
          [] {
            std::vector<std::string> names;
            for (std::string_view name : field_names<typename M::Options>()) names.emplace_back(name);
            return names;
          }};
}

const std::vector<MetricRecord>& all_metrics();          // by name
const MetricRecord* find_metric(std::string_view type);  // null when there is none

// What a table leaves out and the recipe knows elsewhere; these are the metrics' own defaults.
struct MetricDefaults {
  bool from_logits = true;  // the loss: false behind a sigmoid or softmax, as for BCELoss
  double scale = 1;         // the data: TableTarget::std where the target is a standardised number
};

// What a recipe's entry describes: { type = "top_k", k = 5 }; a word is a type without options. UsageError with
// `context` for anything else, an unknown type (with the nearest known one) or option.
Metric metric_of(const Value& word_or_table, std::string_view context, const MetricDefaults& defaults = {});
// The same as a table with every option written out, for a recipe as it was run.
Value resolved_metric(const Value& word_or_table, std::string_view context, const MetricDefaults& defaults = {});
// The metrics of a list. UsageError also for two of one name, whose results could not be told apart.
std::vector<Metric> metrics_of(const std::vector<Value>& list, std::string_view context,
                               const MetricDefaults& defaults = {});

}  // namespace percept
