// metric_record_test.cpp - metrics by name: words, tables, defaults that a loss knows, refusals.
#include "percept/metrics/metric_record.h"

#include <gtest/gtest.h>

#include <set>

#include "percept/base/error.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

Value table(std::string_view type, std::vector<std::pair<std::string, Value>> options = {}) {
  Value made = Value::object();
  made.set("type", type);
  for (auto& [key, value] : options) made.set(key, std::move(value));
  return made;
}

std::string refusal(const Value& given) {
  try {
    metric_of(given, "train.metrics[0]");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(MetricRecord, EveryMetricIsComplete) {
  std::set<std::string_view> names;
  for (const MetricRecord& record : all_metrics()) {
    EXPECT_TRUE(names.insert(record.type).second) << record.type;
    EXPECT_FALSE(record.doc.empty()) << record.type;
    EXPECT_EQ(find_metric(record.type), &record);
    const Metric metric = metric_of(record.type, "test");
    EXPECT_TRUE(metric.higher_is_better().has_value()) << record.type;
    EXPECT_NE(metric.result(), metric.result()) << record.type << " is NaN before the first batch";
    const Value defaults = record.default_options();
    EXPECT_EQ(defaults.as_object().size(), record.option_names().size()) << record.type;
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"accuracy", "auc", "binary_accuracy", "cohen_kappa", "ece", "f1",
                                               "log_loss", "mae", "mcc", "mse", "perplexity", "precision", "r2",
                                               "recall", "rmse", "top_k"}));
  EXPECT_EQ(find_metric("nothing"), nullptr);
}

TEST(MetricRecord, ReadsWordsAndTables) {
  EXPECT_EQ(metric_of("accuracy", "m").name(), "accuracy");
  EXPECT_EQ(metric_of(table("top_k", {{"k", 3}}), "m").name(), "top_3");
  EXPECT_EQ(metric_of(table("f1", {{"average", "weighted"}}), "m").name(), "f1_weighted");
  EXPECT_EQ(metric_of(table("auc", {{"curve", "pr"}}), "m").name(), "pr_auc");
}

TEST(MetricRecord, TakesFromTheLossWhetherOutputsAreLogits) {
  const Tensor output = tensor({0.4, 0.6}), target = tensor({0, 1});
  const auto result = [&](const Value& given, bool from_logits) {
    Metric metric = metric_of(given, "m", {.from_logits = from_logits});
    metric.update(output, target);
    return metric.result();
  };
  EXPECT_EQ(result("accuracy", true), 0.5);
  EXPECT_EQ(result("accuracy", false), 1);
  EXPECT_EQ(result(table("accuracy", {{"from_logits", true}}), false), 0.5) << "what is written wins";
  EXPECT_NO_THROW(metric_of("mse", "m", {.from_logits = false}));
}

TEST(MetricRecord, TakesFromTheDataWhatOneIs) {
  Metric metric = metric_of("mae", "m", {.scale = 10});
  metric.update(tensor({1.}), tensor({3.}));
  EXPECT_EQ(metric.result(), 20);
  EXPECT_EQ(to_json(resolved_metric("rmse", "m", {.scale = 2.5})), R"({"type": "rmse", "scale": 2.5})");
}

TEST(MetricRecord, WritesEveryOptionOut) {
  EXPECT_EQ(to_json(resolved_metric("top_k", "m")), R"({"type": "top_k", "k": 5})");
  EXPECT_EQ(to_json(resolved_metric(table("f1", {{"average", "macro"}}), "m", {.from_logits = false})),
            R"({"type": "f1", "average": "macro", "threshold": 0.5, "from_logits": false})");
  EXPECT_EQ(to_json(resolved_metric("r2", "m")), R"({"type": "r2"})");
  EXPECT_THROW(resolved_metric(table("top_k", {{"k", 0}}), "m"), ValueError);
}

TEST(MetricRecord, RefusesWithTheNearestName) {
  EXPECT_NE(refusal("acuracy").find("unknown metric 'acuracy' in train.metrics[0]\n  fix: did you mean 'accuracy'?"),
            std::string::npos);
  EXPECT_NE(refusal(5).find("train.metrics[0] is no metric: 5"), std::string::npos);
  EXPECT_NE(refusal(Value::object()).find("is no metric"), std::string::npos);
  EXPECT_NE(refusal(table("top_k", {{"kk", 3}})).find("kk"), std::string::npos);
  EXPECT_NE(refusal(table("f1", {{"average", "makro"}})).find("macro"), std::string::npos);
  EXPECT_NE(refusal(table("mse", {{"k", 3}})), "");
}

TEST(MetricRecord, RefusesTwoOfOneName) {
  EXPECT_EQ(metrics_of({"accuracy", table("top_k", {{"k", 1}}), "top_k"}, "m").size(), 3u);
  EXPECT_THROW(metrics_of({"accuracy", "accuracy"}, "m"), UsageError);
}

}  // namespace
}  // namespace percept
