// callbacks_test.cpp - callbacks in real trainings, eager and captured: what they leave behind. Their decisions are
// compared with Keras's in tests/oracle_callbacks.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "percept/base/error.h"
#include "percept/base/log.h"
#include "percept/io/save.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/optim/schedules/cosine.h"
#include "percept/train/_fit_test.h"
#include "percept/train/callback_record.h"
#include "percept/train/callbacks/early_stopping.h"
#include "percept/train/callbacks/ema_weights.h"
#include "percept/train/callbacks/learning_rate_scheduler.h"
#include "percept/train/callbacks/model_checkpoint.h"
#include "percept/train/callbacks/reduce_lr_on_plateau.h"
#include "percept/train/callbacks/terminate_on_nan.h"
#include "percept/train/csv_logger.h"
#include "percept/train/trainer.h"

namespace percept {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace fit_test;

// Everything said while it lives.
struct Heard {
  std::vector<std::string> lines;
  Heard() {
    set_log_sink([this](LogLevel, std::string_view text) { lines.emplace_back(text); });
  }
  ~Heard() { set_log_sink({}); }
};

Sequential with_statistics() {
  seed(1);
  return Sequential{Linear{{.in_features = 2, .out_features = 16}}, BatchNorm1d{{.num_features = 16}}, ReLU{},
                    Linear{{.in_features = 16, .out_features = 4}}};
}

// The best of 6 epochs at a rate that jumps about comes back: parameters and running statistics.
TEST(EarlyStopping, RestoresTheBestEpochAlsoOfPlans) {
  std::vector<std::vector<float>> found;
  for (const bool capture : {false, true}) {
    Sequential model = with_statistics();
    std::vector<std::vector<float>> of_epochs;
    FitOptions options = usual();
    options.epochs = 6;
    options.optimizer = SGD{{.learning_rate = 3}};
    options.capture = capture;
    options.validation = quadrants(60);
    options.callbacks = {EarlyStopping{{.patience = 100, .restore_best_weights = true}},
                         LambdaCallback{.on_epoch_end = [&](Progress&) { of_epochs.push_back(weights(model)); }}};
    const History history = fit(model, quadrants(160), options);
    const std::vector<double>& losses = history.at("val_loss");
    const auto best = static_cast<std::size_t>(std::min_element(losses.begin(), losses.end()) - losses.begin());
    EXPECT_NE(best, 5u) << "the case shows nothing";
    EXPECT_EQ(weights(model), of_epochs.at(best));
    EXPECT_EQ(history.restored_epoch, static_cast<std::int64_t>(best) + 1);
    EXPECT_EQ(history.stopped, "");
    EXPECT_EQ(evaluate(model, quadrants(60), {.loss = CrossEntropyLoss{}}).at("loss"), losses[best]);
    found.push_back(weights(model));
  }
  EXPECT_EQ(found[0], found[1]);
}

TEST(History, SaysWhoEndedTheRun) {
  const auto run = [](Callback callback) {
    Sequential model = small_model();
    FitOptions options = usual();
    options.epochs = 6;
    options.callbacks = {std::move(callback)};
    return fit(model, quadrants(160), options);
  };
  const History early = run(EarlyStopping{{.monitor = "loss", .min_delta = 1e9, .patience = 2}});
  EXPECT_EQ(early.stopped, "EarlyStopping after epoch 3");
  EXPECT_EQ(early.epochs, 3);
  EXPECT_EQ(early.restored_epoch, 0);
  EXPECT_EQ(run(EarlyStopping{{.monitor = "loss", .min_delta = 1e9, .patience = 2, .restore_best_weights = true}})
                .restored_epoch,
            1);
  EXPECT_EQ(run(LambdaCallback{.on_step = [](Progress& at) { at.stop = at.step == 4; }}).stopped,
            "a callback after step 4");
  EXPECT_EQ(run(LambdaCallback{.on_step =
                                   [](Progress& at) {
                                     at.stop = at.step == 4;
                                     at.stopped_by = at.stop ? "the test" : "";
                                   }})
                .stopped,
            "the test");
  EXPECT_EQ(run(LambdaCallback{}).stopped, "");
}

TEST(EarlyStopping, AsksForTheModeOfAnUnknownMetric) {
  Sequential model = small_model();
  FitOptions options = usual();
  options.callbacks = {EarlyStopping{{.monitor = "val_charm"}}};
  try {
    fit(model, quadrants(64), options);
    ADD_FAILURE() << "was not refused";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("EarlyStopping: whether val_charm should go up or down is not known"),
                                    HasSubstr("mode = \"max\"")));
  }
  EXPECT_THROW(EarlyStopping({.patience = -1}), ValueError);
  EXPECT_THROW(EarlyStopping({.mode = "up"}), ValueError);
}

