// run.h - carrying out a recipe: data, training, test, and the run folder that remembers it all.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "percept/base/path.h"
#include "percept/metrics/confusion_matrix.h"
#include "percept/recipes/model.h"
#include "percept/train/fit.h"

namespace percept {

// What is no part of the result and so not of the recipe.
struct RunOptions {
  Path out = "runs";
  int num_workers = 1;
  std::vector<Callback> callbacks = {};                   // a progress bar
  std::function<void(const std::string& line)> say = {};  // lines for people, also kept in log.txt
};

struct RunResult {
  RecipeModel model;
  ModelInfo info;
  History history;
  double test_accuracy = 0, test_loss = 0;
  ConfusionMatrix confusion{1};
  Dataset test;
  Path folder, model_file;
  std::string weights_sha256;
  double peak_rss_mib = 0;
  std::uint64_t seed = 0;
  Value to_value() const;  // result.json
};

// Trains and tests, then leaves runs/NAME-N/ with recipe.toml (every default written out), metrics.csv, result.json,
// model.safetensors and log.txt. When anything fails the folder is removed again, so that a failed run leaves nothing.
RunResult run_recipe(const Recipe& recipe, const RunOptions& options);

// Metrics of a model on data: what `train` reports at its end and `evaluate` repeats, to the bit.
struct Evaluation {
  double accuracy = 0, loss = 0;
  ConfusionMatrix confusion{1};
};
// `capture`: the same bits either way.
Evaluation evaluate_model(const RecipeModel& model, const ModelInfo& info, const Dataset& data, bool capture = true);

}  // namespace percept
