// run.h - carrying out a recipe: data, training, test, and the run folder that remembers it all; cross-validation.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "percept/base/path.h"
#include "percept/recipes/data.h"
#include "percept/recipes/evaluate.h"
#include "percept/recipes/model.h"
#include "percept/train/fit.h"
#include "percept/train/lr_find.h"

namespace percept {

// What is no part of the result and so not of the recipe.
struct RunOptions {
  Path out = "runs";
  int num_workers = 1;
  std::vector<Callback> callbacks = {};                   // a progress bar
  std::function<void(const std::string& line)> say = {};  // lines for people, also kept in log.txt
  std::function<bool()> ended = {};  // whether a callback has ended a training before its time: no further fold then
};

struct RunResult {
  RecipeModel model;
  ModelInfo info;
  History history;
  Evaluation test;
  Dataset test_data;
  Path folder, model_file;
  std::string weights_sha256;
  double peak_rss_mib = 0;
  std::uint64_t seed = 0;
  ProductPrecision precision = ProductPrecision::f32;  // of training and test
  bool interrupted = false;                            // RunOptions.ended said so
  Value to_value() const;                              // result.json: test_<metric>, test_loss, epochs, stopped, ...
};

// Trains and tests, then leaves runs/NAME-N/ with recipe.toml (every default written out, and what the data settled),
// metrics.csv, result.json, model.safetensors and log.txt. A run that ended before its time says so in the log and in
// result.json ("stopped", "restored_epoch", "interrupted"). When anything fails the folder is removed again, so that a
// failed run leaves nothing.
RunResult run_recipe(const Recipe& recipe, const RunOptions& options);

// [augment] for those training samples: with the number of their classes, and checked to keep their size. UsageError.
Augment augment_for(const Recipe& recipe, const Dataset& train);

// The learning rate range test (train/lr_find.h) of a recipe; nothing is written.
LrFindResult find_learning_rate(const Recipe& recipe, const LrFindOptions& sweep, int num_workers = 1);

// A recipe with what the training data settle: statistics of columns, sizes, the metrics it leaves open, black and
// white of float pictures. UsageError where a step has to know those and the data do not say.
Recipe settled_by(const Recipe& recipe, const DataParts& data);

// Cross-validation: `count` trainings, each tested on the fold it has not seen. Folds are drawn by data.seed, with each
// class in its proportion. Leaves runs/NAME-N/ with recipe.toml, folds.csv (one row per fold), fold_of_sample.csv (so
// that other programs can be tested on the same), result.json and log.txt; no model, since none was trained on all of
// the data. What a recipe's callbacks write lies in fold-0/, fold-1/, ... by the numbers of those files.
struct FoldsResult {
  std::vector<Logs> tests;  // of each fold; fewer than asked for where options.ended: nothing is kept then
  Logs mean, deviation;     // over folds; the deviation is that of a sample (n - 1)
  Path folder;
  double seconds = 0;
  Value to_value() const;
};
FoldsResult run_folds(const Recipe& recipe, std::int64_t count, const RunOptions& options);

}  // namespace percept
