// run.cpp - carrying out a recipe.
#include "percept/recipes/run.h"

#include "percept/base/files.h"
#include "percept/base/options.h"
#include "percept/base/process_memory.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/io/save.h"
#include "percept/ops/products.h"
#include "percept/recipes/_run_parts.h"

namespace percept {

namespace fs = std::filesystem;

Value RunResult::to_value() const {
  Value value = test_values(test.values);
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
  value.set("precision", enum_name(precision));
  value.set("skipped_steps", history.skipped_steps);
  const bool whole = history.stopped.empty();
  value.set("stopped", whole ? Value() : Value(ending_of(history)));
  value.set("restored_epoch", history.restored_epoch > 0 ? Value(history.restored_epoch) : Value());
  value.set("interrupted", interrupted);
  return value;
}

RunResult run_recipe(const Recipe& recipe, const RunOptions& options) {
  require_precision(recipe.train.precision);  // before data are read
  const DataParts data = load_data(recipe);
  RunFolder folder(options.out, recipe.name);
  RunLog say(options.say);
  for (const std::string& note : data.notes) say(note);
  const fs::path at = folder.path();
  write_file_atomic(at / "recipe.toml", recipe_text(settled_by(recipe, data)));
  Trained run = train_on(recipe, data, options, at, true, say);
  RunResult result{.model = std::move(run.model),
                   .info = std::move(run.info),
                   .history = std::move(run.history),
                   .test = std::move(run.test),
                   .test_data = data.test,
                   .folder = at,
                   .model_file = at / "model.safetensors",
                   .weights_sha256 = {},
                   .seed = recipe.train.seed,
                   .precision = recipe.train.precision};
  result.interrupted = options.ended && options.ended();
  save_model(result.model, result.info, run.sample, result.model_file);
  result.weights_sha256 = weights_sha256(result.model);
  result.peak_rss_mib = peak_rss_mib();
  say(test_line(result.test.values));
  write_file_atomic(at / "result.json", to_json(result.to_value()) + "\n");
  write_file_atomic(at / "log.txt", say.text());
  folder.keep();
  return result;
}

}  // namespace percept
