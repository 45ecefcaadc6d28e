// oracle_metrics.cpp - metrics against fixtures made by scikit-learn (tests/oracle), in batches of several cuts.
#include "oracle.h"
#include "percept/metrics/metric_record.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

const testing::Fixtures& fixtures() {
  static const testing::Fixtures all("sklearn_metrics");
  return all;
}

// Over the rows of a case in batches of `batch` rows.
double result_of(Metric metric, const std::string& name, std::int64_t batch) {
  const Tensor& output = fixtures().at(name + ".output");
  const Tensor& target = fixtures().at(name + ".target");
  for (std::int64_t first = 0; first < output.size(0); first += batch) {
    const std::int64_t end = std::min(first + batch, output.size(0));
    metric.update(slice(output, 0, first, end), slice(target, 0, first, end));
  }
  return metric.result();
}

// `name` is the fixture's and, for most, the metric's own.
void compare(const std::string& data, const std::string& name, const Value& metric) {
  const MetricDefaults defaults{.from_logits = data == "binary" || data == "rare"};
  const Metric fresh = metric_of(metric, name, defaults);
  const double wanted = fixtures().at(data + "." + name).item(), whole = result_of(fresh, data, 1'000'000);
  EXPECT_NEAR(whole, wanted, 1e-12 * std::abs(wanted) + 1e-300) << data << " " << name;
  for (const std::int64_t batch : {1, 7, 64})
    EXPECT_EQ(result_of(fresh, data, batch), whole) << data << " " << name << ": the same bits in batches of " << batch;
}

Value with(const char* type, const char* option, Value value) {
  Value table = Value::object();
  table.set("type", type);
  table.set(option, std::move(value));
  return table;
}

void compare_scores(const std::string& data, bool two_classes) {
  for (const char* name : {"accuracy", "cohen_kappa", "mcc", "log_loss", "ece", "auc"}) compare(data, name, name);
  compare(data, "pr_auc", with("auc", "curve", "pr"));
  for (const std::string type : {"precision", "recall", "f1"}) {
    for (const std::string average : {"macro", "micro", "weighted"})
      compare(data, type + "_" + average, with(type.c_str(), "average", average));
    if (two_classes) compare(data, type + "_binary", Value(type));
  }
}

TEST(SklearnOracle, TwoClasses) {
  compare_scores("binary", true);
  compare_scores("rare", true);
}

TEST(SklearnOracle, ManyClasses) {
  compare_scores("classes", false);
  compare_scores("ties", false);
  for (const std::int64_t k : {2, 3}) compare("classes", "top_" + std::to_string(k), with("top_k", "k", k));
}

TEST(SklearnOracle, Regression) {
  for (const std::string data : {"regression", "outputs", "large"})
    for (const char* name : {"mse", "mae", "r2"}) compare(data, name, name);
  compare("regression", "rmse", "rmse");
  compare("large", "rmse", "rmse");
}

// Counts are whole numbers: what follows from them by one division is the same double.
TEST(SklearnOracle, CountsAreExact) {
  for (const std::string data : {"binary", "rare", "classes", "ties"}) {
    const MetricDefaults defaults{.from_logits = data == "binary" || data == "rare"};
    EXPECT_EQ(result_of(metric_of("accuracy", "m", defaults), data, 32), fixtures().at(data + ".accuracy").item());
    EXPECT_EQ(result_of(metric_of(with("f1", "average", "micro"), "m", defaults), data, 32),
              fixtures().at(data + ".f1_micro").item());
  }
}

}  // namespace
}  // namespace percept
