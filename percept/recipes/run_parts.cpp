// run_parts.cpp - one training with its test.
#include "percept/recipes/_run_parts.h"

#include <algorithm>
#include <cmath>

#include "percept/base/files.h"
#include "percept/base/log.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/metrics/metric_record.h"
#include "percept/nn/losses.h"
#include "percept/ops/products.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/schedule_record.h"
#include "percept/recipes/_training_checks.h"
#include "percept/recipes/_trial.h"
#include "percept/train/callback_record.h"
#include "percept/train/csv_logger.h"
#include "percept/train/regularizers.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSampleRows = 4;  // of the sample input a model file carries

FitOptions fit_options(const Recipe& recipe, const DataParts& data, const RunOptions& options,
                       const CallbackContext& place) {
  const TrainSection& train = recipe.train;
  check_callback_files(recipe);
  // What may refuse comes before the whole (as in train_on).
  Optimizer optimizer = find_optimizer(recipe.optimizer.find("type")->as_string())->make(recipe.optimizer, "optimizer");
  auto metrics = metrics_of(train.metrics, "train.metrics", metric_defaults(recipe.loss));
  FitOptions fit{.loss = loss_of(recipe.loss),
                 .optimizer = std::move(optimizer),
                 .epochs = train.epochs,
                 .steps = train.steps,
                 .batch_size = train.batch_size,
                 .validation = data.validation,
                 .seed = train.seed,
                 .metrics = std::move(metrics),
                 .class_weight = train.class_weight,
                 .micro_batches = train.micro_batches,
                 .num_workers = options.num_workers,
                 .on_nan = train.on_nan,
                 .capture = train.capture};
  if (!recipe.augment.steps.empty()) fit.augment = augment_for(recipe, data.train);
  if (train.clip_value > 0) fit.gradient_functions.push_back(clip_value(train.clip_value));
  if (train.clip_norm > 0) fit.gradient_functions.push_back(clip_norm(train.clip_norm));
  if (train.clip_global_norm > 0) fit.gradient_functions.push_back(clip_global_norm(train.clip_global_norm));
  if (!recipe.schedule.is_null())
    fit.schedule = find_schedule(recipe.schedule.find("type")->as_string())->make(recipe.schedule, "schedule");
  const auto at = [](const char* list, std::size_t i) { return list + std::string("[") + number(i) + "]"; };
  for (std::size_t i = 0; i < train.regularizers.size(); ++i)
    fit.penalties.push_back(regularizer_of(train.regularizers[i], at("train.regularizers", i)));
  for (std::size_t i = 0; i < train.constraints.size(); ++i)
    fit.constraints.push_back(constraint_of(train.constraints[i], at("train.constraints", i)));
  for (std::size_t i = 0; i < train.callbacks.size(); ++i)
    fit.callbacks.push_back(callback_of(train.callbacks[i], at("train.callbacks", i), place));
  // Behind them, so that a progress bar shows what they add.
  fit.callbacks.insert(fit.callbacks.end(), options.callbacks.begin(), options.callbacks.end());
  return fit;
}

ModelInfo describe(const Recipe& recipe, const DataParts& data) {
  return {.name = recipe.name,
          .architecture = architecture_of(recipe),
          .class_names = data.train.class_names(),
          .sample_shape = data.train.sample_shape(),
          .data_fingerprint = data.train.fingerprint(),
          .data = recipe.data,
          .preprocess = recipe.preprocess,
          .augment = recipe.augment,
          .metrics = recipe.train.metrics,
          .loss = loss_text(recipe.loss)};
}

void check_finite(const Evaluation& test) {
  const double loss = test.values.at("loss");
  if (std::isfinite(loss)) return;
  throw NotANumberError("after training the test loss is " + number(loss),
                        "the last updates went too far: use a smaller learning rate, or clip the gradients");
}

// Once the data are open, a value out of range is the recipe's: a pattern that matches nothing, an option of a
// callback.
template <class Work>
auto by_recipe(const Work& work) {
  try {
    return work();
  } catch (const ValueError& error) {
    const std::string text = error.what();  // with the path of a layer
    throw UsageError(text.substr(0, text.find('\n')), error.fix());
  }
}

Tensor first_rows(const Dataset& data) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < std::min(kSampleRows, data.size()); ++i) rows.push_back(i);
  return data.get(rows).x;
}

}  // namespace