TEST(Monitor, KnowsDirectionsByName) {
  for (const char* up : {"accuracy", "val_accuracy", "precision", "f1", "auc", "val_r2"})
    EXPECT_EQ(metric_direction(up), Direction::max) << up;
  for (const char* down : {"loss", "val_loss", "mse", "mae", "rmse", "val_ece"})
    EXPECT_EQ(metric_direction(down), Direction::min) << down;
  for (const char* unknown : {"charm", "lossy", "", "val_", "top_5_error", "f1_loss", "loss_of_life"})
    EXPECT_FALSE(metric_direction(unknown)) << unknown;
}

TEST(Monitor, NotANumberIsNeverBetter) {
  const double nan = std::nan("");
  for (const char* mode : {"min", "max"}) {
    const Monitor monitor("test", "loss", mode, 0);
    EXPECT_FALSE(monitor.better(nan, {})) << mode;
    EXPECT_FALSE(monitor.better(nan, 1)) << mode;
    EXPECT_FALSE(monitor.better(nan, nan)) << mode;
    EXPECT_TRUE(monitor.better(1, nan)) << mode;
    EXPECT_TRUE(monitor.better(1, {})) << mode;
  }
}

TEST(ReduceLROnPlateau, GivesTheRateBackAndRefusesASchedule) {
  Sequential model = small_model();
  build(model, {2});
  FitOptions options = usual();
  options.epochs = 3;
  options.callbacks = {ReduceLROnPlateau{{.monitor = "loss", .factor = 0.5, .patience = 1, .min_delta = 1e9}}};
  Trainer trainer(model, options);
  EXPECT_EQ(trainer.run(DataLoader(quadrants(160))).at("learning_rate"), (std::vector<double>{0.5, 0.5, 0.25}));
  EXPECT_EQ(trainer.optimizer().learning_rate(), 0.5);
  options.schedule = Cosine{};
  EXPECT_THROW(fit(model, quadrants(64), options), UsageError);
  options.callbacks = {LearningRateScheduler([](std::int64_t, double rate) { return rate; })};
  EXPECT_THROW(fit(model, quadrants(64), options), UsageError);
  EXPECT_THROW(evaluate(model, quadrants(64), {.callbacks = options.callbacks}), UsageError);
  EXPECT_THROW(ReduceLROnPlateau({.factor = 1}), ValueError);
  EXPECT_THROW(ReduceLROnPlateau({.cooldown = -1}), ValueError);
  EXPECT_THROW(ReduceLROnPlateau({.min_lr = -1}), ValueError);
}

