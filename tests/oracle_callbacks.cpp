// oracle_callbacks.cpp - callbacks against Keras's own, fed the same logs (tests/oracle/keras_callbacks.json): when
// they stop, what they restore and save, the learning rates and every message.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "percept/base/log.h"
#include "percept/nn/layers/linear.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizers/sgd.h"
#include "percept/train/callback_record.h"
#include "percept/train/callbacks/learning_rate_scheduler.h"
#include "percept/train/callbacks/model_checkpoint.h"

namespace percept {
namespace {

using Json = nlohmann::json;

const Json& fixtures() {
  static const Json all = [] {
    const char* root = std::getenv("PERCEPT_SOURCE");
    return Json::parse(
        std::ifstream(std::string(root ? root : PERCEPT_SOURCE_DIR) + "/tests/oracle/keras_callbacks.json"));
  }();
  return all;
}

Value value_of(const Json& json) {
  Value table = Value::object();
  for (const auto& [key, one] : json.items()) {
    if (one.is_boolean())
      table.set(key, one.get<bool>());
    else if (one.is_number_integer())
      table.set(key, one.get<std::int64_t>());
    else if (one.is_number())
      table.set(key, one.get<double>());
    else
      table.set(key, one.get<std::string>());
  }
  return table;
}

// What happened, in the fixtures' words.
struct Happened {
  std::int64_t stopped = -1;
  std::vector<double> rates;
  std::vector<std::string> messages, warnings;
  double weights = -1;
};

// A model whose one weight is the epoch that made it.
struct TrainingOf {
  Linear model{{.in_features = 1, .out_features = 1, .bias = false}};
  Optimizer optimizer = SGD{{.learning_rate = 0.5}};

  void set_weight(std::int64_t epoch) { assign(model.weight, full({1, 1}, static_cast<double>(epoch))); }

  Happened operator()(const Callback& callback, const Json& logs, std::int64_t batches) {
    Happened out;
    set_log_sink([&](LogLevel level, std::string_view text) {
      (level == LogLevel::warning ? out.warnings : out.messages).emplace_back(text);
    });
    Progress at{.model = model, .optimizer = &optimizer};
    at.epochs = static_cast<std::int64_t>(logs.size());
    callback.on_train_begin(at);
    for (at.epoch = 0; at.epoch < at.epochs && !at.stop; ++at.epoch) {
      callback.on_epoch_begin(at);
      set_weight(at.epoch);
      at.logs.clear();
      for (const auto& [name, value] : logs[static_cast<std::size_t>(at.epoch)].items())
        if (!name.starts_with("val_")) at.logs[name] = value;
      for (at.step_in_epoch = 1; at.step_in_epoch <= batches; ++at.step_in_epoch) callback.on_step(at);
      for (const auto& [name, value] : logs[static_cast<std::size_t>(at.epoch)].items()) at.logs[name] = value;
      callback.on_epoch_end(at);
      out.rates.push_back(optimizer.learning_rate());
      if (at.stop) out.stopped = at.epoch;
    }
    callback.on_train_end(at);
    set_log_sink({});
    EXPECT_EQ(optimizer.learning_rate(), 0.5) << "the rate from before the run";
    out.weights = model.weight.tensor().item();
    return out;
  }
};

// Up to the list of names: Keras's is in another order.
std::string start_of(const std::string& warning) { return warning.substr(0, warning.find(" Available")); }

void compare(const Happened& got, const Json& wanted) {
  EXPECT_EQ(got.stopped, wanted.at("stopped"));
  EXPECT_EQ(got.rates, wanted.at("rates").get<std::vector<double>>());
  EXPECT_EQ(got.weights, wanted.at("weights"));
  EXPECT_EQ(got.messages, wanted.at("messages").get<std::vector<std::string>>());
  std::vector<std::string> mine, theirs;
  for (const std::string& one : got.warnings) mine.push_back(start_of(one));
  for (const Json& one : wanted.at("warnings")) theirs.push_back(start_of(one));
  EXPECT_EQ(mine, theirs);
}

void compare_all(const char* type) {
  ASSERT_FALSE(fixtures().at(type).empty());
  for (const Json& one : fixtures().at(type)) {
    SCOPED_TRACE(one.at("options").dump());
    const Callback callback = find_callback(type)->make(value_of(one.at("options")), "options", {});
    compare(TrainingOf()(callback, one.at("logs"), 0), one);
  }
}

TEST(KerasCallbacks, EarlyStopping) { compare_all("EarlyStopping"); }
TEST(KerasCallbacks, ReduceLROnPlateau) { compare_all("ReduceLROnPlateau"); }

TEST(KerasCallbacks, ModelCheckpoint) {
  const Json& cases = fixtures().at("ModelCheckpoint");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json& one = cases[i];
    SCOPED_TRACE(one.at("options").dump());
    TrainingOf run;
    std::vector<std::pair<std::string, double>> saved, wanted;
    const auto save = [&](const Path& file) { saved.emplace_back(file.string(), run.model.weight.tensor().item()); };
    const Callback callback =
        find_callback("ModelCheckpoint")->make(value_of(one.at("options")), "options", {"", save});
    compare(run(callback, one.at("logs"), one.at("batches")), one);
    for (const Json& file : one.at("saved")) wanted.emplace_back(file.at(0), file.at(1));
    EXPECT_EQ(saved, wanted);
  }
}

TEST(KerasCallbacks, LearningRateScheduler) {
  const Json& one = fixtures().at("LearningRateScheduler").at(0);
  const LearningRateScheduler halves([](std::int64_t epoch, double rate) { return epoch % 2 == 0 ? rate * 0.5 : rate; },
                                     1);
  compare(TrainingOf()(halves, one.at("logs"), 0), one);
}

}  // namespace
}  // namespace percept
