// train.cpp - the verb train.
#include <csignal>
#include <filesystem>
#include <iostream>

#include "draw.h"
#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/recipes/run.h"
#include "percept/recipes/suggest.h"
#include "percept/train/progress_bar.h"
#include "verbs.h"

namespace percept::cli {
namespace {

// What sections 10 and 11 of the design give to `train` later.
void refuse_what_is_to_come(Args& args) {
  for (const char* key : {"resume", "check", "dry_run"})
    if (args.has(key)) throw UsageError(std::string(key) + "= is not in this version of Percept", "remove it");
}

// The signal that asked for an end, 0 for none. The first lets the step finish and the model be saved; the next one
// ends the process as it would any other.
volatile std::sig_atomic_t asked_to_end = 0;
extern "C" void ask_to_end(int signal) {
  asked_to_end = signal;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}
// Unless whoever started the program wants it ignored, as nohup does.
void listen_for(int signal) {
  if (std::signal(signal, ask_to_end) == SIG_IGN) std::signal(signal, SIG_IGN);
}
struct EndWhenAsked {
  bool* ended;
  void on_step(Progress& at) {
    *ended = asked_to_end != 0 && at.step < at.total_steps;
    if (!*ended) return;
    at.stop = true;
    at.stopped_by = "signal " + number(int{asked_to_end}) + " after step " + number(at.step);
  }
};

void print_result(std::ostream& people, const RunResult& result) {
  people << "\n";
  if (result.test.confusion) people << class_table(*result.test.confusion) << "\n";
  draw_predictions(people, result.model, result.info, result.test_data, 4);
  people << "model " << result.model_file.string() << "\nrun   " << result.folder.string() << "\n";
  const std::string& source = result.info.data.source;
  const std::string model = result.model_file.string();
  if (names_dataset(source))
    people << "again: percept predict " << model << " " << source << ":test:0\n";
  else
    people << "next:  percept predict " << model << " FILE\n"
           << "again: percept train " << result.folder.string() << "/recipe.toml"
           << (result.history.stopped.empty() ? " epochs=" + number(2 * result.history.epochs) : "") << "\n";
}

int train_folds(const Args& args, const Recipe& recipe, std::int64_t folds, const RunOptions& options) {
  const FoldsResult result = run_folds(recipe, folds, options);
  if (options.ended()) {
    std::cerr << "stopped by signal " << asked_to_end << " in fold " << result.tests.size() + 1 << " of " << folds
              << "; nothing is kept\n";
    return 128 + static_cast<int>(asked_to_end);
  }
  if (args.json)
    std::cout << to_json(result.to_value()) << "\n";
  else
    for (const auto& [name, mean] : result.mean)
      std::cout << "test " << name << " " << fixed(mean, 4) << " +- " << fixed(result.deviation.at(name), 4) << "\n";
  return 0;
}

}  // namespace

Recipe recipe_or_suggestion(const Args& args, const std::function<void(const std::string&)>& say) {
  const std::string& word = args.words[0];
  std::error_code ignored;
  if (say && (is_recipe_name(word) || names_dataset(word)) && std::filesystem::exists(word, ignored))
    say(word + " is the " + (is_recipe_name(word) ? "recipe" : "data set") +
        " of that name; the folder or file here is ./" + word);
  if (word.ends_with(".toml") || is_recipe_name(word)) return find_recipe(word, args.rest());
  if (!std::filesystem::exists(word, ignored) && !names_dataset(word) && word.find('/') == std::string::npos &&
      word.find('.') == std::string::npos)
    return find_recipe(word, args.rest());  // refuses the name, with the nearest recipe
  Suggestion suggestion = suggest_recipe(word, args.rest());
  if (say) {
    say("no recipe given; chosen for " + word + ":");
    for (const std::string& reason : suggestion.reasons) say("  - " + reason);
  }
  return std::move(suggestion.recipe);
}

std::function<void(const std::string&)> line_printer(const Args& args) {
  if (args.quiet) return {};
  return [json = args.json](const std::string& line) {
    (json ? std::cerr : std::cout) << printable(line, 4000, true) << std::endl;
  };
}

int train(Args& args) {
  refuse_what_is_to_come(args);
  args.expect_words(1, 1, "percept train RECIPE|DATA [key=value]...");
  apply_threads(args);
  RunOptions options;
  options.out = args.take("out", "runs");
  options.num_workers = static_cast<int>(args.take_int("num_workers", 1, 0, 256));
  const bool cross_validate = args.has("folds");
  const std::int64_t folds = args.take_int("folds", 5, 2, 1000);
  // Under --json the last line of stdout is the object; everything for people goes to stderr.
  std::ostream& people = args.json ? std::cerr : std::cout;
  options.say = line_printer(args);
  const Recipe recipe = recipe_or_suggestion(args, options.say);
  if (!args.quiet && !cross_validate) options.callbacks = {ProgressBar{people}};  // a line per fold says enough
  bool ended = false;
  options.callbacks.push_back(EndWhenAsked{&ended});
  options.ended = [&] { return ended; };
  listen_for(SIGINT);
  listen_for(SIGTERM);
  if (cross_validate) return train_folds(args, recipe, folds, options);
  const RunResult result = run_recipe(recipe, options);
  if (!args.quiet) print_result(people, result);
  if (args.json) std::cout << to_json(result.to_value()) << "\n";
  if (!ended) return 0;
  const std::int64_t restored = result.history.restored_epoch;
  std::cerr << "stopped by signal " << asked_to_end << " after step " << result.history.steps
            << "; the model is saved as it was "
            << (restored > 0 ? "at the end of epoch " + number(restored) : std::string("then")) << "\n";
  return 128 + static_cast<int>(asked_to_end);
}

}  // namespace percept::cli
