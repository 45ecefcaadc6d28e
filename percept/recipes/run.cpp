// run.cpp - carrying out a recipe.
#include "percept/recipes/run.h"

#include <cmath>
#include <memory>

#include "percept/base/files.h"
#include "percept/base/options.h"
#include "percept/base/process_memory.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/io/save.h"
#include "percept/metrics/accuracy.h"
#include "percept/nn/losses.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/schedule_record.h"
#include "percept/recipes/source.h"
#include "percept/train/csv_logger.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kTestBatch = 256;
constexpr std::int64_t kSampleRows = 4;  // of the sample input a model file carries

// The run's folder, removed again, with those that were made for it, unless the run comes to its end.
class RunFolder {
 public:
  RunFolder(const fs::path& out, const std::string& name) {
    std::error_code ignored;  // make_directories says what is wrong
    for (fs::path at = out; !at.empty() && !fs::exists(at, ignored); at = at.parent_path()) made_.push_back(at);
    make_directories(out);
    path_ = next_numbered_directory(out, name);
  }
  ~RunFolder() {
    if (kept_) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    for (const fs::path& folder : made_) fs::remove(folder, ignored);  // only if nothing else is in it
  }
  const fs::path& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  fs::path path_;
  std::vector<fs::path> made_;  // innermost first
  bool kept_ = false;
};

// Collects what is said for log.txt.
class Log {
 public:
  explicit Log(std::function<void(const std::string&)> say) : say_(std::move(say)) {}
  void operator()(const std::string& line) {
    text_ += line + "\n";
    if (say_) say_(line);
  }
  const std::string& text() const { return text_; }

 private:
  std::function<void(const std::string&)> say_;
  std::string text_;
};

FitOptions fit_options(const Recipe& recipe, const RunOptions& options) {
  const std::string optimizer = recipe.optimizer.find("type")->as_string();
  FitOptions fit{.loss = loss_of(recipe.loss),
                 .optimizer = find_optimizer(optimizer)->make(recipe.optimizer, "optimizer"),
                 .epochs = recipe.train.epochs,
                 .steps = recipe.train.steps,
                 .batch_size = recipe.train.batch_size,
                 .validation_split = recipe.data.validation_split,
                 .seed = recipe.train.seed,
                 .callbacks = options.callbacks,
                 .num_workers = options.num_workers,
                 .on_nan = recipe.train.on_nan,
                 .capture = recipe.train.capture};
  const TrainSection& train = recipe.train;
  if (train.clip_value > 0) fit.gradient_functions.push_back(clip_value(train.clip_value));
  if (train.clip_norm > 0) fit.gradient_functions.push_back(clip_norm(train.clip_norm));
  if (train.clip_global_norm > 0) fit.gradient_functions.push_back(clip_global_norm(train.clip_global_norm));
  if (!recipe.train.metrics.empty()) fit.metrics = {accuracy()};  // the only one so far: check_train refused others
  if (!recipe.schedule.is_null())
    fit.schedule = find_schedule(recipe.schedule.find("type")->as_string())->make(recipe.schedule, "schedule");
  return fit;
}

ModelInfo describe(const Recipe& recipe, const Dataset& train) {
  return {.name = recipe.name,
          .architecture = architecture_of(recipe),
          .class_names = train.class_names(),
          .sample_shape = train.sample_shape(),
          .data_fingerprint = train.fingerprint(),
          .data_source = recipe.data.source,
          .loss = loss_text(recipe.loss)};
}

void check_outputs(const RecipeModel& model, const Dataset& data) {
  Shape batch = data.sample_shape();
  batch.insert(0, 1);
  const NoGrad off;
  const Tensor output = model(zeros(batch));
  const auto classes = static_cast<std::int64_t>(data.class_names().size());
  if (output.rank() != 2 || output.shape()[1] < classes)
    throw ShapeError("the model gives " + str(output.shape()) + " for one sample, the data have " +
                         std::to_string(classes) + " classes",
                     "end the layers with { type = \"Linear\", out_features = " + std::to_string(classes) + " }");
}

// Each output's name: the model's classes, then numbers for outputs beyond them.
std::vector<std::string> output_names(const ModelInfo& info, std::int64_t outputs) {
  std::vector<std::string> names = info.class_names;
  while (static_cast<std::int64_t>(names.size()) < outputs) names.push_back(std::to_string(names.size()));
  return names;
}

