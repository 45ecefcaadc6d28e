// folds.cpp - cross-validation.
#include <cmath>

#include "percept/base/files.h"
#include "percept/base/options.h"
#include "percept/base/process_memory.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/metrics/metric.h"
#include "percept/ops/products.h"
#include "percept/recipes/_run_parts.h"

namespace percept {

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

namespace {

// "sample,fold": one line per sample, in the order of the source.
std::string places(const std::vector<RowSplit>& rounds, std::int64_t samples) {
  std::vector<std::int64_t> fold_of(static_cast<std::size_t>(samples));
  for (std::size_t k = 0; k < rounds.size(); ++k)
    for (const std::int64_t sample : rounds[k].test)
      fold_of[static_cast<std::size_t>(sample)] = static_cast<std::int64_t>(k);
  std::string text = "sample,fold\n";
  for (std::size_t i = 0; i < fold_of.size(); ++i) text += number(i) + "," + number(fold_of[i]) + "\n";
  return text;
}

}  // namespace

FoldsResult run_folds(const Recipe& recipe, std::int64_t count, const RunOptions& options) {
  require_precision(recipe.train.precision);  // before data are read
  const auto source = open_source(recipe.data, recipe.preprocess);
  const std::vector<RowSplit> rounds = cut_folds(*source, recipe.data, count);
  RunFolder folder(options.out, recipe.name);
  RunLog say(options.say);
  FoldsResult result;
  result.folder = folder.path();
  std::string table;
  for (std::size_t k = 0; k < rounds.size(); ++k) {
    const DataParts data = training_parts(*source, recipe.data, rounds[k]);
    if (k == 0)
      for (const std::string& note : data.notes) say(note);
    say("fold " + number(k + 1) + " of " + number(count));
    if (k == 0) write_file_atomic(folder.path() / "recipe.toml", recipe_text(settled_by(recipe, data)));
    const Trained run = train_on(recipe, data, options, folder.path() / ("fold-" + number(k)), false, say);
    if (options.ended && options.ended()) return result;
    say(test_line(run.test.values));
    if (k == 0) {
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
  write_file_atomic(folder.path() / "fold_of_sample.csv", places(rounds, source->size()));
  write_file_atomic(folder.path() / "result.json", to_json(result.to_value()) + "\n");
  write_file_atomic(folder.path() / "log.txt", say.text());
  folder.keep();
  return result;
}

}  // namespace percept