// A run that fails at its start leaves the rate alone, whoever fails.
TEST(LearningRateScheduler, SetsTheRateOfEpochsAlsoOfPlans) {
  std::vector<std::vector<float>> found;
  for (const bool capture : {false, true}) {
    Sequential model = small_model();
    build(model, {2});
    FitOptions options = usual();
    options.capture = capture;
    options.epochs = 3;
    options.callbacks = {
        LearningRateScheduler([](std::int64_t epoch, double rate) { return epoch == 1 ? 0 : rate + 0.5; })};
    std::vector<float> before, after;
    options.callbacks.emplace_back(LambdaCallback{.on_epoch_begin =
                                                      [&](Progress& at) {
                                                        if (at.epoch == 1) before = weights(model);
                                                      },
                                                  .on_epoch_end =
                                                      [&](Progress& at) {
                                                        if (at.epoch == 1) after = weights(model);
                                                      }});
    Trainer trainer(model, options);
    EXPECT_EQ(trainer.run(DataLoader(quadrants(160))).at("learning_rate"), (std::vector<double>{1, 0, 0.5}));
    EXPECT_EQ(before, after);
    EXPECT_EQ(trainer.optimizer().learning_rate(), 0.5);
    options.callbacks.insert(options.callbacks.begin(),
                             LambdaCallback{.on_train_begin = [](Progress&) { throw ValueError("no", "yes"); }});
    Trainer failing(model, options);
    EXPECT_THROW(failing.run(DataLoader(quadrants(160))), ValueError);
    EXPECT_EQ(failing.optimizer().learning_rate(), 0.5);
    found.push_back(after);
  }
  EXPECT_EQ(found[0], found[1]);
}

TEST(TerminateOnNaN, EndsInGoodOrderWithTheWeightsFromBefore) {
  std::vector<float> x = quadrants(64).x().to_vector<float>();
  x[80] = std::numeric_limits<float>::quiet_NaN();  // the 41st sample
  const TensorDataset spoiled(from_vector(x, {64, 2}), quadrants(64).y());
  for (const bool capture : {false, true})
    for (const std::string on_nan : {"stop", "skip"}) {
      Sequential model = small_model(), other = small_model();
      FitOptions options = usual();
      options.capture = capture;
      options.on_nan = on_nan;
      options.batch_size = 8;
      options.shuffle = false;
      options.epochs = 4;
      bool ended = false;
      options.callbacks = {TerminateOnNaN{}, LambdaCallback{.on_train_end = [&](Progress&) { ended = true; }}};
      Heard heard;
      const History history = fit(model, spoiled, options);
      EXPECT_THAT(heard.lines, testing::Contains("Batch 5: Invalid loss, terminating training"));
      EXPECT_TRUE(ended);
      EXPECT_EQ(history.steps, 6);
      EXPECT_EQ(history.skipped_steps, 1);
      EXPECT_TRUE(std::isfinite(history.last("loss")));
      options.callbacks.clear();
      options.steps = 5;
      fit(other, spoiled, options);
      EXPECT_EQ(weights(model), weights(other));
      options.steps = 0;
      options.callbacks = {TerminateOnNaN{{.raise_error = true}}};
      if (on_nan == "stop") {
        EXPECT_THROW(fit(model, spoiled, options), NotANumberError);
      }
    }
}

TEST(ModelCheckpoint, WritesFilesThatLoad) {
  const fs::path folder = fs::path(testing::TempDir()) / "checkpoints";
  fs::remove_all(folder);
  for (const bool capture : {false, true}) {
    Sequential model = with_statistics();
    FitOptions options = usual();
    options.capture = capture;
    options.epochs = 2;
    options.callbacks = {
        ModelCheckpoint{{.filepath = (folder / "deep" / "{epoch:02d}-{loss:.3f}.safetensors").string()}}};
    std::vector<std::vector<float>> of_epochs;
    options.callbacks.emplace_back(
        LambdaCallback{.on_epoch_end = [&](Progress&) { of_epochs.push_back(weights(model)); }});
    const History history = fit(model, quadrants(160), options);
    for (std::size_t epoch : {0, 1}) {
      const std::string name = "0" + std::to_string(epoch + 1) + "-" + fixed(history.at("loss")[epoch], 3);
      Sequential loaded = with_statistics();
      load(loaded, folder / "deep" / (name + ".safetensors"));
      EXPECT_EQ(weights(loaded), of_epochs[epoch]);
    }
  }
  EXPECT_THROW(ModelCheckpoint({.filepath = "best.keras"}), ValueError);
  EXPECT_THROW(ModelCheckpoint({.save_freq = "batch"}), ValueError);
  EXPECT_THROW(ModelCheckpoint({.save_freq = 0}), ValueError);
  EXPECT_THROW(ModelCheckpoint({.save_freq = 1.5}), ValueError);
}

