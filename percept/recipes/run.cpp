// run.cpp - carrying out a recipe.
#include "percept/recipes/run.h"

#include "percept/base/files.h"
#include "percept/base/options.h"
#include "percept/base/process_memory.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/io/save.h"
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
  value.set("skipped_steps", history.skipped_steps);
  return value;
}

RunResult run_recipe(const Recipe& recipe, const RunOptions& options) {
  const DataParts data = load_data(recipe);
  RunFolder folder(options.out, recipe.name);
  RunLog say(options.say);
  for (const std::string& note : data.notes) say(note);
  const fs::path at = folder.path();
  write_file_atomic(at / "recipe.toml", to_toml(to_value(settled_by(recipe, data))));
  Trained run = train_on(recipe, data, options, at, true, say);
  RunResult result{.model = std::move(run.model),
                   .info = std::move(run.info),
                   .history = std::move(run.history),
                   .test = std::move(run.test),
                   .test_data = data.test,
                   .folder = at,
                   .model_file = at / "model.safetensors",
                   .weights_sha256 = {},
                   .seed = recipe.train.seed};
  save_model(result.model, result.info, run.sample, result.model_file);
  result.weights_sha256 = weights_sha256(result.model);
  result.peak_rss_mib = peak_rss_mib();
  say(test_line(result.test.values));
  write_file_atomic(at / "result.json", to_json(result.to_value()) + "\n");
  write_file_atomic(at / "log.txt", say.text());
  folder.keep();
  return result;
}

Value FoldsResult::to_value() const {
  Value value = test_values(mean), each = Value::array();
  for (const auto& [name, number] : deviation) value.set("test_" + name + "_deviation", number);
  for (const Logs& test : tests) each.push_back(test_values(test));
  value.set("folds", each);
  value.set("train_seconds", seconds);
  value.set("peak_rss_mib", peak_rss_mib());
  value.set("run", folder.string());
  value.set("threads", num_threads());
  return value;
}

FoldsResult run_folds(const Recipe& recipe, std::int64_t count, const RunOptions& options) {
  const auto source = open_source(recipe.data, recipe.preprocess);
  RunFolder folder(options.out, recipe.name);
  RunLog say(options.say);
  FoldsResult result;
  result.folder = folder.path();
  std::string table;
  for (std::int64_t k = 0; k < count; ++k) {
    const DataParts data = cut_data(*source, recipe.data, {.index = k, .count = count});
    if (k == 0)
      for (const std::string& note : data.notes) say(note);
    say("fold " + number(k + 1) + " of " + number(count));
    const Trained run = train_on(recipe, data, options, folder.path(), false, say);
    say(test_line(run.test.values));
    if (k == 0) {
      write_file_atomic(folder.path() / "recipe.toml", to_toml(to_value(run.recipe)));
      table = "fold";
      for (const auto& [name, value] : run.test.values) table += "," + name;
      table += "\n";
    }
    table += number(k);
    for (const auto& [name, value] : run.test.values) table += "," + number(value);
    table += "\n";
    result.tests.push_back(run.test.values);
    result.seconds += run.history.seconds;
  }
  for (const auto& [name, first] : result.tests[0]) {
    RunningMean mean, square;
    for (const Logs& test : result.tests) mean.add(test.at(name));
    for (const Logs& test : result.tests) square.add(std::pow(test.at(name) - mean.result(), 2));
    result.mean[name] = mean.result();
    const auto n = static_cast<double>(count);
    result.deviation[name] = std::sqrt(square.result() * n / (n - 1));
  }
  say(number(count) + " folds, " + test_line(result.mean));
  write_file_atomic(folder.path() / "folds.csv", table);
  write_file_atomic(folder.path() / "result.json", to_json(result.to_value()) + "\n");
  write_file_atomic(folder.path() / "log.txt", say.text());
  folder.keep();
  return result;
}

}  // namespace percept
