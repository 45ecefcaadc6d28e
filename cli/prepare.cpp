// prepare.cpp - the verbs before a training: init, augment and lr-find.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/contact_sheet.h"
#include "percept/formats/image.h"
#include "percept/recipes/run.h"
#include "percept/recipes/suggest.h"
#include "verbs.h"

namespace percept::cli {
namespace {

void check_new(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored))
    throw UsageError(file + " exists", "name another with file=, or remove it");
}

void print_file(const Args& args, const std::string& file, const std::string& line) {
  Value value = Value::object();
  value.set("file", file);
  if (args.json)
    std::cout << to_json(value) << "\n";
  else
    std::cout << line << "\n";
}

// Two digits: a test over a few steps says no more.
std::string rounded(double rate) {
  const double unit = std::pow(10.0, std::floor(std::log10(rate)) - 1);
  return number(static_cast<float>(std::round(rate / unit) * unit));
}

// What to do now, in one line.
std::string rate_advice(const LrFindResult& found) {
  if (!(found.steepest > 0) || !(found.minimum_tenth > 0))
    return "the loss never falls at these rates: try smaller ones (from=, to=) or more points";
  const auto [low, high] = std::minmax(found.steepest, found.minimum_tenth);
  return "the loss falls fastest at learning_rate " + rounded(found.steepest) +
         "; a tenth of where it is least: " + rounded(found.minimum_tenth) +
         "; next: train with learning_rate=" + rounded(low) + " to " + rounded(high);
}

}  // namespace

int init(Args& args) {
  args.expect_words(1, 1, "percept init DATA [file=NAME.toml] [key=value]...");
  std::string file = args.take("file");
  const Suggestion suggestion = suggest_recipe(args.words[0], args.rest());
  if (file.empty()) file = suggestion.recipe.name + ".toml";
  check_new(file);
  write_file_atomic(file, suggestion.toml);
  if (const auto say = line_printer(args); say && !args.json)
    for (const std::string& reason : suggestion.reasons) say("  - " + reason);
  print_file(args, file, "wrote " + file + "; next: percept train " + file);
  return 0;
}

int augment(Args& args) {
  args.expect_words(1, 1, "percept augment RECIPE|DATA [file=augment.png] [key=value]...");
  apply_threads(args);
  const std::string file = args.take("file", "augment.png");
  const std::int64_t rows = args.take_int("rows", 8, 1, 256), columns = args.take_int("columns", 8, 2, 64);
  const Recipe recipe = recipe_or_suggestion(args, line_printer(args));
  if (recipe.augment.steps.empty())
    throw UsageError("recipe " + recipe.name + " has no [augment] steps",
                     "add some: augment.steps=[{type=\"rotate\",degrees=10}]");
  const DataParts data = load_data(recipe);
  if (data.train.sample_shape().rank() != 3)
    throw UsageError("samples of " + recipe.data.source + " are " + str(data.train.sample_shape()) + ", no pictures",
                     "name a recipe whose data are pictures");
  const Augment change = augment_for(settled_by(recipe, data), data.train);
  const DataLoader loader(
      data.train, {.batch_size = std::min(rows, data.train.size()), .shuffle = true, .seed = recipe.train.seed});
  const NoGrad off;
  const Batch original = loader.batch_at(0, 0);
  const std::vector<std::int64_t> samples = loader.samples_at(0, 0);
  std::vector<Tensor> epochs;
  for (std::int64_t epoch = 0; epoch + 1 < columns; ++epoch)
    epochs.push_back(change(original, {.seed = recipe.train.seed, .epoch = epoch, .samples = samples}).x);
  std::vector<Tensor> cells;
  for (std::int64_t row = 0; row < original.x.size(0); ++row) {
    cells.push_back(original.x[row]);
    for (const Tensor& x : epochs) cells.push_back(x[row]);
  }
  write_png(file, contact_sheet(cells, {.columns = columns}));
  print_file(args, file, "wrote " + file + ": each row a sample, as it is and in " + number(columns - 1) + " epochs");
  return 0;
}

int lr_find(Args& args) {
  args.expect_words(1, 1, "percept lr-find RECIPE|DATA [file=lr_find.csv] [key=value]...");
  apply_threads(args);
  const std::string file = args.take("file", "lr_find.csv");
  LrFindOptions sweep;
  sweep.first_rate = args.take_number("from", sweep.first_rate, 1e-12, 1e6);
  sweep.last_rate = args.take_number("to", sweep.last_rate, 1e-12, 1e6);
  if (!(sweep.first_rate < sweep.last_rate))
    throw UsageError("lr-find goes from " + number(sweep.first_rate) + " to " + number(sweep.last_rate),
                     "use from < to");
  sweep.steps = args.take_int("points", sweep.steps, 10, 1'000'000);
  const int num_workers = static_cast<int>(args.take_int("num_workers", 1, 0, 256));
  const Recipe recipe = recipe_or_suggestion(args, line_printer(args));
  const LrFindResult found = find_learning_rate(recipe, sweep, num_workers);
  std::string table = "learning_rate,loss,smoothed\n";
  for (const auto& point : found.points)
    table += number(point.rate) + "," + number(point.loss) + "," + number(point.smoothed) + "\n";
  write_file_atomic(file, table);
  Value value = Value::object();
  value.set("file", file);
  value.set("steepest", found.steepest);
  value.set("minimum_tenth", found.minimum_tenth);
  if (args.json)
    std::cout << to_json(value) << "\n";
  else
    std::cout << rate_advice(found) << "\nwrote " << file << "\n";
  return 0;
}

}  // namespace percept::cli