// Averages are in the model while others look at the end of an epoch, and the training goes on from the weights.
TEST(EMAWeights, SwapOnEpochShowsTheAveragesToOthers) {
  const auto run = [](bool swaps, std::vector<std::vector<float>>& seen, std::vector<std::vector<float>>& begun) {
    Sequential model = small_model();
    FitOptions options = usual();
    options.epochs = 3;
    options.validation = quadrants(40);
    options.callbacks = {EMAWeights{{.momentum = 0.9, .swap_on_epoch = swaps}},
                         LambdaCallback{.on_epoch_begin = [&](Progress&) { begun.push_back(weights(model)); },
                                        .on_test_begin = [&](Progress&) { seen.push_back(weights(model)); },
                                        .on_epoch_end = [&](Progress&) { seen.push_back(weights(model)); }}};
    fit(model, quadrants(160), options);
    seen.push_back(weights(model));
  };
  std::vector<std::vector<float>> plain, swapped, begun, begun_swapped;
  run(false, plain, begun);
  run(true, swapped, begun_swapped);
  for (const std::size_t epoch : {0, 1, 2}) {
    EXPECT_EQ(swapped[2 * epoch], plain[2 * epoch]);        // validated are the averages
    EXPECT_EQ(swapped[2 * epoch + 1], swapped[2 * epoch]);  // and stay
    EXPECT_NE(plain[2 * epoch + 1], plain[2 * epoch]);      // or are exchanged again
    EXPECT_EQ(begun_swapped[epoch], begun[epoch]);          // the training is the same
  }
  EXPECT_EQ(plain[6], plain[4]);  // the end: the averages
  EXPECT_EQ(swapped[6], plain[4]);
  EXPECT_THROW(EMAWeights({.momentum = 1.5}), ValueError);
  EXPECT_THROW(EMAWeights({.overwrite_frequency = -1}), ValueError);
}

TEST(EMAWeights, AFailureInValidationGivesTheWeightsBack) {
  Sequential model = small_model(), other = small_model();
  FitOptions options = usual();
  fit(other, quadrants(160), options);
  options.callbacks = {EMAWeights{{.momentum = 0.5}},
                       LambdaCallback{.on_test_end = [](Progress&) { throw ValueError("no", "yes"); }}};
  options.callbacks.insert(options.callbacks.begin(), options.callbacks.back());  // before the weights are back
  options.validation = quadrants(40);
  EXPECT_THROW(fit(model, quadrants(160), options), ValueError);
  EXPECT_EQ(weights(model), weights(other));
}