// Evaluation sees what the data give: a step may not leave another size.
Augment augment_for(const Recipe& recipe, const Dataset& train) {
  const Shape sample = train.sample_shape();
  Augment augment(recipe.augment.steps, {.value_range = value_range_of(recipe.augment),
                                         .num_classes = static_cast<std::int64_t>(train.class_names().size()),
                                         .targets = recipe.augment.targets});
  const Shape after = [&] {
    try {
      return augment.output_shape(sample);
    } catch (const ShapeError& error) {
      throw UsageError("[augment]: " + error.problem(), error.fix());
    }
  }();
  if (after != sample)
    throw UsageError("[augment] makes " + str(after) + " of samples " + str(sample),
                     "let the steps keep the size: prepare pictures of the size the model takes (preprocess.picture)");
  return augment;
}

RunFolder::RunFolder(const fs::path& out, const std::string& name) {
  std::error_code ignored;  // make_directories says what is wrong
  for (fs::path at = out; !at.empty() && !fs::exists(at, ignored); at = at.parent_path()) made_.push_back(at);
  make_directories(out);
  path_ = next_numbered_directory(out, name);
}

RunFolder::~RunFolder() {
  if (kept_) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  for (const fs::path& folder : made_) fs::remove(folder, ignored);  // only if nothing else is in it
}

Trained train_on(const Recipe& given, const DataParts& data, const RunOptions& options, const fs::path& folder,
                 bool write_metrics, RunLog& say) {
  const PrecisionScope precision(given.train.precision);
  Trained run;  // member by member: GCC 12 destroys parts twice where a later initializer throws, as reading files may
  run.recipe = settled_by(given, data);
  run.sample = first_rows(data.test);
  const Recipe& recipe = run.recipe;
  check_before_model(recipe, data);
  run.model = make_model(recipe);
  build_recipe_model(run.model, recipe, data.train.sample_shape());
  check_model(recipe, run.model, data.train);
  run.info = describe(recipe, data);
  say(recipe.name + ": " + with_thousands(data.train.size()) + " training and " + with_thousands(data.test.size()) +
      " test samples of " + recipe.data.source + ", " + with_thousands(parameter_count(run.model)) + " parameters, " +
      std::to_string(num_threads()) + " threads" +
      (recipe.train.precision == ProductPrecision::f32 ? "" : ", " + std::string(enum_name(recipe.train.precision))));
  if (const std::string doubt = loss_warning(run.model, loss_of(recipe.loss)); !doubt.empty()) say("warning: " + doubt);
  if (const std::string doubt = average_warning(recipe); !doubt.empty()) say("warning: " + doubt);
  const CallbackContext place{.folder = folder,
                              .save = [&](const Path& path) { save_model(run.model, run.info, run.sample, path); }};
  FitOptions fitting = by_recipe([&] { return fit_options(recipe, data, options, place); });
  if (write_metrics) fitting.callbacks.push_back(CsvLogger(folder / "metrics.csv"));
  by_recipe([&] { try_training(recipe, run.model, data.train, fitting); });
  {
    const LogListener listener([&say](std::string_view line) { say.note(line); });
    run.history = by_recipe([&] { return fit(run.model, data.train, fitting); });
  }
  if (const std::string ending = ending_of(run.history); !ending.empty()) say("training ended: " + ending);
  run.test = evaluate_model(run.model, run.info, data.test, recipe.train.capture);
  check_finite(run.test);
  return run;
}

LrFindResult find_learning_rate(const Recipe& given, const LrFindOptions& sweep, int num_workers) {
  require_precision(given.train.precision);
  const PrecisionScope precision(given.train.precision);
  const DataParts data = load_data(given);
  const Recipe recipe = settled_by(given, data);
  check_before_model(recipe, data);
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, data.train.sample_shape());
  check_model(recipe, model, data.train);
  return by_recipe([&] {
    const FitOptions options = fit_options(recipe, data, {.num_workers = num_workers}, {});
    try_training(recipe, model, data.train, options);
    return lr_find(model, data.train, options, sweep);
  });
}

std::string ending_of(const History& history) {
  if (history.restored_epoch == 0) return history.stopped;
  return history.stopped + (history.stopped.empty() ? "" : "; ") + "weights of epoch " +
         number(history.restored_epoch) + " restored";
}

Value test_values(const Logs& values) {
  Value value = Value::object();
  for (const auto& [name, number] : values)
    if (name != "loss") value.set("test_" + name, number);
  value.set("test_loss", values.at("loss"));
  return value;
}

std::string test_line(const Logs& values) {
  std::vector<std::string> words;
  for (const auto& [name, value] : values)
    if (name != "loss") words.push_back(name + " " + fixed(value, 4));
  words.push_back("loss " + fixed(values.at("loss"), 4));
  return "test " + join(words);
}

Recipe settled_by(const Recipe& recipe, const DataParts& data) {
  Recipe settled = recipe;
  settled.preprocess = data.preprocess;
  settle_value_range(settled.augment, data.train);
  if (settled.train.metrics.empty()) settled.train.metrics = usual_metrics(data.classifies());
  return settled;
}

}  // namespace percept