// What fit would refuse only after the data were read for it.
void check_split(const Recipe& recipe, const Dataset& train) {
  if (recipe.data.validation_split == 0) return;
  try {
    split_validation(train, recipe.data.validation_split);
  } catch (const ValueError& error) {
    throw UsageError("data.validation_split: " + error.problem(), error.fix());
  }
}

void check_finite(const Evaluation& test) {
  if (std::isfinite(test.loss)) return;
  throw NotANumberError("after training the test loss is " + number(test.loss),
                        "the last updates went too far: use a smaller learning rate, or clip the gradients");
}

Tensor first_rows(const Dataset& data) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < std::min(kSampleRows, data.size()); ++i) rows.push_back(i);
  return data.get(rows).x;
}

}  // namespace

Value RunResult::to_value() const {
  Value value = Value::object();
  value.set("test_accuracy", test_accuracy);
  value.set("test_loss", test_loss);
  value.set("epochs", history.epochs);
  value.set("steps", history.steps);
  value.set("train_seconds", history.seconds);
  value.set("images_per_second", history.images_per_second);
  value.set("peak_rss_mib", peak_rss_mib);
  value.set("weights_sha256", weights_sha256);
  value.set("model", model_file.string());
  value.set("run", folder.string());
  value.set("threads", num_threads());
  value.set("seed", percept::to_value(seed));
  value.set("skipped_steps", history.skipped_steps);
  return value;
}

Evaluation evaluate_model(const RecipeModel& model, const ModelInfo& info, const Dataset& data, bool capture) {
  Evaluation result;
  const auto collect = LambdaCallback{.on_step = [&](Progress& at) {
    if (result.confusion.total() == 0) result.confusion = ConfusionMatrix(output_names(info, at.output.size(1)));
    result.confusion.update(at.output, at.batch.y);
  }};
  const Logs logs = evaluate(const_cast<RecipeModel&>(model), data,
                             {.loss = loss_of(loss_table(info.loss)),
                              .metrics = {accuracy()},
                              .batch_size = kTestBatch,
                              .callbacks = {collect},
                              .capture = capture});
  result.accuracy = logs.at("accuracy");
  result.loss = logs.at("loss");
  return result;
}

RunResult run_recipe(const Recipe& recipe, const RunOptions& options) {
  const DatasetSplits data = load_source(recipe.data.source);
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, data.train.sample_shape());
  check_outputs(model, data.train);
  check_split(recipe, data.train);
  RunFolder folder(options.out, recipe.name);
  Log say(options.say);
  say(recipe.name + ": " + std::to_string(data.train.size()) + " training and " + std::to_string(data.test.size()) +
      " test samples of " + recipe.data.source + ", " + with_thousands(parameter_count(model)) + " parameters, " +
      std::to_string(num_threads()) + " threads");
  if (const std::string doubt = loss_warning(model, loss_of(recipe.loss)); !doubt.empty()) say("warning: " + doubt);
  const fs::path at = folder.path();
  write_file_atomic(at / "recipe.toml", to_toml(to_value(recipe)));
  FitOptions fitting = fit_options(recipe, options);
  fitting.callbacks.push_back(CsvLogger(at / "metrics.csv"));
  RunResult result{.model = std::move(model),
                   .info = describe(recipe, data.train),
                   .history = {},
                   .test = data.test,
                   .folder = {},
                   .model_file = {},
                   .weights_sha256 = {},
                   .seed = recipe.train.seed};
  result.history = fit(result.model, data.train, fitting);
  const Evaluation test = evaluate_model(result.model, result.info, data.test, recipe.train.capture);
  check_finite(test);
  result.test_accuracy = test.accuracy;
  result.test_loss = test.loss;
  result.confusion = test.confusion;
  result.folder = at;
  result.model_file = at / "model.safetensors";
  save_model(result.model, result.info, first_rows(data.test), result.model_file);
  result.weights_sha256 = weights_sha256(result.model);
  result.peak_rss_mib = peak_rss_mib();
  say("test accuracy " + fixed(result.test_accuracy, 4));
  write_file_atomic(at / "result.json", to_json(result.to_value()) + "\n");
  write_file_atomic(at / "log.txt", say.text());
  folder.keep();
  return result;
}

}  // namespace percept