std::string table(CsvLogger logger, std::vector<Logs> epochs, bool validates, const fs::path& file) {
  Linear model{{.in_features = 1, .out_features = 1}};
  Progress at{.model = model, .validates = validates};
  logger.on_train_begin(at);
  for (at.epoch = 0; at.epoch < static_cast<std::int64_t>(epochs.size()); ++at.epoch) {
    at.logs = epochs[static_cast<std::size_t>(at.epoch)];
    logger.on_epoch_end(at);
  }
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(CsvLogger, SeparatesAndAppendsAsKeras) {
  const fs::path file = fs::path(testing::TempDir()) / "log.csv";
  fs::remove(file);
  const CsvLogger::Options options{.filename = file.string(), .separator = ";", .append = true};
  EXPECT_EQ(table(CsvLogger(options), {{{"loss", 0.5}}}, false, file), "epoch;loss\n0;0.5\n");
  EXPECT_EQ(table(CsvLogger(options), {{{"loss", 0.25}}}, false, file), "epoch;loss\n0;0.5\n0;0.25\n");
  // Validated at every second epoch only: the columns are there from the start.
  EXPECT_EQ(table(CsvLogger(file), {{{"loss", 1}}, {{"loss", 2}, {"val_loss", 3}}}, true, file),
            "epoch,loss,val_loss\n0,1,NA\n1,2,3\n");
  EXPECT_THROW(CsvLogger({.separator = ", "}), ValueError);
  EXPECT_THROW(CsvLogger({.filename = ""}), ValueError);
}

TEST(CallbackRecords, MakeWhatATableSays) {
  Value word = Value::object();
  word.set("type", "EarlyStoping");
  try {
    callback_of(word, "train.callbacks[0]");
    ADD_FAILURE() << "was not refused";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("unknown callback 'EarlyStoping' in train.callbacks[0]"),
                                    HasSubstr("did you mean 'EarlyStopping'?")));
  }
  word.set("type", "EarlyStopping");
  word.set("patiance", 3);
  try {
    callback_of(word, "train.callbacks[0]");
    ADD_FAILURE() << "was not refused";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("patience"));
  }
  EXPECT_THROW(callback_of(Value(3), "train.callbacks[0]"), UsageError);
  std::vector<std::string_view> types;
  for (const CallbackRecord& record : all_callbacks()) {
    types.push_back(record.type);
    EXPECT_FALSE(record.doc.empty());
    EXPECT_EQ(record.option_names().size(), record.default_options().as_object().size());
    record.make(record.default_options(), "defaults", {});  // read back
  }
  EXPECT_THAT(types, ElementsAre("CSVLogger", "EMAWeights", "EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau",
                                 "TerminateOnNaN"));
}

// Files go below the run's folder, and the model is saved as the run says.
TEST(CallbackRecords, KnowTheRunsFolder) {
  const fs::path folder = fs::path(testing::TempDir()) / "run {epoch} of {x}";  // no fields of a name
  fs::create_directories(folder);
  std::vector<std::string> saved;
  const CallbackContext context{.folder = folder, .save = [&](const Path& file) { saved.push_back(file.string()); }};
  Value checkpoint = Value::object(), csv = Value::object();
  checkpoint.set("type", "ModelCheckpoint");
  checkpoint.set("save_freq", 3);
  checkpoint.set("filepath", "checkpoints/{epoch}-{batch}.safetensors");
  csv.set("type", "CSVLogger");
  csv.set("filename", "tables/log.csv");
  Sequential model = small_model();
  FitOptions options = usual();
  options.epochs = 2;
  options.callbacks = {callback_of(checkpoint, "c", context), callback_of(csv, "c", context)};
  fit(model, quadrants(160), options);  // five batches each
  const auto at = [&](const char* name) { return (folder / "checkpoints" / name).string(); };
  EXPECT_THAT(saved, ElementsAre(at("1-3.safetensors"), at("2-1.safetensors"), at("2-4.safetensors")));
  EXPECT_TRUE(fs::exists(folder / "tables" / "log.csv"));
  EXPECT_TRUE(fs::is_directory(folder / "checkpoints"));
}

// verbose = 0 is heard by who listens for debugging.
TEST(Callbacks, SpeakAtTheLevelThatVerboseSays) {
  std::vector<LogLevel> levels;
  set_log_level(LogLevel::debug);
  set_log_sink([&](LogLevel level, std::string_view) { levels.push_back(level); });
  for (const int verbose : {0, 1}) {
    Sequential model = small_model();
    FitOptions options = usual();
    options.epochs = 3;
    options.callbacks = {EarlyStopping{{.monitor = "loss", .min_delta = 1e9, .verbose = verbose}}};
    EXPECT_EQ(fit(model, quadrants(64), options).epochs, 2);
  }
  set_log_sink({});
  set_log_level(LogLevel::info);
  EXPECT_THAT(levels, ElementsAre(LogLevel::debug, LogLevel::info));
}

}  // namespace
}  // namespace percept
